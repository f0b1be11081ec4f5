-- Numbers that only damage explains: of the device that this copy goes by now, one that was given twice or will
-- be; of others, one that the hub has twice. Elsewhere two facts may well have one number. Under a device of
-- mine that this copy gave up, another copy of the disk went on: what is not sent yet, or what the hub knows by
-- a number that it did not tell, meets what that copy sent. And a hub put back may have lost a fact of another,
-- who used its number anew.
WITH used AS (
  SELECT device, device_no, author, seq FROM member
  UNION ALL SELECT device, device_no, author, seq FROM settings
  UNION ALL SELECT device, device_no, author, seq FROM rubric
  UNION ALL SELECT device, device_no, author, seq FROM sample
  UNION ALL SELECT device, device_no, author, seq FROM annotation
  UNION ALL SELECT device, device_no, author, seq FROM resolution
  UNION ALL SELECT device, device_no, author, seq FROM member_change
  UNION ALL SELECT device, device_no, author, seq FROM assignment
)
SELECT u.device_no FROM used u JOIN local l ON l.device = u.device OR (u.author <> l.me AND u.seq > 0)
GROUP BY u.device, u.device_no HAVING COUNT(*) > 1
UNION ALL
SELECT u.device_no FROM used u JOIN local l ON l.device = u.device WHERE u.device_no >= l.device_no
