-- Which assignment counts: what I have yet to send, then the hub's order, and what the hub lost of another's last;
-- never what the hub refused. A negative place is one that is read again.
CREATE VIEW assignment_counting AS
  SELECT a.sample, a.member, a.n, a.state, a.due, a.expires,
         a.seq IS NULL AND a.author = l.me AS waits,
         CASE WHEN a.seq < 0 THEN -a.seq ELSE a.seq END AS place
  FROM assignment a CROSS JOIN local l
  WHERE a.seq IS NOT NULL OR NOT EXISTS (SELECT 1 FROM refusal r WHERE r.id = a.id);

-- The first assignment ends working alone: what was to do then was everything, and now is what is assigned. By
-- member, so that those after it look for nothing to end instead of reading the whole list.
DROP TRIGGER assignment_added;
CREATE TRIGGER assignment_added AFTER INSERT ON assignment BEGIN
  DELETE FROM todo WHERE member = (SELECT me FROM local WHERE alone = 1);
  UPDATE local SET alone = 0 WHERE alone = 1;
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment_counting
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY waits DESC, place DESC, n DESC LIMIT 1;
END;
DROP TRIGGER assignment_placed;
CREATE TRIGGER assignment_placed AFTER UPDATE OF seq ON assignment BEGIN
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment_counting
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY waits DESC, place DESC, n DESC LIMIT 1;
END;
DROP TRIGGER assignment_removed;
CREATE TRIGGER assignment_removed AFTER DELETE ON assignment BEGIN
  DELETE FROM assignment_head WHERE sample = OLD.sample AND member = OLD.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment_counting
    WHERE sample = OLD.sample AND member = OLD.member ORDER BY waits DESC, place DESC, n DESC LIMIT 1;
END;
-- As if it were placed anew.
CREATE TRIGGER assignment_refused AFTER INSERT ON refusal WHEN NEW.kind = 'assignment' BEGIN
  UPDATE assignment SET seq = seq WHERE id = NEW.id;
END;
CREATE TRIGGER assignment_sent_again AFTER DELETE ON refusal WHEN OLD.kind = 'assignment' BEGIN
  UPDATE assignment SET seq = seq WHERE id = OLD.id;
END;

UPDATE assignment SET seq = seq WHERE seq IS NULL OR seq < 0;
