WITH derived AS (
  SELECT component, COALESCE(task_type, ''), COALESCE(locale, ''), models, COUNT(*) FROM sample
  GROUP BY 1, 2, 3, 4
), kept AS (
  SELECT component, task_type, locale, models, count FROM sample_tally WHERE count <> 0
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
