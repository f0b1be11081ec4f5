-- Heads of assignments that are kept but not derived, and the other way round.
WITH derived AS (
  SELECT sample, member, n, state, due, expires FROM (
    SELECT a.*, ROW_NUMBER() OVER (
      PARTITION BY a.sample, a.member
      ORDER BY a.seq IS NULL AND a.author = (SELECT me FROM local) DESC, ABS(a.seq) DESC, a.n DESC
    ) AS place
    FROM assignment a WHERE a.seq IS NOT NULL OR a.id NOT IN (SELECT id FROM refusal)
  ) WHERE place = 1
), kept AS (
  SELECT sample, member, assignment, state, due, expires FROM assignment_head
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
