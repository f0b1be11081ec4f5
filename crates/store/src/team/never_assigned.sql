-- What was not told again by a hub with another history, and what an annotator has from a time when they saw all:
-- what others assigned to others, and its samples. What was assigned to them stays, for whoever assigned it
-- brings it back.
DELETE FROM assignment WHERE seq < 0 AND member <> (SELECT me FROM local)
  AND author <> (SELECT me FROM local);
DELETE FROM sample WHERE seq < 0
  AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM resolution r WHERE r.sample = sample.n)
  AND author <> (SELECT me FROM local)
  AND NOT EXISTS (SELECT 1 FROM assignment g, local l WHERE g.sample = sample.id AND g.member = l.me);
