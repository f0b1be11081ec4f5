-- Ids and hashes that have not the length of one.
SELECT n FROM sample WHERE length(id) <> 16 OR length(content_hash) <> 32
UNION ALL
SELECT n FROM annotation WHERE length(id) <> 16
UNION ALL
SELECT n FROM assignment WHERE length(id) <> 16 OR length(sample) <> 16
