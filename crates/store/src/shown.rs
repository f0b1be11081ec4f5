//! Samples on which the one who is here was shown what others did. No facts: what is handed in afterwards says
//! so itself ([`Work::informed`](assay_model::Work::informed)).

use assay_model::SampleId;
use rusqlite::Connection;

use crate::Store;
use crate::error::Result;
use crate::sample::sample_n;

impl Store {
    /// Notes that I am about to be shown what others did on a sample: what I hand in from now on is marked.
    /// Durable on return.
    pub fn note_shown(&self, sample: SampleId) -> Result<()> {
        self.transact(|tx| {
            let n = sample_n(tx, sample)?;
            tx.prepare_cached("INSERT INTO shown (sample) VALUES (?1) ON CONFLICT DO NOTHING")?
                .execute([n])?;
            Ok(())
        })
    }
}

/// Whether I was shown what others did on a sample.
pub(crate) fn was_shown(sql: &Connection, sample: i64) -> Result<bool> {
    Ok(sql.prepare_cached("SELECT 1 FROM shown WHERE sample = ?1")?.exists([sample])?)
}
