-- What is assigned to others, and samples that an annotator may not see any more and was not told again. What
-- their work was done on stays.
DELETE FROM assignment WHERE seq < 0 AND member <> (SELECT me FROM local);
DELETE FROM sample WHERE seq < 0
  AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM resolution r WHERE r.sample = sample.n);
