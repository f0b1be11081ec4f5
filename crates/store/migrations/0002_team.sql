-- Work in a team: assignments, the hub, what it refused.

-- 1 while there is no assignment: every sample is for the one who has the project here.
ALTER TABLE local ADD COLUMN alone INTEGER NOT NULL DEFAULT 1;
-- 0 for somebody who was removed from the team. Their work stays.
ALTER TABLE member ADD COLUMN active INTEGER NOT NULL DEFAULT 1;

-- Later facts about a member; `member` holds the first, and name, role and activity as they are now.
CREATE TABLE member_change (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  member    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  body      TEXT NOT NULL
) STRICT;

CREATE TABLE assignment (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  -- By its id: an assignment that was taken back outlives its sample on an annotator's laptop.
  sample    BLOB NOT NULL CHECK (length(sample) = 16),
  member    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  state     TEXT NOT NULL CHECK (state IN ('assigned', 'withdrawn')),
  due       INTEGER,
  expires   INTEGER
) STRICT;
CREATE INDEX assignment_of ON assignment(sample, member);

-- Derived. The newest assignment of each sample and member: what is not on the hub yet, then by the hub's order.
CREATE TABLE assignment_head (
  sample     BLOB NOT NULL,
  member     INTEGER NOT NULL,
  assignment INTEGER NOT NULL,
  state      TEXT NOT NULL,
  due        INTEGER,
  expires    INTEGER,
  PRIMARY KEY (sample, member)
) STRICT, WITHOUT ROWID;

-- The hub to which this project belongs, and how far it was read: one row, or none.
CREATE TABLE hub (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  address      TEXT NOT NULL,
  epoch        TEXT,
  view         TEXT CHECK (view IN ('all', 'own')),
  seq          INTEGER NOT NULL DEFAULT 0,
  mark         TEXT NOT NULL DEFAULT '',
  -- Why everything is being read again. While it is, a negative seq is a place not yet seen again.
  again        TEXT,
  -- Of the facts whose seq is positive, without samples that came along with an assignment.
  digest_count INTEGER NOT NULL DEFAULT 0,
  digest_sum   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Facts of mine that the hub did not take, and what was decided about them.
CREATE TABLE refusal (
  id      BLOB PRIMARY KEY CHECK (length(id) = 16),
  kind    TEXT NOT NULL,
  code    TEXT NOT NULL,
  message TEXT NOT NULL,
  hint    TEXT NOT NULL,
  time    INTEGER NOT NULL,
  -- The person chose to keep it on this laptop only.
  kept    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The last syncs, for people to read.
CREATE TABLE sync_history (
  n       INTEGER PRIMARY KEY,
  time    INTEGER NOT NULL,
  pushed  INTEGER NOT NULL,
  pulled  INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  problem TEXT
) STRICT;

CREATE TRIGGER assignment_added AFTER INSERT ON assignment BEGIN
  DELETE FROM todo WHERE EXISTS (SELECT 1 FROM local WHERE alone = 1);
  UPDATE local SET alone = 0 WHERE alone = 1;
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY seq IS NULL DESC, seq DESC, n DESC LIMIT 1;
END;
CREATE TRIGGER assignment_placed AFTER UPDATE OF seq ON assignment BEGIN
  DELETE FROM assignment_head WHERE sample = NEW.sample AND member = NEW.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment
    WHERE sample = NEW.sample AND member = NEW.member ORDER BY seq IS NULL DESC, seq DESC, n DESC LIMIT 1;
END;
CREATE TRIGGER assignment_removed AFTER DELETE ON assignment BEGIN
  DELETE FROM assignment_head WHERE sample = OLD.sample AND member = OLD.member;
  INSERT INTO assignment_head
    SELECT sample, member, n, state, due, expires FROM assignment
    WHERE sample = OLD.sample AND member = OLD.member ORDER BY seq IS NULL DESC, seq DESC, n DESC LIMIT 1;
END;
CREATE TRIGGER assignment_head_added AFTER INSERT ON assignment_head WHEN NEW.state = 'assigned' BEGIN
  INSERT INTO todo SELECT NEW.member, 2, COALESCE(NEW.due, 9223372036854775807), s.n, NULL
    FROM sample s, local l
    WHERE s.id = NEW.sample AND l.me = NEW.member
      AND NOT EXISTS (SELECT 1 FROM annotation_head h
        WHERE h.sample = s.n AND h.member = NEW.member AND h.state <> 'withdrawn')
      AND NOT EXISTS (SELECT 1 FROM todo t WHERE t.sample = s.n AND t.member = NEW.member);
END;
CREATE TRIGGER assignment_head_removed AFTER DELETE ON assignment_head BEGIN
  DELETE FROM todo WHERE member = OLD.member AND sample = (SELECT n FROM sample WHERE id = OLD.sample);
END;

-- As before, but in a team only what is assigned is to do.
DROP TRIGGER sample_added;
CREATE TRIGGER sample_added AFTER INSERT ON sample BEGIN
  INSERT INTO todo SELECT me, 2, 9223372036854775807, NEW.n, NULL FROM local WHERE alone = 1;
  INSERT INTO todo SELECT l.me, 2, COALESCE(h.due, 9223372036854775807), NEW.n, NULL
    FROM local l CROSS JOIN assignment_head h ON h.sample = NEW.id AND h.member = l.me
    WHERE l.alone = 0 AND h.state = 'assigned';
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
  INSERT INTO todo SELECT me, 2, 9223372036854775807, NEW.sample, NULL FROM local
    WHERE me = NEW.member AND alone = 1 AND NEW.state = 'withdrawn'
      AND NOT EXISTS (SELECT 1 FROM todo WHERE sample = NEW.sample AND member = NEW.member);
  INSERT INTO todo SELECT l.me, 2, COALESCE(h.due, 9223372036854775807), NEW.sample, NULL
    FROM local l CROSS JOIN sample s ON s.n = NEW.sample
      CROSS JOIN assignment_head h ON h.sample = s.id AND h.member = l.me
    WHERE l.me = NEW.member AND l.alone = 0 AND NEW.state = 'withdrawn' AND h.state = 'assigned'
      AND NOT EXISTS (SELECT 1 FROM todo WHERE sample = NEW.sample AND member = NEW.member);
END;

-- Only what a member may no longer see is ever removed.
CREATE TRIGGER annotation_removed AFTER DELETE ON annotation BEGIN
  DELETE FROM annotation_head WHERE sample = OLD.sample AND member = OLD.member AND annotation = OLD.n;
  INSERT INTO annotation_head
    SELECT sample, member, n, id, revision, rubric, state FROM annotation
    WHERE sample = OLD.sample AND member = OLD.member
      AND NOT EXISTS (SELECT 1 FROM annotation_head WHERE sample = OLD.sample AND member = OLD.member)
    ORDER BY revision DESC, id DESC LIMIT 1;
END;
CREATE TRIGGER annotation_head_removed AFTER DELETE ON annotation_head BEGIN
  UPDATE member_tally SET done = done - (OLD.state = 'submitted'), skipped = skipped - (OLD.state = 'skipped')
    WHERE member = OLD.member;
  UPDATE rubric_tally SET count = count - (OLD.state = 'submitted') WHERE rubric = OLD.rubric;
END;
