//! A copied disk or a restored backup: two copies number their facts alike. This one takes a new device id.

use assay_model::DeviceId;
use rusqlite::params;

use super::TABLES;
use crate::Store;
use crate::error::Result;
use crate::transact::{Change, Tx};

impl Store {
    /// Takes a new device id, and numbers from 1 those of my facts that are not on the hub. The facts
    /// themselves, their ids and times, stay what they are.
    pub fn fork_device(&self) -> Result<DeviceId> {
        let id = self.transact(fork)?;
        self.is_device(id);
        Ok(id)
    }

    /// Remembers which device this is now.
    pub(super) fn is_device(&self, id: DeviceId) {
        *self.inner.device.write().unwrap_or_else(std::sync::PoisonError::into_inner) = id;
    }
}

/// [`Store::fork_device`], in a transaction that makes no fact.
pub(super) fn fork(tx: &mut Tx<'_>) -> Result<DeviceId> {
    let id = tx.store.world.id();
    tx.execute("INSERT INTO device (id) VALUES (?1)", [id.into_bytes()])?;
    let device = tx.last_insert_rowid();
    let mut unsent: Vec<(i64, i64, &str, i64)> = Vec::new();
    for (table, _) in TABLES {
        let mut query = tx.prepare(&format!(
            "SELECT device, device_no, n FROM {table} WHERE seq IS NULL AND author = ?1"
        ))?;
        let found =
            query.query_map([tx.store.me_n], |row| Ok((row.get(0)?, row.get(1)?, table, row.get(2)?)))?;
        for one in found {
            unsent.push(one?);
        }
    }
    unsent.sort_unstable();
    for (number, (_, _, table, n)) in (1_i64..).zip(&unsent) {
        tx.prepare_cached(&format!("UPDATE {table} SET device = ?1, device_no = ?2 WHERE n = ?3"))?
            .execute(params![device, number, n])?;
    }
    let next = i64::try_from(unsent.len()).unwrap_or(i64::MAX).saturating_add(1);
    tx.execute("UPDATE local SET device = ?1, device_no = ?2", params![device, next])?;
    tx.changed(Change::Hub);
    Ok(DeviceId(id))
}
