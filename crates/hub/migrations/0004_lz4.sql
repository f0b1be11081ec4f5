-- Bodies of some kilobytes are compressed by PostgreSQL, which takes a part of each push and pull. Its lz4 costs
-- a fraction of what its own method does; servers that were built without it, or are older, keep theirs. What is
-- there already stays as it is. Nothing of this concerns SQLite.
/*postgres
DO $$ BEGIN
  EXECUTE 'ALTER TABLE fact ALTER COLUMN body SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
  NULL;
END $$;
postgres*/
