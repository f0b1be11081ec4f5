INSERT OR ROLLBACK INTO annotation (id, author, device, device_no, time, sample, member, revision, rubric, state, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
