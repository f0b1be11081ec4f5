//! Files that are no project, cannot be written, are full, old, new or shared: a clear error, and nothing
//! changed (promise 8).

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{Project, graded, new_project, sample};
use crate::{Error, Options, SCHEMA_VERSION, Store, SubmitAs, SystemWorld};

fn open(path: &Path) -> Result<Store, Error> {
    Store::open(path, Arc::new(SystemWorld))
}

fn refused_as_no_project(path: &Path) -> String {
    match open(path) {
        Err(Error::NotAProject { path: named, detail }) => {
            assert_eq!(named, path);
            detail
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_a_project_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(refused_as_no_project(&at("missing.assay")), "there is no such file");
    assert_eq!(refused_as_no_project(folder.path()), "it is a folder");
    for (name, content, why) in [
        ("empty.assay", Vec::new(), "it is empty"),
        ("text.assay", b"id,prompt\n1,Hello\n".repeat(40), "it is not a SQLite file"),
        ("short.assay", b"SQLite format 3\0".to_vec(), "it is not a SQLite file"),
    ] {
        fs::write(at(name), &content).unwrap();
        assert_eq!(refused_as_no_project(&at(name)), why);
        assert_eq!(fs::read(at(name)).unwrap(), content);
    }
    let other = Connection::open(at("other.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE photo (n INTEGER)").unwrap();
    drop(other);
    assert_eq!(refused_as_no_project(&at("other.sqlite")), "it is a database of another program");
    assert!(!at("missing.assay").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_project_never_replaces_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "mine").unwrap();
    let made = Store::create(&path, &new_project(), Arc::new(SystemWorld));
    assert!(matches!(made, Err(Error::Exists { .. })), "{made:?}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn a_project_that_cannot_begin_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut new = new_project();
    new.rubric.dimensions[0].levels.clear();
    let made = Store::create(folder.path().join("p.assay"), &new, Arc::new(SystemWorld));
    match made {
        Err(Error::Invalid(invalid)) => assert_eq!(invalid.field, "rubric.dimensions[0].levels"),
        other => panic!("{other:?}"),
    }
    let mut new = new_project();
    new.owner_name = " ".to_owned();
    let made = Store::create(folder.path().join("p.assay"), &new, Arc::new(SystemWorld));
    assert!(matches!(made, Err(Error::Invalid(_))), "{made:?}");
    let made = Store::create(folder.path().join("no/such/folder/p"), &new_project(), Arc::new(SystemWorld));
    assert!(matches!(made, Err(Error::Io { .. })), "{made:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_newer_schema_is_refused_by_its_number() {
    let project = Project::new();
    let path = project.store.path().to_owned();
    let copy = path.with_extension("newer");
    project.store.backup(&copy).unwrap();
    Connection::open(&copy).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 7).unwrap();
    match open(&copy) {
        Err(Error::NewerSchema { found, supported, .. }) => {
            assert_eq!((found, supported), (SCHEMA_VERSION + 7, SCHEMA_VERSION));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_damaged_file_is_an_error_and_not_a_panic() {
    let (project, ids) = Project::with_samples(200);
    let copy = project.store.path().with_extension("damaged");
    project.store.backup(&copy).unwrap();
    let whole = fs::read(&copy).unwrap();
    for kept in [100, 512, 8192, 8192 * 3, whole.len() / 2] {
        fs::write(&copy, &whole[..kept]).unwrap();
        let tried = open(&copy).and_then(|store| {
            store.sample(ids[150])?;
            store.submit(ids[150], graded(3), SubmitAs::Submitted)
        });
        assert!(
            matches!(tried, Err(Error::Damaged { .. } | Error::NotAProject { .. } | Error::NotFound { .. })),
            "{kept}: {tried:?}"
        );
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", copy.display()));
        }
    }
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let (project, ids) = Project::with_samples(3);
    let store = &project.store;
    store.save_draft(ids[0], &graded(2)).unwrap();
    let before = store.counts().unwrap();
    let limit = |pages: i64| {
        let writer = store.inner.writer.lock().unwrap();
        writer.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0)).unwrap()
    };
    // No page in it is free, and it may not grow: a limit below the size that the file has is that size.
    store.inner.writer.lock().unwrap().execute_batch("VACUUM").unwrap();
    limit(1);
    let mut long = graded(4);
    long.responses[0].note = "n".repeat(19_000);
    for full in [
        store.save_draft(ids[1], &long).map(drop),
        store.submit(ids[0], long.clone(), SubmitAs::Submitted).map(drop),
        store.add_samples(&(0..200).map(|i| sample(&format!("more{i}"))).collect::<Vec<_>>()).map(drop),
    ] {
        assert!(matches!(&full, Err(Error::DiskFull { path }) if path == store.path()), "{full:?}");
    }
    assert_eq!(store.counts().unwrap(), before);
    assert_eq!(store.draft(ids[0]).unwrap().unwrap().work, graded(2));
    limit(1_000_000);
    store.submit(ids[0], long, SubmitAs::Submitted).unwrap();
}

#[test]
fn a_disk_that_became_read_only_is_told_and_changes_nothing() {
    let (project, ids) = Project::with_samples(1);
    let store = &project.store;
    store.inner.writer.lock().unwrap().pragma_update(None, "query_only", true).unwrap();
    let saved = store.save_draft(ids[0], &graded(2));
    assert!(matches!(&saved, Err(Error::ReadOnly { path }) if path == store.path()), "{saved:?}");
    assert_eq!(store.draft(ids[0]).unwrap(), None);
}

#[test]
fn two_windows_on_one_project_write_and_see_each_other() {
    let (project, ids) = Project::with_samples(2);
    let other = open(project.store.path()).unwrap();
    project.store.submit(ids[0], graded(5), SubmitAs::Submitted).unwrap();
    assert_eq!(other.next(None).unwrap(), Some(ids[1]));
    other.submit(ids[1], graded(1), SubmitAs::Submitted).unwrap();
    assert_eq!(project.store.counts().unwrap().done, 2);
    let mut rubric = other.rubric().unwrap().rubric.clone();
    rubric.name = "Second".to_owned();
    let first = project.store.rubric().unwrap().id;
    let second = other.save_rubric(first, rubric.clone()).unwrap();
    assert_eq!(project.store.rubric().unwrap(), second);
    rubric.name = "Third".to_owned();
    let stale = project.store.save_rubric(first, rubric);
    assert!(matches!(stale, Err(Error::StaleRubric { current }) if current == second.id), "{stale:?}");
}

#[test]
fn a_write_waits_for_the_other_window_and_gives_up_only_after_the_timeout() {
    let (project, ids) = Project::with_samples(1);
    let patience = Duration::from_millis(300);
    let options = Options { busy_timeout: patience };
    let other = Store::open_with(project.store.path(), Arc::new(SystemWorld), options).unwrap();
    let lock = Connection::open(project.store.path()).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let saved = other.save_draft(ids[0], &graded(3));
    assert!(matches!(&saved, Err(Error::Busy { path }) if path == other.path()), "{saved:?}");
    assert!(begun.elapsed() >= patience, "{:?}", begun.elapsed());
    assert_eq!(other.counts().unwrap().left, 1, "reading never waits for a writer");
    lock.execute_batch("ROLLBACK").unwrap();
    other.save_draft(ids[0], &graded(3)).unwrap();
}

#[test]
fn many_threads_and_two_stores_lose_nothing() {
    let (project, ids) = Project::with_samples(40);
    let other = open(project.store.path()).unwrap();
    std::thread::scope(|scope| {
        for (part, half) in ids.chunks(10).enumerate() {
            let store: &Store = if part % 2 == 0 { &project.store } else { &other };
            scope.spawn(move || {
                for &id in half {
                    store.save_draft(id, &graded(2)).unwrap();
                    store.counts().unwrap();
                    store.submit(id, graded(3), SubmitAs::Submitted).unwrap();
                }
            });
        }
    });
    let counts = project.store.counts().unwrap();
    assert_eq!((counts.done, counts.left, counts.drafts), (40, 0, 0));
}

#[test]
fn a_backup_taken_in_use_opens_and_is_whole() {
    let (project, ids) = Project::with_samples(30);
    let to = project.folder.path().join("backup.assay");
    project.store.submit(ids[0], graded(4), SubmitAs::Submitted).unwrap();
    project.store.backup(&to).unwrap();
    project.store.submit(ids[1], graded(4), SubmitAs::Submitted).unwrap();
    let backup = open(&to).unwrap();
    assert_eq!(backup.counts().unwrap().done, 1);
    assert_eq!(backup.project_id(), project.store.project_id());
    assert!(backup.verify().unwrap().is_ok());
    let again = project.store.backup(&to);
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
}
