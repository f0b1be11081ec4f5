-- What the hub last said of agreement, to this member, as JSON: kept, because a hub tells only what changed.
ALTER TABLE hub ADD COLUMN agreement TEXT;
