//! What a laptop holds, read from its file without the store's code.

use std::collections::BTreeMap;

use assay_model::{
    AnnotationBody, AssignmentBody, FactId, Kind, MemberBody, MemberId, ResolutionBody, RubricBody,
};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ledger::about;

/// A fact as it is on a laptop.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: FactId,
    pub kind: Kind,
    pub author: MemberId,
    pub time: i64,
    pub seq: Option<i64>,
    /// As JSON, in the form in which it travels.
    pub body: String,
}

impl Held {
    /// Whose assignment or annotation it is.
    pub fn whose(&self) -> Option<MemberId> {
        about(self.kind, &self.body).map(|(_, whose)| whose)
    }
}

/// Everything in one file.
pub struct Contents {
    pub facts: BTreeMap<FactId, Held>,
    /// Of each (sample, member), the annotation that counts.
    pub heads: BTreeMap<(Uuid, Uuid), Uuid>,
    /// Of each (sample, member), whether the assignment that counts stands.
    pub assigned: BTreeMap<(Uuid, Uuid), bool>,
    /// Refused facts with their codes.
    pub refused: BTreeMap<FactId, String>,
    /// Name, role and whether active, of each member.
    pub members: BTreeMap<MemberId, (String, String, bool)>,
    pub samples: Vec<Uuid>,
}

const STAMP: &str = "f.id, a.id, f.time, f.seq";
const BY: &str = "JOIN member a ON a.n = f.author";

fn query(table: &str) -> String {
    let (columns, joins) = match table {
        "rubric" => ("f.version, p.id, f.body", "LEFT JOIN rubric p ON p.n = f.parent"),
        "assignment" => ("f.sample, m.id, f.state, f.due, f.expires", "JOIN member m ON m.n = f.member"),
        "annotation" => (
            "s.id, m.id, f.revision, f.body",
            "JOIN sample s ON s.n = f.sample JOIN member m ON m.n = f.member",
        ),
        "resolution" => ("s.id, f.body", "JOIN sample s ON s.n = f.sample"),
        _ => ("f.body", ""),
    };
    format!("SELECT {STAMP}, {columns} FROM {table} f {BY} {joins}")
}

fn id(row: &rusqlite::Row<'_>, at: usize) -> Uuid {
    Uuid::from_bytes(row.get(at).unwrap())
}

fn maybe_id(row: &rusqlite::Row<'_>, at: usize) -> Option<Uuid> {
    row.get::<_, Option<[u8; 16]>>(at).unwrap().map(Uuid::from_bytes)
}

fn json_at(row: &rusqlite::Row<'_>, at: usize) -> Value {
    serde_json::from_str(&row.get::<_, String>(at).unwrap()).unwrap()
}

fn body(row: &rusqlite::Row<'_>, table: &str) -> String {
    let body = match table {
        "rubric" => {
            let version: u32 = row.get(4).unwrap();
            json!({ "version": version, "parent": maybe_id(row, 5), "rubric": json_at(row, 6) })
        }
        "assignment" => {
            let (state, due): (String, Option<i64>) = (row.get(6).unwrap(), row.get(7).unwrap());
            let mut body = json!({ "sample": id(row, 4), "member": id(row, 5), "state": state });
            if let Some(due) = due {
                body["due"] = json!(due);
            }
            if let Some(expires) = row.get::<_, Option<i64>>(8).unwrap() {
                body["expires"] = json!(expires);
            }
            body
        }
        "annotation" => {
            let revision: u32 = row.get(6).unwrap();
            let (sample, member) = (id(row, 4), id(row, 5));
            json!({ "sample": sample, "member": member, "revision": revision, "annotation": json_at(row, 7) })
        }
        "resolution" => json!({ "sample": id(row, 4), "resolution": json_at(row, 5) }),
        _ => return row.get(4).unwrap(),
    };
    body.to_string()
}

/// A body in one form, however it was written: as what its kind says.
pub fn plain(kind: Kind, body: &str) -> Value {
    fn of<T: serde::de::DeserializeOwned + serde::Serialize>(body: &str) -> Value {
        serde_json::to_value(serde_json::from_str::<T>(body).unwrap()).unwrap()
    }
    match kind {
        Kind::Member => of::<MemberBody>(body),
        Kind::Rubric => of::<RubricBody>(body),
        Kind::Assignment => of::<AssignmentBody>(body),
        Kind::Annotation => of::<AnnotationBody>(body),
        Kind::Resolution => of::<ResolutionBody>(body),
        Kind::Settings | Kind::Sample => of::<Value>(body),
    }
}

const TABLES: [(&str, Kind); 8] = [
    ("member", Kind::Member),
    ("member_change", Kind::Member),
    ("settings", Kind::Settings),
    ("rubric", Kind::Rubric),
    ("sample", Kind::Sample),
    ("assignment", Kind::Assignment),
    ("annotation", Kind::Annotation),
    ("resolution", Kind::Resolution),
];

impl Contents {
    pub fn read(file: &std::path::Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = Connection::open_with_flags(file, flags).unwrap();
        let mut facts = BTreeMap::new();
        for (table, kind) in TABLES {
            let mut query = sql.prepare(&query(table)).unwrap();
            let mut rows = query.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let held = Held {
                    id: FactId(id(row, 0)),
                    kind,
                    author: MemberId(id(row, 1)),
                    time: row.get(2).unwrap(),
                    seq: row.get(3).unwrap(),
                    body: body(row, table),
                };
                facts.insert(held.id, held);
            }
        }
        let each = |text: &str, take: &mut dyn FnMut(&rusqlite::Row<'_>)| {
            let mut query = sql.prepare(text).unwrap();
            let mut rows = query.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                take(row);
            }
        };
        let (mut heads, mut refused) = (BTreeMap::new(), BTreeMap::new());
        let (mut members, mut samples) = (BTreeMap::new(), Vec::new());
        let text = "SELECT s.id, m.id, h.annotation_id FROM annotation_head h JOIN sample s ON s.n = h.sample
                    JOIN member m ON m.n = h.member";
        each(text, &mut |row| {
            heads.insert((id(row, 0), id(row, 1)), id(row, 2));
        });
        let mut assigned = BTreeMap::new();
        let text = "SELECT h.sample, m.id, h.state FROM assignment_head h JOIN member m ON m.n = h.member";
        each(text, &mut |row| {
            assigned.insert((id(row, 0), id(row, 1)), row.get::<_, String>(2).unwrap() == "assigned");
        });
        each("SELECT id, code FROM refusal", &mut |row| {
            refused.insert(FactId(id(row, 0)), row.get(1).unwrap());
        });
        each("SELECT id, name, role, active FROM member", &mut |row| {
            let one = (row.get(1).unwrap(), row.get(2).unwrap(), row.get::<_, i64>(3).unwrap() != 0);
            members.insert(MemberId(id(row, 0)), one);
        });
        each("SELECT id FROM sample", &mut |row| samples.push(id(row, 0)));
        Self { facts, heads, assigned, refused, members, samples }
    }
}
