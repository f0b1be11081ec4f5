//! The schema's steps, numbered, in one text for both databases.

use super::{DbError, Param, Tx};

/// In order; the place in the list, from 1, is the schema's version. Shipped steps are never edited.
const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_resolution.sql"),
    include_str!("../../migrations/0003_narrow.sql"),
    include_str!("../../migrations/0004_lz4.sql"),
];

/// What stands between these is for PostgreSQL alone.
const ALONE: (&str, &str) = ("/*postgres", "postgres*/");

/// PostgreSQL's form of a step.
pub(super) fn for_postgres(step: &str) -> String {
    step.replace(" /*narrow*/", "").replace(ALONE.0, "").replace(ALONE.1, "")
}

/// SQLite's form: its names of the types, strict tables, and no separate row numbers where the key is all
/// that a table is looked up by.
pub(super) fn for_sqlite(step: &str) -> String {
    let mut parts = step.split(ALONE.0);
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once(ALONE.1).map_or("", |(_, rest)| rest));
    let step = rest.fold(first, |step, rest| step + rest);
    step.replace("BYTEA", "BLOB")
        .replace("BIGINT", "INTEGER")
        .replace("\n);", "\n) STRICT;")
        .replace("\n) /*narrow*/;", "\n) STRICT, WITHOUT ROWID;")
}

/// Brings the schema up to this build; the caller holds whatever keeps others from doing so at once.
pub(super) fn run(
    tx: &mut dyn Tx,
    mut apply: impl FnMut(&mut dyn Tx, &str) -> Result<(), DbError>,
) -> Result<(), DbError> {
    let mut rows = tx.query("SELECT COALESCE(MAX(version), 0) FROM schema_step", &[])?;
    let there = rows.first_mut().map_or(Ok(0), |row| row.int(0))? as usize;
    if there > STEPS.len() {
        return Err(DbError::Fault(format!(
            "its schema has version {there}, and this hub knows {}: run a newer hub, or restore the backup \
             made before the upgrade",
            STEPS.len()
        )));
    }
    for (version, step) in (1_i64..).zip(STEPS).skip(there) {
        apply(tx, step)?;
        tx.execute("INSERT INTO schema_step (version) VALUES ($1)", &[Param::Int(version)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{for_postgres, for_sqlite};

    #[test]
    fn what_is_for_postgres_alone_is_left_out_for_sqlite() {
        let step = "CREATE TABLE a (b BIGINT);\n/*postgres\nANALYZE a;\npostgres*/\nDROP TABLE a;\n";
        assert_eq!(for_sqlite(step), "CREATE TABLE a (b INTEGER);\n\nDROP TABLE a;\n");
        assert_eq!(for_postgres(step), "CREATE TABLE a (b BIGINT);\n\nANALYZE a;\n\nDROP TABLE a;\n");
    }
}
