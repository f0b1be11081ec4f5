-- Who somebody is, the hub says alone: what it lost of that is not so any more.
DELETE FROM member_change WHERE seq < 0;
UPDATE member SET
  name = json_extract(body, '$.name'),
  role = json_extract(body, '$.role'),
  kind = json_extract(body, '$.kind'),
  active = COALESCE(json_extract(body, '$.active'), 1)
WHERE NOT EXISTS (SELECT 1 FROM member_change c WHERE c.member = member.n);
UPDATE member SET (name, role, kind, active) = (
  SELECT json_extract(c.body, '$.name'), json_extract(c.body, '$.role'), json_extract(c.body, '$.kind'),
         COALESCE(json_extract(c.body, '$.active'), 1)
  FROM member_change c WHERE c.member = member.n ORDER BY c.seq DESC LIMIT 1
)
WHERE EXISTS (SELECT 1 FROM member_change c WHERE c.member = member.n);
