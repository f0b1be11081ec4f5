-- What was done under a version of the rubric waits for it, unless the person keeps it here.
DELETE FROM refusal
WHERE code = 'unknown' AND kept = 0 AND (
  EXISTS (SELECT 1 FROM annotation a JOIN rubric v ON v.n = a.rubric WHERE a.id = refusal.id AND v.id = ?1)
  OR EXISTS (SELECT 1 FROM resolution r JOIN rubric v ON v.n = r.rubric WHERE r.id = refusal.id AND v.id = ?1)
)
