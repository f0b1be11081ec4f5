-- What is mine to do, once: every sample while there is no assignment, else what is assigned to me; without
-- what I submitted or passed over.
WITH derived AS (
  SELECT l.me, s.n FROM local l CROSS JOIN sample s WHERE l.alone = 1
  UNION ALL
  SELECT l.me, s.n FROM local l CROSS JOIN assignment_head h ON h.member = l.me AND h.state = 'assigned'
    CROSS JOIN sample s ON s.id = h.sample WHERE l.alone = 0
  EXCEPT
  SELECT member, sample FROM annotation_head WHERE state <> 'withdrawn'
), kept AS (
  SELECT member, sample FROM todo
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
