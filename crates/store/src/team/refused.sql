SELECT r.id, r.kind, r.code, r.message, r.hint, r.time, r.kept, s.id, s.external_id
FROM refusal r
LEFT JOIN annotation a ON r.kind = 'annotation' AND a.id = r.id
LEFT JOIN resolution w ON r.kind = 'resolution' AND w.id = r.id
LEFT JOIN assignment g ON r.kind = 'assignment' AND g.id = r.id
LEFT JOIN sample s ON s.n = COALESCE(a.sample, w.sample) OR (r.kind = 'sample' AND s.id = r.id) OR s.id = g.sample
ORDER BY r.time, r.id
