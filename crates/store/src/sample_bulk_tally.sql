-- Counts the samples after ?1, which were added in bulk, by kind.
INSERT INTO sample_tally
SELECT component, COALESCE(task_type, ''), COALESCE(locale, ''), models, COUNT(*)
FROM sample
WHERE n > ?1
GROUP BY 1, 2, 3, 4
ON CONFLICT (component, task_type, locale, models) DO UPDATE SET count = count + excluded.count
