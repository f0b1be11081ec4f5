//! Every schema that was shipped left a small database in `fixtures/schemas/`; each opens, upgraded, with all
//! that it held. The databases are made by the example `schema_fixture`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use super::Project;
use crate::{SCHEMA_VERSION, Store, SystemWorld};

fn fixtures() -> Vec<(u32, PathBuf)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/schemas");
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "assay"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().parse().unwrap(), path))
        .collect();
    found.sort();
    found
}

fn schema(of: &std::path::Path) -> Vec<(String, String)> {
    let sql = Connection::open(of).unwrap();
    let mut query =
        sql.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn each_schema_has_left_a_database() {
    let versions: Vec<u32> = fixtures().into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

#[test]
fn each_old_database_becomes_one_like_a_new_one() {
    let new = Project::new();
    for (version, fixture) in fixtures() {
        let copy = new.folder.path().join(format!("{version}.assay"));
        fs::copy(&fixture, &copy).unwrap();
        let store = Store::open(&copy, Arc::new(SystemWorld)).unwrap();
        assert!(store.verify().unwrap().is_ok(), "{version}");
        let counts = store.counts().unwrap();
        assert_eq!((counts.samples, counts.done, counts.skipped, counts.drafts), (4, 1, 1, 1), "{version}");
        assert_eq!(store.members().unwrap().len(), 2, "{version}");
        assert_eq!(store.rubrics().unwrap().len(), 2, "{version}");
        drop(store);
        // A migration that was edited after it was shipped makes new databases unlike upgraded ones.
        assert_eq!(schema(&copy), schema(new.store.path()), "{version}");
    }
}
