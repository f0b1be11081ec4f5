-- A member's newest submission or skip: the end of annotation_head_recent.
SELECT s.n, s.id, a.rubric, a.body
FROM annotation_head h
JOIN annotation a ON a.n = h.annotation
JOIN sample s ON s.n = h.sample
WHERE h.member = ?1 AND h.state <> 'withdrawn'
ORDER BY h.annotation DESC
LIMIT 1
