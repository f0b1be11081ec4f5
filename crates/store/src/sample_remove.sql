DELETE FROM sample
WHERE id = ?1 AND seq IS NULL
  AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.sample = sample.n)
  AND NOT EXISTS (SELECT 1 FROM resolution r WHERE r.sample = sample.n)
