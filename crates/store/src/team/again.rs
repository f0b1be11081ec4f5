//! Reading everything again: after the hub was put back from a backup, the member's role changed what they
//! may see, or the two sides found that they differ.

use super::TABLES;
use crate::Store;
use crate::error::Result;
use crate::transact::Change;

impl Store {
    /// Begins to read everything again. Which facts were on the hub is remembered, as negative places.
    pub fn begin_again(&self, why: &str) -> Result<()> {
        self.transact(|tx| {
            for (table, _) in TABLES {
                tx.execute(&format!("UPDATE {table} SET seq = -seq WHERE seq > 0"), [])?;
            }
            tx.execute(
                "UPDATE hub SET epoch = NULL, view = NULL, seq = 0, mark = '', again = ?1,
                   digest_count = 0, digest_sum = 0, agreement = NULL",
                [why],
            )?;
            tx.changed(Change::Hub);
            Ok(())
        })
    }

    /// Everything was read again. What was on the hub and is not any more is mine to send again, or others'.
    /// What an annotator may not see leaves this laptop, but for their own work and the samples it was done
    /// on; so do, where `let_go` says that the member may see less now, samples that were taken back.
    pub fn end_again(&self, let_go: bool) -> Result<()> {
        self.transact(|tx| {
            let own: bool =
                tx.query_row("SELECT COALESCE((SELECT view = 'own' FROM hub), 0)", [], |row| row.get(0))?;
            if own {
                tx.execute_batch(include_str!("others_go.sql"))?;
                // Another history may be one in which the member always was an annotator.
                tx.execute_batch(if let_go {
                    include_str!("let_go.sql")
                } else {
                    include_str!("never_assigned.sql")
                })?;
                tx.changed(Change::Samples { added: 0, removed: 1 });
            }
            tx.execute_batch(include_str!("members_again.sql"))?;
            for (table, _) in TABLES {
                tx.execute(&format!("UPDATE {table} SET seq = NULL WHERE seq < 0"), [])?;
            }
            tx.execute("UPDATE hub SET again = NULL", [])?;
            tx.changed(Change::Hub);
            tx.changed(Change::Assignments);
            Ok(())
        })?;
        self.look_at_me()
    }
}
