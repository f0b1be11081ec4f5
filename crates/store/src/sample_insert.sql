-- OR ROLLBACK: a refused row undoes the transaction, so that SQLite need not be able to undo each row.
INSERT OR ROLLBACK INTO sample (id, author, device, device_no, time, external_id, content_hash, component, task_type,
                                locale, segment, title, response_count, models, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
ON CONFLICT (external_id) DO NOTHING
