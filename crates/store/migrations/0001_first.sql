-- The first schema. Facts in one table per kind; everything that is derived from them (heads, to-do
-- lists, tallies) is kept by triggers, so that no path of writing can leave it behind.
-- References are checked at the commit: an immediate check would make SQLite copy every page that an insert
-- and its triggers touch, in case it had to undo that one statement, at twice the cost of an import. For the
-- same reason no check and no trigger on the inserts of samples and annotations calls a function, which to
-- SQLite is something that may fail; that their ids have their length is what `assay verify` looks at.

-- Members by a small number, which the other tables use. The fact that names a member is its row.
CREATE TABLE member (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  name      TEXT NOT NULL,
  role      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX member_name ON member(name);

-- Devices by a small number.
CREATE TABLE device (
  n  INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16)
) STRICT;

-- What this copy of the project is: one row.
CREATE TABLE local (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  project   BLOB NOT NULL CHECK (length(project) = 16),
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  -- The number the next fact of this device gets.
  device_no INTEGER NOT NULL CHECK (device_no > 0),
  me        INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  -- 1 inside a transaction that adds many samples and counts them (and what is to do) itself, once, at its end.
  bulk      INTEGER NOT NULL DEFAULT 0 CHECK (bulk IN (0, 1))
) STRICT;

CREATE TABLE settings (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  body      TEXT NOT NULL
) STRICT;

CREATE TABLE rubric (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  version   INTEGER NOT NULL CHECK (version > 0),
  parent    INTEGER REFERENCES rubric(n) DEFERRABLE INITIALLY DEFERRED,
  body      TEXT NOT NULL,
  CHECK ((version = 1) = (parent IS NULL))
) STRICT;

CREATE TABLE sample (
  n              INTEGER PRIMARY KEY,
  id             BLOB NOT NULL UNIQUE,
  author         INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device         INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no      INTEGER NOT NULL,
  time           INTEGER NOT NULL,
  seq            INTEGER,
  external_id    TEXT NOT NULL UNIQUE,
  content_hash   BLOB NOT NULL,
  component      TEXT NOT NULL CHECK (component IN ('representative', 'golden', 'edge', 'regression', 'red_flag')),
  task_type      TEXT,
  locale         TEXT,
  segment        TEXT,
  title          TEXT NOT NULL,
  response_count INTEGER NOT NULL CHECK (response_count > 0),
  models         TEXT NOT NULL,
  body           TEXT NOT NULL
) STRICT;
-- The samples that never reach a training file (promise 6).
CREATE INDEX sample_held_out ON sample(external_id) WHERE component IN ('golden', 'red_flag');

CREATE TABLE annotation (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE,
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  sample    INTEGER NOT NULL REFERENCES sample(n) DEFERRABLE INITIALLY DEFERRED,
  -- Whose work it is; the author is who wrote it down here (they differ for work read from a file).
  member    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  revision  INTEGER NOT NULL CHECK (revision > 0),
  rubric    INTEGER NOT NULL REFERENCES rubric(n) DEFERRABLE INITIALLY DEFERRED,
  state     TEXT NOT NULL CHECK (state IN ('submitted', 'skipped', 'withdrawn')),
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX annotation_of ON annotation(sample, member, revision);

CREATE TABLE resolution (
  n         INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  author    INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  device    INTEGER NOT NULL REFERENCES device(n) DEFERRABLE INITIALLY DEFERRED,
  device_no INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  seq       INTEGER,
  sample    INTEGER NOT NULL REFERENCES sample(n) DEFERRABLE INITIALLY DEFERRED,
  rubric    INTEGER NOT NULL REFERENCES rubric(n) DEFERRABLE INITIALLY DEFERRED,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX resolution_of ON resolution(sample);

-- Not a fact: work under way. Local, one for each sample and member, gone when it is submitted.
CREATE TABLE draft (
  n      INTEGER PRIMARY KEY,
  sample INTEGER NOT NULL REFERENCES sample(n) DEFERRABLE INITIALLY DEFERRED,
  member INTEGER NOT NULL REFERENCES member(n) DEFERRABLE INITIALLY DEFERRED,
  time   INTEGER NOT NULL,
  body   TEXT NOT NULL,
  UNIQUE (sample, member)
) STRICT;

-- Derived. The newest revision of each annotation: greatest (revision, id).
CREATE TABLE annotation_head (
  sample        INTEGER NOT NULL,
  member        INTEGER NOT NULL,
  annotation    INTEGER NOT NULL,
  annotation_id BLOB NOT NULL,
  revision      INTEGER NOT NULL,
  rubric        INTEGER NOT NULL,
  state         TEXT NOT NULL,
  PRIMARY KEY (sample, member)
) STRICT, WITHOUT ROWID;
-- A member's submissions and skips, by when they came here.
CREATE INDEX annotation_head_recent ON annotation_head(member, annotation) WHERE state <> 'withdrawn';
CREATE INDEX annotation_head_state ON annotation_head(member, state, sample);

-- Derived. What each member has still to do, in order: returned samples (rank 0), then by due date, then
-- in the order of import. While a project has no assignments, every sample is for the one who has it here.
CREATE TABLE todo (
  member INTEGER NOT NULL,
  rank   INTEGER NOT NULL,
  due    INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (member, rank, due, sample)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX todo_of ON todo(sample, member);

-- Derived. How many samples there are of each kind; '' where a sample has none. `models` is the sample's list.
CREATE TABLE sample_tally (
  component TEXT NOT NULL,
  task_type TEXT NOT NULL,
  locale    TEXT NOT NULL,
  models    TEXT NOT NULL,
  count     INTEGER NOT NULL,
  PRIMARY KEY (component, task_type, locale, models)
) STRICT, WITHOUT ROWID;

-- Derived. How many submitted annotations each rubric version has.
CREATE TABLE rubric_tally (
  rubric INTEGER PRIMARY KEY,
  count  INTEGER NOT NULL
) STRICT;

-- Derived. How far each member is.
CREATE TABLE member_tally (
  member   INTEGER PRIMARY KEY,
  done     INTEGER NOT NULL DEFAULT 0,
  skipped  INTEGER NOT NULL DEFAULT 0,
  todo     INTEGER NOT NULL DEFAULT 0,
  returned INTEGER NOT NULL DEFAULT 0,
  drafts   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TRIGGER member_added AFTER INSERT ON member BEGIN
  INSERT INTO member_tally (member) VALUES (NEW.n);
END;

-- Here and below an UPDATE and an INSERT take the place of an upsert, which would make SQLite able to undo
-- each statement by itself (see above).
CREATE TRIGGER sample_counted AFTER INSERT ON sample WHEN (SELECT bulk FROM local) = 0 BEGIN
  UPDATE sample_tally SET count = count + 1
    WHERE component = NEW.component AND task_type = COALESCE(NEW.task_type, '')
      AND locale = COALESCE(NEW.locale, '') AND models = NEW.models;
  INSERT INTO sample_tally
    SELECT NEW.component, COALESCE(NEW.task_type, ''), COALESCE(NEW.locale, ''), NEW.models, 1
    WHERE NOT EXISTS (
      SELECT 1 FROM sample_tally
      WHERE component = NEW.component AND task_type = COALESCE(NEW.task_type, '')
        AND locale = COALESCE(NEW.locale, '') AND models = NEW.models
    );
END;
CREATE TRIGGER sample_added AFTER INSERT ON sample BEGIN
  INSERT INTO todo SELECT me, 2, 9223372036854775807, NEW.n, NULL FROM local;
END;
CREATE TRIGGER sample_removed AFTER DELETE ON sample BEGIN
  UPDATE sample_tally SET count = count - 1
    WHERE component = OLD.component AND task_type = COALESCE(OLD.task_type, '')
      AND locale = COALESCE(OLD.locale, '') AND models = OLD.models;
  DELETE FROM todo WHERE sample = OLD.n;
END;

CREATE TRIGGER todo_added AFTER INSERT ON todo WHEN (SELECT bulk FROM local) = 0 BEGIN
  UPDATE member_tally SET todo = todo + 1, returned = returned + (NEW.rank = 0) WHERE member = NEW.member;
END;
CREATE TRIGGER todo_removed AFTER DELETE ON todo BEGIN
  UPDATE member_tally SET todo = todo - 1, returned = returned - (OLD.rank = 0) WHERE member = OLD.member;
END;

CREATE TRIGGER draft_added AFTER INSERT ON draft BEGIN
  UPDATE member_tally SET drafts = drafts + 1 WHERE member = NEW.member;
END;
CREATE TRIGGER draft_removed AFTER DELETE ON draft BEGIN
  UPDATE member_tally SET drafts = drafts - 1 WHERE member = OLD.member;
END;

CREATE TRIGGER rubric_added AFTER INSERT ON rubric BEGIN
  INSERT INTO rubric_tally VALUES (NEW.n, 0);
END;

CREATE TRIGGER annotation_added AFTER INSERT ON annotation BEGIN
  UPDATE annotation_head SET annotation = NEW.n, annotation_id = NEW.id, revision = NEW.revision,
      rubric = NEW.rubric, state = NEW.state
    WHERE sample = NEW.sample AND member = NEW.member AND (NEW.revision, NEW.id) > (revision, annotation_id);
  INSERT INTO annotation_head
    SELECT NEW.sample, NEW.member, NEW.n, NEW.id, NEW.revision, NEW.rubric, NEW.state
    WHERE NOT EXISTS (SELECT 1 FROM annotation_head WHERE sample = NEW.sample AND member = NEW.member);
END;
CREATE TRIGGER annotation_head_added AFTER INSERT ON annotation_head BEGIN
  UPDATE member_tally SET done = done + (NEW.state = 'submitted'), skipped = skipped + (NEW.state = 'skipped')
    WHERE member = NEW.member;
  UPDATE rubric_tally SET count = count + (NEW.state = 'submitted') WHERE rubric = NEW.rubric;
  DELETE FROM todo WHERE sample = NEW.sample AND member = NEW.member AND NEW.state <> 'withdrawn';
END;
CREATE TRIGGER annotation_head_changed AFTER UPDATE ON annotation_head BEGIN
  UPDATE member_tally SET
      done = done - (OLD.state = 'submitted') + (NEW.state = 'submitted'),
      skipped = skipped - (OLD.state = 'skipped') + (NEW.state = 'skipped')
    WHERE member = NEW.member;
  UPDATE rubric_tally SET count = count - (OLD.state = 'submitted') WHERE rubric = OLD.rubric;
  UPDATE rubric_tally SET count = count + (NEW.state = 'submitted') WHERE rubric = NEW.rubric;
  DELETE FROM todo WHERE sample = NEW.sample AND member = NEW.member AND NEW.state <> 'withdrawn';
  INSERT INTO todo SELECT me, 2, 9223372036854775807, NEW.sample, NULL FROM local
    WHERE me = NEW.member AND NEW.state = 'withdrawn'
      AND NOT EXISTS (SELECT 1 FROM todo WHERE sample = NEW.sample AND member = NEW.member);
END;
