SELECT (SELECT COALESCE(SUM(count), 0) FROM sample_tally),
       done, skipped, todo, returned, drafts
FROM member_tally
WHERE member = ?1
