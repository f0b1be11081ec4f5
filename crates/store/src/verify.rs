//! Is everything in the file as it should be? Derives anew what triggers keep, and compares.

use rusqlite::Connection;

use crate::Store;
use crate::error::Result;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The pages of the file hold together.
    pub integrity_ok: bool,
    /// No row names a row that is not there.
    pub foreign_keys_ok: bool,
    /// Each head is the greatest (revision, id).
    pub heads_ok: bool,
    /// Each tally is the number of what it counts, and no device number was given twice that is given once.
    pub counters_ok: bool,
    /// What I have to do is each sample that is mine, without those I submitted or passed over.
    pub todo_ok: bool,
    /// Each fault, as a sentence.
    pub problems: Vec<String>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

const IDS: [(&str, &str); 1] = [("ids or hashes have not their length", include_str!("verify_ids.sql"))];
const HEADS: [(&str, &str); 2] = [
    ("annotation heads are not the newest revisions", include_str!("verify_heads.sql")),
    ("assignment heads are not the newest assignments", include_str!("verify_assignment_heads.sql")),
];
const COUNTERS: [(&str, &str); 4] = [
    ("tallies of samples are wrong", include_str!("verify_tally.sql")),
    ("tallies of rubric versions are wrong", include_str!("verify_rubric_tally.sql")),
    ("tallies of members are wrong", include_str!("verify_member_tally.sql")),
    ("device numbers were given twice or will be", include_str!("verify_device_no.sql")),
];
const TODO: [(&str, &str); 1] = [("samples to do are wrong", include_str!("verify_todo.sql"))];

impl Store {
    /// Checks the whole file; takes time in proportion to it.
    pub fn verify(&self) -> Result<VerifyReport> {
        self.read_moment(|sql| {
            let mut report = VerifyReport::default();
            let mut check = sql.prepare("PRAGMA integrity_check(20)")?;
            let found: Vec<String> =
                check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            report.integrity_ok = found == ["ok"];
            if !report.integrity_ok {
                report.problems.extend(found);
            }
            report.integrity_ok &= none(sql, &IDS, &mut report.problems)?;
            let mut check = sql.prepare("PRAGMA foreign_key_check")?;
            let tables: Vec<String> =
                check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            report.foreign_keys_ok = tables.is_empty();
            if !tables.is_empty() {
                report.problems.push(format!("{} rows name a row that is not there", tables.len()));
            }
            report.heads_ok = none(sql, &HEADS, &mut report.problems)?;
            report.counters_ok = none(sql, &COUNTERS, &mut report.problems)?;
            report.todo_ok = none(sql, &TODO, &mut report.problems)?;
            Ok(report)
        })
    }
}

/// Whether each of the queries, which look for faults, finds none.
fn none(sql: &Connection, queries: &[(&str, &str)], problems: &mut Vec<String>) -> Result<bool> {
    let mut ok = true;
    for (problem, query) in queries {
        let faults: u64 =
            sql.query_row(&format!("SELECT COUNT(*) FROM ({query})"), [], |row| crate::rows::count(row, 0))?;
        if faults > 0 {
            ok = false;
            problems.push(format!("{faults} {problem}"));
        }
    }
    Ok(ok)
}
