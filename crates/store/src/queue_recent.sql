SELECT s.id, s.external_id, s.title, a.id, a.time, a.body
FROM annotation_head h
CROSS JOIN annotation a ON a.n = h.annotation
CROSS JOIN sample s ON s.n = h.sample
WHERE h.member = ?1 AND h.state <> 'withdrawn'
ORDER BY h.annotation DESC
LIMIT ?2
