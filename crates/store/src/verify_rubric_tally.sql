WITH derived AS (
  SELECT r.n, (SELECT COUNT(*) FROM annotation_head h WHERE h.rubric = r.n AND h.state = 'submitted')
  FROM rubric r
), kept AS (
  SELECT rubric, count FROM rubric_tally
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
