-- A device that somebody else let in for a member opens the one project in which they may: `p` of its token.
-- `narrow` of an invite says that it makes such a one.
ALTER TABLE token ADD COLUMN p BIGINT REFERENCES project(n);
ALTER TABLE invite ADD COLUMN narrow BIGINT NOT NULL DEFAULT 0;
