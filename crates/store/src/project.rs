//! The project itself: its file, who has it here, settings and members.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use assay_model::{DeviceId, Member, MemberId, ProjectId, RaterKind, Role, Rubric, Settings};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::error::{Error, Result, What};
use crate::readers::Readers;
use crate::rubric::RubricCache;
use crate::transact::{Change, Tx};
use crate::{Inner, Store, World, rows, schema};

/// What a project begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProject {
    /// Its settings.
    pub settings: Settings,
    /// The first version of its rubric.
    pub rubric: Rubric,
    /// The name of the one who begins it.
    pub owner_name: String,
}

/// How to open a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a write waits for another process before it gives up as [`Error::Busy`].
    pub busy_timeout: Duration,
}

impl Default for Options {
    /// Waits five seconds.
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5) }
    }
}

/// A member, and how far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberAtWork {
    /// Who.
    pub member: Member,
    /// False for somebody who was removed.
    pub active: bool,
    /// Samples assigned to them.
    pub assigned: u64,
    /// Samples that they submitted.
    pub submitted: u64,
    /// Samples that they passed over.
    pub skipped: u64,
}

/// Where a member comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Whether somebody else wrote them down, for the sake of work that was read from a file.
    pub from_file: bool,
    /// Whether the hub is known to know them.
    pub on_hub: bool,
}

impl Store {
    /// Begins a project in a new file. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is something at `path`; [`Error::Invalid`] for the settings or the rubric.
    pub fn create(path: impl AsRef<Path>, new: &NewProject, world: Arc<dyn World>) -> Result<Self> {
        let path = path.as_ref();
        new.settings.check().map_err(|invalid| invalid.within("settings"))?;
        new.rubric.check().map_err(|invalid| invalid.within("rubric"))?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let unfinished = Unfinished::beside(path, &*world);
        write_first(unfinished.path(), new, &*world).map_err(|error| error.at(path))?;
        unfinished.becomes(path)?;
        Self::open(path, world)
    }

    /// Opens a project, and brings an older one to the newest schema. Costs the same whatever its size.
    ///
    /// # Errors
    /// [`Error::NotAProject`], [`Error::NewerSchema`], [`Error::ReadOnly`], [`Error::Damaged`].
    pub fn open(path: impl AsRef<Path>, world: Arc<dyn World>) -> Result<Self> {
        Self::open_with(path, world, Options::default())
    }

    /// [`Store::open`], with options.
    pub fn open_with(path: impl AsRef<Path>, world: Arc<dyn World>, options: Options) -> Result<Self> {
        let path = path.as_ref();
        open(path, world, options).map_err(|error| error.at(path))
    }

    /// The project's file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The project.
    pub fn project_id(&self) -> ProjectId {
        self.inner.project
    }

    /// The member who works on this copy of the project.
    pub fn me(&self) -> Member {
        self.inner.me.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// This copy of the project.
    pub fn device(&self) -> DeviceId {
        *self.inner.device.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current settings.
    pub fn settings(&self) -> Result<Settings> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(NEWEST_SETTINGS)?;
            Ok(query.query_row([], |row| rows::json(row, 0))?)
        })
    }

    /// Makes a new version of the settings; the same settings again make none.
    pub fn save_settings(&self, settings: &Settings) -> Result<()> {
        settings.check()?;
        let body = rows::to_json(settings)?;
        self.transact(|tx| {
            // Not its text: an older one may say the same in other words.
            let current: Settings =
                tx.prepare_cached(NEWEST_SETTINGS)?.query_row([], |row| rows::json(row, 0))?;
            if current != *settings {
                insert_settings(tx, &body)?;
                tx.changed(Change::Settings);
            }
            Ok(())
        })
    }

    /// All members, in the order in which they came.
    pub fn members(&self) -> Result<Vec<Member>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached("SELECT id, name, role, kind FROM member ORDER BY n")?;
            Ok(query.query_map([], member)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Everybody, in the order in which they came, and how far each is as far as this copy knows.
    pub fn members_at_work(&self) -> Result<Vec<MemberAtWork>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT m.id, m.name, m.role, m.kind, m.active, COALESCE(a.count, 0), t.done, t.skipped
                 FROM member m CROSS JOIN member_tally t ON t.member = m.n
                 LEFT JOIN (SELECT member, COUNT(*) AS count FROM assignment_head
                            WHERE state = 'assigned' GROUP BY member) a ON a.member = m.n
                 ORDER BY m.n",
            )?;
            let found = query.query_map([], |row| {
                Ok(MemberAtWork {
                    member: member(row)?,
                    active: row.get(4)?,
                    assigned: rows::count(row, 5)?,
                    submitted: rows::count(row, 6)?,
                    skipped: rows::count(row, 7)?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Where each member comes from.
    pub fn origins(&self) -> Result<HashMap<MemberId, Origin>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached("SELECT id, author <> n, seq IS NOT NULL FROM member")?;
            let found = query.query_map([], |row| {
                Ok((rows::id(row, 0)?, Origin { from_file: row.get(1)?, on_hub: row.get(2)? }))
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The member of that name; the first who came, if there are several.
    pub fn member_by_name(&self, name: &str) -> Result<Option<Member>> {
        self.read(|sql| member_by_name(sql, name))
    }

    /// Adds a member. A member of that name who is there already is returned as they are.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty name.
    pub fn add_member(&self, name: &str, role: Role, kind: RaterKind) -> Result<Member> {
        let name = name.trim();
        check_name(name)?;
        self.transact(|tx| {
            if let Some(known) = member_by_name(tx, name)? {
                return Ok(known);
            }
            let stamp = tx.stamp();
            let member = Member { id: stamp.id.into(), name: name.to_owned(), role, kind };
            tx.prepare_cached(
                "INSERT INTO member (id, author, device, device_no, time, name, role, kind, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                member.id.bytes(),
                tx.store.me_n,
                tx.device_n,
                stamp.device_no,
                stamp.time.0,
                name,
                rows::to_word(&role)?,
                rows::to_word(&kind)?,
                rows::to_json(&member)?,
            ])?;
            tx.changed(Change::Member(member.id));
            Ok(member)
        })
    }
}

/// The newest by the hub's order; what I have yet to send is newer than all that is there. What the hub refused
/// or lost of another's comes last. A negative place is one that is read again.
const NEWEST_SETTINGS: &str = "SELECT body FROM settings
    ORDER BY seq IS NULL AND author = (SELECT me FROM local) AND id NOT IN (SELECT id FROM refusal) DESC,
      ABS(seq) DESC, n DESC LIMIT 1";

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(assay_model::Invalid::new("name", "is empty", "give the member a name").into());
    }
    Ok(())
}

fn insert_settings(tx: &mut Tx<'_>, body: &str) -> Result<()> {
    let stamp = tx.stamp();
    tx.prepare_cached(
        "INSERT INTO settings (id, author, device, device_no, time, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        stamp.id.into_bytes(),
        tx.store.me_n,
        tx.device_n,
        stamp.device_no,
        stamp.time.0,
        body
    ])?;
    Ok(())
}

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: rows::id(row, 0)?,
        name: row.get(1)?,
        role: rows::word(row, 2)?,
        kind: rows::word(row, 3)?,
    })
}

fn member_by_name(sql: &Connection, name: &str) -> Result<Option<Member>> {
    let mut query =
        sql.prepare_cached("SELECT id, name, role, kind FROM member WHERE name = ?1 ORDER BY n LIMIT 1")?;
    Ok(query.query_row([name], member).optional()?)
}

/// The small number of a member.
pub(crate) fn member_n(sql: &Connection, id: MemberId) -> Result<i64> {
    let mut query = sql.prepare_cached("SELECT n FROM member WHERE id = ?1")?;
    query
        .query_row([id.bytes()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::not_found(What::Member, id))
}

fn open(path: &Path, world: Arc<dyn World>, options: Options) -> Result<Store> {
    schema::check_header(path)?;
    let mut writer = schema::connect(path, options.busy_timeout, false)?;
    schema::migrate(&mut writer, path)?;
    let (project, device, me_n, me) = writer
        .query_row(
            "SELECT l.project, d.id, m.n, m.id, m.name, m.role, m.kind
             FROM local l JOIN device d ON d.n = l.device JOIN member m ON m.n = l.me",
            [],
            |row| {
                let me = Member {
                    id: rows::id(row, 3)?,
                    name: row.get(4)?,
                    role: rows::word(row, 5)?,
                    kind: rows::word(row, 6)?,
                };
                Ok((rows::id(row, 0)?, rows::id(row, 1)?, row.get(2)?, me))
            },
        )
        .optional()?
        .ok_or_else(|| Error::damaged("it does not say whose copy it is"))?;
    let readers = Readers::new(path, options.busy_timeout);
    let inner = Inner {
        path: path.to_owned(),
        world,
        project,
        device: RwLock::new(device),
        me_id: me.id,
        me: RwLock::new(me),
        me_n,
        readers,
        writer: Mutex::new(writer),
        rubrics: RubricCache::default(),
        subscribers: RwLock::default(),
    };
    Ok(Store { inner: Arc::new(inner) })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A file under a name of its own until it is whole; removed when it does not get that far.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn beside(path: &Path, world: &dyn World) -> Self {
        Self(beside(path, &format!(".{}.new", world.id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives the file its name, without ever replacing another.
    pub(crate) fn becomes(self, path: &Path) -> Result<()> {
        fs::File::open(&self.0).and_then(|file| file.sync_all()).map_err(|e| Error::io(path, e))?;
        match fs::hard_link(&self.0, path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists && !path.exists() => {
                // A file system without links: the best that is left.
                fs::rename(&self.0, path)
            }
            linked => linked,
        }
        .map_err(|error| Error::io(path, error))?;
        // The name is durable when the folder is.
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| Error::io(path, e))?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            // Nothing is lost by a leftover, and there is nobody to tell.
            let _ = fs::remove_file(beside(&self.0, suffix));
        }
    }
}

/// Writes the schema and the first facts: the owner, the settings, the rubric.
fn write_first(path: &Path, new: &NewProject, world: &dyn World) -> Result<()> {
    check_name(&new.owner_name)?;
    fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| Error::io(path, error))?;
    let mut connection = schema::connect(path, Duration::ZERO, true)?;
    schema::migrate(&mut connection, path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = world.now().0;
    transaction.execute("INSERT INTO device (n, id) VALUES (1, ?1)", [world.id().into_bytes()])?;
    let owner = Member {
        id: world.id().into(),
        name: new.owner_name.trim().to_owned(),
        role: Role::Owner,
        kind: RaterKind::Person,
    };
    transaction.execute(
        "INSERT INTO member (n, id, author, device, device_no, time, name, role, kind, body)
         VALUES (1, ?1, 1, 1, 1, ?2, ?3, ?4, ?5, ?6)",
        params![
            owner.id.bytes(),
            now,
            owner.name,
            rows::to_word(&owner.role)?,
            rows::to_word(&owner.kind)?,
            rows::to_json(&owner)?
        ],
    )?;
    transaction.execute(
        "INSERT INTO settings (id, author, device, device_no, time, body) VALUES (?1, 1, 1, 2, ?2, ?3)",
        params![world.id().into_bytes(), now, rows::to_json(&new.settings)?],
    )?;
    transaction.execute(
        "INSERT INTO rubric (id, author, device, device_no, time, version, parent, body)
         VALUES (?1, 1, 1, 3, ?2, 1, NULL, ?3)",
        params![world.id().into_bytes(), now, rows::to_json(&new.rubric)?],
    )?;
    transaction.execute(
        "INSERT INTO local (one, project, device, device_no, me) VALUES (1, ?1, 1, 4, 1)",
        [world.id().into_bytes()],
    )?;
    transaction.commit()?;
    // Only now, so that the header of the file itself (and not of a log beside it) says what it is.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}
