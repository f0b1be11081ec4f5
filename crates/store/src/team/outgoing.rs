//! What is not on the hub yet, in an order in which nothing comes before what it names.

use std::borrow::Cow;

use assay_model::{AssignmentBody, AssignmentState, FactId, Kind, MemberId, Timestamp};
use rusqlite::{Connection, Row};

use super::{FactRow, TABLES};
use crate::error::{Error, Result, What};
use crate::{Store, rows};

impl Store {
    /// My facts that the hub neither has nor refused: the first ones, at most `facts` of about `bytes` bytes
    /// of bodies in all, and at least one if there is any.
    pub fn outgoing(&self, facts: usize, bytes: usize) -> Result<Vec<FactRow<'static>>> {
        let mut found = Vec::new();
        let mut size = 0;
        self.read_moment(|sql| {
            for (table, kind) in TABLES {
                if !unsent(sql, self.inner.me_n, table, kind, facts, bytes, &mut found, &mut size)? {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// How many of my facts are not on the hub, without those it refused.
    pub fn outgoing_count(&self) -> Result<u64> {
        Ok(self.outgoing_by_kind()?.into_iter().map(|(_, count)| count).sum())
    }

    /// [`Store::outgoing_count`], by kind; kinds of which there are none are left out.
    pub fn outgoing_by_kind(&self) -> Result<Vec<(Kind, u64)>> {
        self.read_moment(|sql| {
            let mut counts: Vec<(Kind, u64)> = Vec::new();
            for (table, kind) in TABLES {
                let query = format!(
                    "SELECT COUNT(*) FROM {table} f WHERE f.seq IS NULL AND f.author = ?1
                       AND NOT EXISTS (SELECT 1 FROM refusal r WHERE r.id = f.id)"
                );
                let count: u64 =
                    sql.prepare_cached(&query)?.query_row([self.inner.me_n], |row| rows::count(row, 0))?;
                match counts.last_mut() {
                    _ if count == 0 => {}
                    Some((last, sum)) if *last == kind => *sum += count,
                    _ => counts.push((kind, count)),
                }
            }
            Ok(counts)
        })
    }

    /// The fact that named a member first.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such member.
    pub fn member_fact(&self, member: MemberId) -> Result<FactRow<'static>> {
        self.read(|sql| {
            let mut query = sql.prepare_cached(
                "SELECT f.id, a.id, d.id, f.device_no, f.time, f.body
                 FROM member f JOIN member a ON a.n = f.author JOIN device d ON d.n = f.device WHERE f.id = ?1",
            )?;
            let mut found = query.query([member.bytes()])?;
            match found.next()? {
                Some(row) => fact(row, Kind::Member, row.get(5)?),
                None => Err(Error::not_found(What::Member, member)),
            }
        })
    }

    /// Every fact that is known to be on the hub, with its place, for a check of the digest; without samples
    /// where only the member's own is seen, for those came along with assignments.
    pub fn for_each_placed(&self, show: &mut dyn FnMut(FactId, u64)) -> Result<()> {
        self.read_moment(|sql| {
            let all: bool =
                sql.query_row("SELECT COALESCE((SELECT view = 'all' FROM hub), 0)", [], |row| row.get(0))?;
            for (table, kind) in TABLES {
                let own = match kind {
                    _ if all => "1",
                    Kind::Sample | Kind::Resolution => "0",
                    Kind::Assignment | Kind::Annotation => "member = (SELECT me FROM local)",
                    Kind::Member | Kind::Settings | Kind::Rubric => "1",
                };
                let mut query =
                    sql.prepare(&format!("SELECT id, seq FROM {table} WHERE seq > 0 AND {own}"))?;
                let mut placed = query.query([])?;
                while let Some(row) = placed.next()? {
                    show(rows::id(row, 0)?, rows::count(row, 1)?);
                }
            }
            Ok(())
        })
    }
}

/// The columns after the five with which all begin, and what they are read from.
fn columns(table: &str) -> (&'static str, &'static str) {
    match table {
        "rubric" => ("f.version, p.id, f.body", "LEFT JOIN rubric p ON p.n = f.parent"),
        "assignment" => ("f.sample, m.id, f.state, f.due, f.expires", "JOIN member m ON m.n = f.member"),
        "annotation" => (
            "s.id, m.id, f.revision, f.body",
            "JOIN sample s ON s.n = f.sample JOIN member m ON m.n = f.member",
        ),
        "resolution" => ("s.id, f.body", "JOIN sample s ON s.n = f.sample"),
        _ => ("f.body", ""),
    }
}

/// Adds what a table has; answers whether there is room for more.
#[expect(clippy::too_many_arguments, reason = "one loop over tables that share two bounds")]
fn unsent(
    sql: &Connection,
    me: i64,
    table: &str,
    kind: Kind,
    facts: usize,
    bytes: usize,
    found: &mut Vec<FactRow<'static>>,
    size: &mut usize,
) -> Result<bool> {
    let (columns, from) = columns(table);
    // By the table's own order: a version of the rubric comes after its parent.
    let mut query = sql.prepare_cached(&format!(
        "SELECT f.id, a.id, d.id, f.device_no, f.time, {columns}
         FROM {table} f CROSS JOIN member a ON a.n = f.author CROSS JOIN device d ON d.n = f.device {from}
         WHERE f.seq IS NULL AND f.author = ?1 AND NOT EXISTS (SELECT 1 FROM refusal r WHERE r.id = f.id)
         ORDER BY f.n"
    ))?;
    let mut unsent = query.query([me])?;
    while let Some(row) = unsent.next()? {
        if found.len() >= facts {
            return Ok(false);
        }
        let body = body(row, table)?;
        if !found.is_empty() && *size + body.len() > bytes {
            return Ok(false);
        }
        *size += body.len();
        found.push(fact(row, kind, body)?);
    }
    Ok(true)
}

/// A fact by the five columns with which all begin.
fn fact(row: &Row<'_>, kind: Kind, body: String) -> Result<FactRow<'static>> {
    Ok(FactRow {
        id: rows::id(row, 0)?,
        kind,
        author: rows::id(row, 1)?,
        device: rows::id(row, 2)?,
        device_no: rows::count(row, 3)?,
        time: Timestamp(row.get(4)?),
        body: Cow::Owned(body),
    })
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<uuid::Uuid> {
    rows::id(row, column)
}

fn body(row: &Row<'_>, table: &str) -> Result<String> {
    Ok(match table {
        "rubric" => {
            let version: u32 = row.get(5)?;
            let parent: Option<[u8; 16]> = row.get(6)?;
            let parent = parent.map_or("null".to_owned(), |id| format!("\"{}\"", uuid::Uuid::from_bytes(id)));
            let rubric = row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?;
            format!(r#"{{"version":{version},"parent":{parent},"rubric":{rubric}}}"#)
        }
        "assignment" => {
            let state: String = row.get(7)?;
            rows::to_json(&AssignmentBody {
                sample: rows::id(row, 5)?,
                member: rows::id(row, 6)?,
                state: if state == "assigned" {
                    AssignmentState::Assigned
                } else {
                    AssignmentState::Withdrawn
                },
                due: row.get::<_, Option<i64>>(8)?.map(Timestamp),
                expires: row.get::<_, Option<i64>>(9)?.map(Timestamp),
            })?
        }
        "annotation" => {
            let revision: u32 = row.get(7)?;
            let work = row.get_ref(8)?.as_str().map_err(rusqlite::Error::from)?;
            format!(
                r#"{{"sample":"{}","member":"{}","revision":{revision},"annotation":{work}}}"#,
                uuid(row, 5)?,
                uuid(row, 6)?
            )
        }
        "resolution" => {
            let word = row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?;
            format!(r#"{{"sample":"{}","resolution":{word}}}"#, uuid(row, 5)?)
        }
        _ => row.get(5)?,
    })
}
