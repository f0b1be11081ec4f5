WITH derived AS (
  SELECT m.n,
         (SELECT COUNT(*) FROM annotation_head h WHERE h.member = m.n AND h.state = 'submitted'),
         (SELECT COUNT(*) FROM annotation_head h WHERE h.member = m.n AND h.state = 'skipped'),
         (SELECT COUNT(*) FROM todo t WHERE t.member = m.n),
         (SELECT COUNT(*) FROM todo t WHERE t.member = m.n AND t.rank = 0),
         (SELECT COUNT(*) FROM draft d WHERE d.member = m.n)
  FROM member m
), kept AS (
  SELECT member, done, skipped, todo, returned, drafts FROM member_tally
)
SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM kept)
UNION ALL
SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM derived)
