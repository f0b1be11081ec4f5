-- Counts what there is to do about the samples after ?1, which were added in bulk, by member.
UPDATE member_tally
SET todo = member_tally.todo + added.todo, returned = member_tally.returned + added.returned
FROM (SELECT member, COUNT(*) AS todo, SUM(rank = 0) AS returned FROM todo WHERE sample > ?1 GROUP BY member) AS added
WHERE member_tally.member = added.member
