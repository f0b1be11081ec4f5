-- OR ROLLBACK: see sample_insert.sql.
INSERT OR ROLLBACK INTO sample (id, author, device, device_no, time, seq, external_id, content_hash, component,
                    task_type, locale, segment, title, response_count, models, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
ON CONFLICT (external_id) DO NOTHING
