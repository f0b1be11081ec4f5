-- What was done with a sample waits for it, unless the person keeps it here.
DELETE FROM refusal
WHERE code = 'unknown' AND kept = 0 AND id IN (
  SELECT a.id FROM annotation a JOIN sample s ON s.n = a.sample WHERE s.id = ?1
  UNION ALL SELECT r.id FROM resolution r JOIN sample s ON s.n = r.sample WHERE s.id = ?1
  UNION ALL SELECT g.id FROM assignment g WHERE g.sample = ?1
)
