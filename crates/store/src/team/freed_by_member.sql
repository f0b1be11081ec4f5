-- Assignments and work of a member wait for them, unless the person keeps them here.
DELETE FROM refusal
WHERE code = 'unknown' AND kept = 0 AND (
  EXISTS (SELECT 1 FROM assignment g JOIN member m ON m.n = g.member WHERE g.id = refusal.id AND m.id = ?1)
  OR EXISTS (SELECT 1 FROM annotation a JOIN member m ON m.n = a.member WHERE a.id = refusal.id AND m.id = ?1)
)
