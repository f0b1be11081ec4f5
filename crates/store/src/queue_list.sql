SELECT s.id, s.n, s.external_id, s.title, s.task_type, s.locale, s.response_count,
       EXISTS (SELECT 1 FROM draft d WHERE d.sample = s.n AND d.member = ?1), t.reason, t.due
FROM todo t
CROSS JOIN sample s ON s.n = t.sample
WHERE t.member = ?1
ORDER BY t.rank, t.due, t.sample
LIMIT ?2
