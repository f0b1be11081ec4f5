//! The work that counts, followed as it comes: for statistics that are kept up instead of made anew.
//!
//! Annotations are only ever added, so whoever remembers the number of the last one they saw reads what came
//! after it, and never the project again (promise 7).

use std::ops::ControlFlow;

use assay_model::MemberId;

use crate::Store;
use crate::error::Result;
use crate::rows;

/// A revision that counts: nobody has a newer one of the same work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadRow<'a> {
    /// Its number on this copy of the project; later ones are greater.
    pub n: i64,
    /// The sample's place in the order of import, on this copy.
    pub sample: i64,
    /// Whose work it is.
    pub member: MemberId,
    /// False where the sample was passed over or the work was taken back.
    pub submitted: bool,
    /// The work, its state and its rubric version, as JSON.
    pub body: &'a str,
}

impl Store {
    /// Shows every revision that counts and came after the annotation of that number, each with the number of
    /// the last one, until `show` breaks. Answers that number.
    pub fn for_each_head_after(
        &self,
        after: i64,
        show: &mut dyn FnMut(HeadRow<'_>, i64) -> ControlFlow<()>,
    ) -> Result<i64> {
        self.read_moment(|sql| {
            let last =
                sql.query_row("SELECT COALESCE(MAX(n), 0) FROM annotation", [], |row| row.get::<_, i64>(0))?;
            let mut query = sql.prepare_cached(
                "SELECT a.n, a.sample, m.id, a.state = 'submitted', a.body FROM annotation a
                 CROSS JOIN annotation_head h ON h.sample = a.sample AND h.member = a.member
                 CROSS JOIN member m ON m.n = a.member
                 WHERE a.n > ?1 AND h.annotation = a.n ORDER BY a.n",
            )?;
            let mut found = query.query([after])?;
            while let Some(row) = found.next()? {
                let head = HeadRow {
                    n: row.get(0)?,
                    sample: row.get(1)?,
                    member: rows::id(row, 2)?,
                    submitted: row.get(3)?,
                    body: row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?,
                };
                if show(head, last).is_break() {
                    break;
                }
            }
            Ok(last)
        })
    }
}
