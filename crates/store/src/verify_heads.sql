-- Heads that are kept but not derived, and the other way round.
WITH derived AS (
  SELECT sample, member, n, id, revision, rubric, state FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY sample, member ORDER BY revision DESC, id DESC) AS place
    FROM annotation
  ) WHERE place = 1
), kept AS (
  SELECT sample, member, annotation, annotation_id, revision, rubric, state FROM annotation_head
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
