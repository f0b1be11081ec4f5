-- A member's work on a sample waits for its assignment, unless they keep it here.
DELETE FROM refusal
WHERE code = 'not_allowed' AND kept = 0 AND id IN (
  SELECT a.id FROM annotation a JOIN sample s ON s.n = a.sample JOIN member m ON m.n = a.member
  WHERE s.id = ?1 AND m.id = ?2
)
