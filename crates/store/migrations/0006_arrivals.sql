-- The same as before, at less cost for each sample, assignment and annotation that arrives. An INSERT from a SELECT
-- into a table with triggers is made over a table of its own each time, so what is one row is written as VALUES, and
-- the condition stands at the trigger. And SQLite must not need to be able to undo each statement by itself (see
-- the first schema): no check calls a function, what arrives is inserted OR ROLLBACK, which holds for what its
-- triggers do as well, and no trigger of it updates on a conflict, which is undone by the statement whatever holds.

-- Without the checks of lengths, which `assay verify` looks at.
DROP TRIGGER assignment_added;
DROP TRIGGER assignment_placed;
DROP TRIGGER assignment_removed;
DROP TRIGGER assignment_refused;
DROP TRIGGER assignment_sent_again;
DROP VIEW assignment_counting;
CREATE TABLE assignment_now (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE,
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  -- By its id: an assignment that was taken back outlives its sample on an annotator's laptop.
  sample    BLOB NOT NULL,
  member    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  state     TEXT NOT NULL CHECK (state IN ('assigned', 'withdrawn')),
  due       INTEGER,
  expires   INTEGER
) STRICT;
INSERT INTO assignment_now SELECT n, id, author, device, device_no, time, seq, sample, member, state, due, expires
  FROM assignment ORDER BY n;
DROP TABLE assignment;
ALTER TABLE assignment_now RENAME TO assignment;
CREATE INDEX assignment_of ON assignment(sample, member);

CREATE VIEW assignment_counting AS
  SELECT a.sample, a.member, a.n, a.state, a.due, a.expires,
         a.seq IS NULL AND a.author = l.me AS waits,
         CASE WHEN a.seq < 0 THEN -a.seq ELSE a.seq END AS place
  FROM assignment a CROSS JOIN local l
  WHERE a.seq IS NOT NULL OR NOT EXISTS (SELECT 1 FROM refusal r WHERE r.id = a.id);

-- The first assignment ends working alone: what was to do then was everything, and now is what is assigned. Before
-- the insert, so that it is over when what is assigned is noted.
CREATE TRIGGER assignment_ends_alone BEFORE INSERT ON assignment WHEN (SELECT alone FROM local) = 1 BEGIN
  DELETE FROM todo WHERE member = (SELECT me FROM local);
  UPDATE local SET alone = 0;
END;
-- The only one of its sample and member counts if any does; among several it is looked up which.
CREATE TRIGGER assignment_added AFTER INSERT ON assignment
WHEN (NEW.seq IS NOT NULL OR NOT EXISTS (SELECT 1 FROM refusal WHERE id = NEW.id))
  AND NOT EXISTS (SELECT 1 FROM assignment WHERE sample = NEW.sample AND member = NEW.member AND n <> NEW.n)
BEGIN
  INSERT INTO assignment_head VALUES (NEW.sample, NEW.member, NEW.n, NEW.state, NEW.due, NEW.expires);
END;
CREATE TRIGGER assignment_added_again AFTER INSERT ON assignment
WHEN (NEW.seq IS NULL AND EXISTS (SELECT 1 FROM refusal WHERE id = NEW.id))
  OR EXISTS (SELECT 1 FROM assignment WHERE sample = NEW.sample AND member = NEW.member AND n <> NEW.n)
BEGIN
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment_counting
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY waits DESC, place DESC, n DESC LIMIT 1;
END;
CREATE TRIGGER assignment_placed AFTER UPDATE OF seq ON assignment BEGIN
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment_counting
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY waits DESC, place DESC, n DESC LIMIT 1;
END;
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
DROP TRIGGER assignment_head_added;
CREATE TRIGGER assignment_head_added AFTER INSERT ON assignment_head
WHEN NEW.state = 'assigned' AND NEW.member = (SELECT me FROM local)
  AND EXISTS (SELECT 1 FROM sample s WHERE s.id = NEW.sample
    AND NOT EXISTS (SELECT 1 FROM annotation_head h
      WHERE h.sample = s.n AND h.member = NEW.member AND h.state <> 'withdrawn')
    AND NOT EXISTS (SELECT 1 FROM todo t WHERE t.sample = s.n AND t.member = NEW.member))
BEGIN
  INSERT INTO todo VALUES
    (NEW.member, 2, COALESCE(NEW.due, 9223372036854775807), (SELECT n FROM sample WHERE id = NEW.sample), NULL);
END;

DROP TRIGGER sample_counted;
CREATE TRIGGER sample_counted AFTER INSERT ON sample WHEN (SELECT bulk FROM local) = 0 BEGIN
  INSERT INTO sample_tally
    VALUES (NEW.component, COALESCE(NEW.task_type, ''), COALESCE(NEW.locale, ''), NEW.models, 0)
    ON CONFLICT DO NOTHING;
  UPDATE sample_tally SET count = count + 1
    WHERE component = NEW.component AND task_type = COALESCE(NEW.task_type, '')
      AND locale = COALESCE(NEW.locale, '') AND models = NEW.models;
END;
DROP TRIGGER sample_added;
CREATE TRIGGER sample_added AFTER INSERT ON sample WHEN (SELECT alone FROM local) = 1 BEGIN
  INSERT INTO todo VALUES ((SELECT me FROM local), 2, 9223372036854775807, NEW.n, NULL);
END;
CREATE TRIGGER sample_added_assigned AFTER INSERT ON sample
WHEN (SELECT alone FROM local) = 0 AND EXISTS (SELECT 1 FROM assignment_head h, local l
  WHERE h.sample = NEW.id AND h.member = l.me AND h.state = 'assigned')
BEGIN
  INSERT INTO todo VALUES ((SELECT me FROM local), 2,
    COALESCE((SELECT h.due FROM assignment_head h, local l WHERE h.sample = NEW.id AND h.member = l.me),
      9223372036854775807),
    NEW.n, NULL);
END;

DROP TRIGGER annotation_added;
CREATE TRIGGER annotation_added AFTER INSERT ON annotation BEGIN
  UPDATE annotation_head SET annotation = NEW.n, annotation_id = NEW.id, revision = NEW.revision,
      rubric = NEW.rubric, state = NEW.state
    WHERE sample = NEW.sample AND member = NEW.member AND (NEW.revision, NEW.id) > (revision, annotation_id);
  INSERT INTO annotation_head
    VALUES (NEW.sample, NEW.member, NEW.n, NEW.id, NEW.revision, NEW.rubric, NEW.state)
    ON CONFLICT DO NOTHING;
END;
DROP TRIGGER annotation_head_changed;
CREATE TRIGGER annotation_head_changed AFTER UPDATE ON annotation_head BEGIN
  UPDATE member_tally SET
      done = done - (OLD.state = 'submitted') + (NEW.state = 'submitted'),
      skipped = skipped - (OLD.state = 'skipped') + (NEW.state = 'skipped')
    WHERE member = NEW.member;
  UPDATE rubric_tally SET count = count - (OLD.state = 'submitted') WHERE rubric = OLD.rubric;
  UPDATE rubric_tally SET count = count + (NEW.state = 'submitted') WHERE rubric = NEW.rubric;
  DELETE FROM todo WHERE sample = NEW.sample AND member = NEW.member AND NEW.state <> 'withdrawn';
END;
-- What was taken back is to do again, where it is assigned or everything is.
CREATE TRIGGER annotation_head_withdrawn AFTER UPDATE ON annotation_head WHEN NEW.state = 'withdrawn' BEGIN
  INSERT INTO todo SELECT me, 2, 9223372036854775807, NEW.sample, NULL FROM local
    WHERE me = NEW.member AND alone = 1
      AND NOT EXISTS (SELECT 1 FROM todo WHERE sample = NEW.sample AND member = NEW.member);
  INSERT INTO todo SELECT l.me, 2, COALESCE(h.due, 9223372036854775807), NEW.sample, NULL
    FROM local l CROSS JOIN sample s ON s.n = NEW.sample
      CROSS JOIN assignment_head h ON h.sample = s.id AND h.member = l.me
    WHERE l.me = NEW.member AND l.alone = 0 AND h.state = 'assigned'
      AND NOT EXISTS (SELECT 1 FROM todo WHERE sample = NEW.sample AND member = NEW.member);
END;

-- OR ROLLBACK here, because what a DELETE sets off does not follow the statement that set off the DELETE.
DROP TRIGGER todo_removed;
CREATE TRIGGER todo_removed AFTER DELETE ON todo BEGIN
  UPDATE OR ROLLBACK member_tally SET todo = todo - 1, returned = returned - (OLD.rank = 0)
    WHERE member = OLD.member;
END;
DROP TRIGGER draft_removed;
CREATE TRIGGER draft_removed AFTER DELETE ON draft BEGIN
  UPDATE OR ROLLBACK member_tally SET drafts = drafts - 1 WHERE member = OLD.member;
END;
