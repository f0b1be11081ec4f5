SELECT s.id
FROM todo t
CROSS JOIN sample s ON s.n = t.sample
WHERE t.member = ?1
ORDER BY t.rank, t.due, t.sample
LIMIT 1
