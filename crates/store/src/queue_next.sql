SELECT s.id
FROM todo t
CROSS JOIN sample s ON s.n = t.sample
WHERE t.member = ?1 AND (t.rank, t.due, t.sample) > (?2, ?3, ?4)
ORDER BY t.rank, t.due, t.sample
LIMIT 1
