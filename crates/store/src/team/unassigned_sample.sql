-- A sample that is no longer assigned to the one who is here, unless they worked on it or added it.
DELETE FROM sample
WHERE id = ?1
  AND author <> (SELECT me FROM local)
  AND NOT EXISTS (SELECT 1 FROM assignment_head h, local l
    WHERE h.sample = sample.id AND h.member = l.me AND h.state = 'assigned')
  AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM resolution r WHERE r.sample = sample.n)
