-- The first schema, for both databases: written with PostgreSQL's types, which SQLite's form is made from
-- (`src/db/migrate.rs`). One row of `fact` for each fact, in the project's one sequence; all other tables of
-- a project are derived from it, and kept in the same transactions.

-- What this hub is: one row. The epoch names this history; the key makes marks that nobody can guess.
CREATE TABLE hub (
  one   BIGINT PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  key   BYTEA NOT NULL
);

-- Somebody with a token, on this hub.
CREATE TABLE account (
  id          BYTEA PRIMARY KEY,
  name        TEXT NOT NULL,
  may_publish BIGINT NOT NULL,
  made        BIGINT NOT NULL
) /*narrow*/;

-- What a device shows to speak for an account; the hash of it.
CREATE TABLE token (
  hash      BYTEA PRIMARY KEY,
  id        BYTEA NOT NULL UNIQUE,
  account   BYTEA NOT NULL REFERENCES account(id),
  name      TEXT NOT NULL,
  joined    BIGINT NOT NULL,
  last_seen BIGINT,
  revoked   BIGINT NOT NULL DEFAULT 0
) /*narrow*/;
CREATE INDEX token_of ON token(account);

-- A project. `head` is its last place, `sum` the sum of the digest of all its facts; the row is the lock
-- under which places are given. The places of the newest fact of some kinds say when what a process keeps
-- in memory is stale.
CREATE TABLE project (
  n              BIGINT PRIMARY KEY,
  id             BYTEA NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  made           BIGINT NOT NULL,
  head           BIGINT NOT NULL DEFAULT 0,
  sum            BIGINT NOT NULL DEFAULT 0,
  members_seq    BIGINT NOT NULL DEFAULT 0,
  rubric_seq     BIGINT NOT NULL DEFAULT 0,
  minimum_people BIGINT NOT NULL DEFAULT 3
);

-- An invite; the hash of its code. `p` is NULL for one to the hub itself; `account` is whose it is where it
-- is for another device of theirs.
CREATE TABLE invite (
  hash        BYTEA PRIMARY KEY,
  id          BYTEA NOT NULL UNIQUE,
  p           BIGINT REFERENCES project(n),
  account     BYTEA REFERENCES account(id),
  role        TEXT NOT NULL,
  name        TEXT NOT NULL,
  made        BIGINT NOT NULL,
  expires     BIGINT NOT NULL,
  used_token  BYTEA,
  used_member BYTEA,
  revoked     BIGINT NOT NULL DEFAULT 0
) /*narrow*/;
CREATE INDEX invite_of ON invite(p, made);

-- Who is in a project. The account is NULL for a rater whose work was read from a file. `fact` tells
-- whether a fact names the member yet.
CREATE TABLE membership (
  p         BIGINT NOT NULL REFERENCES project(n),
  member    BYTEA NOT NULL,
  account   BYTEA REFERENCES account(id),
  name      TEXT NOT NULL,
  role      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  active    BIGINT NOT NULL,
  fact      BIGINT NOT NULL,
  assigned  BIGINT NOT NULL DEFAULT 0,
  submitted BIGINT NOT NULL DEFAULT 0,
  skipped   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (p, member)
) /*narrow*/;
CREATE UNIQUE INDEX membership_of ON membership(account, p) WHERE account IS NOT NULL;

-- The facts. `audience` is 0x00 for every member, 0x01 for those who see all, else the member who may see
-- it besides them. `bytes` is the length of the body.
CREATE TABLE fact (
  p         BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  id        BYTEA NOT NULL,
  kind      TEXT NOT NULL,
  author    BYTEA NOT NULL,
  device    BYTEA NOT NULL,
  device_no BIGINT NOT NULL,
  time      BIGINT NOT NULL,
  audience  BYTEA NOT NULL,
  sample    BYTEA,
  bytes     BIGINT NOT NULL,
  body      TEXT NOT NULL,
  PRIMARY KEY (p, seq)
);
CREATE UNIQUE INDEX fact_id ON fact(p, id);
CREATE UNIQUE INDEX fact_number ON fact(p, device, device_no);
CREATE INDEX fact_audience ON fact(p, audience, seq);

-- Whose a device is, and the greatest number that it used.
CREATE TABLE device (
  p      BIGINT NOT NULL,
  id     BYTEA NOT NULL,
  member BYTEA NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (p, id)
) /*narrow*/;

-- The digest of each audience.
CREATE TABLE digest (
  p        BIGINT NOT NULL,
  audience BYTEA NOT NULL,
  count    BIGINT NOT NULL,
  sum      BIGINT NOT NULL,
  PRIMARY KEY (p, audience)
) /*narrow*/;

CREATE TABLE rubric (
  p       BIGINT NOT NULL,
  id      BYTEA NOT NULL,
  version BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  PRIMARY KEY (p, id)
) /*narrow*/;

CREATE TABLE sample (
  p           BIGINT NOT NULL,
  id          BYTEA NOT NULL,
  external_id TEXT NOT NULL,
  responses   BIGINT NOT NULL,
  PRIMARY KEY (p, id)
) /*narrow*/;
CREATE UNIQUE INDEX sample_external ON sample(p, external_id);

-- The newest assignment of each sample and member. `expires` is kept while it stands and nobody looked
-- whether the work was done.
CREATE TABLE assignment (
  p        BIGINT NOT NULL,
  sample   BYTEA NOT NULL,
  member   BYTEA NOT NULL,
  assigned BIGINT NOT NULL,
  author   BYTEA NOT NULL,
  expires  BIGINT,
  PRIMARY KEY (p, sample, member)
) /*narrow*/;
CREATE INDEX assignment_expires ON assignment(p, expires) WHERE expires IS NOT NULL;

-- The annotation of each sample and member that counts, with its grades in a few bytes and the place of
-- its fact, by which the agreement kept in memory catches up.
CREATE TABLE annotation (
  p        BIGINT NOT NULL,
  sample   BYTEA NOT NULL,
  member   BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  id       BYTEA NOT NULL,
  state    TEXT NOT NULL,
  seq      BIGINT NOT NULL,
  grades   TEXT NOT NULL,
  PRIMARY KEY (p, sample, member)
) /*narrow*/;
CREATE INDEX annotation_seq ON annotation(p, seq);
