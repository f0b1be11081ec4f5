//! A database that fails where it is told to, so that tests can have it fail anywhere.
//!
//! What fails is what a database does by itself: a statement, after those before it were run; a commit, after
//! all were; and the word that a commit was made. In earnest nothing of this is there.

use super::{Column, DbError, Param, Row, Tx};

/// Something that a database does and that may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A statement, by its text.
    Statement(&'a str),
    /// The commit of what was written: nothing of it is kept.
    Commit,
    /// The answer to a commit: all is kept, and nobody is told.
    Told,
}

/// What goes wrong in a database, decided from outside.
pub trait Faults: Send + Sync {
    /// Whether steps of a transaction that is about to begin may fail; asked in the task that wants it.
    fn concern_this(&self) -> bool;
    /// Whether this step fails.
    fn strike(&self, step: Step<'_>) -> bool;
}

/// Fails where a step does.
pub(super) fn at(faults: &dyn Faults, step: Step<'_>) -> Result<(), DbError> {
    if faults.strike(step) {
        return Err(DbError::Unavailable(format!("it was made to fail at {step:?}")));
    }
    Ok(())
}

/// A transaction some of whose statements fail.
pub(super) struct Failing<'a> {
    pub(super) tx: &'a mut dyn Tx,
    pub(super) faults: &'a dyn Faults,
}

impl Tx for Failing<'_> {
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, DbError> {
        at(self.faults, Step::Statement(sql))?;
        self.tx.query(sql, params)
    }

    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, DbError> {
        at(self.faults, Step::Statement(sql))?;
        self.tx.execute(sql, params)
    }

    fn query_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<(usize, Row)>, DbError> {
        at(self.faults, Step::Statement(sql))?;
        self.tx.query_each(sql, columns)
    }

    fn insert_each(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<(), DbError> {
        at(self.faults, Step::Statement(sql))?;
        self.tx.insert_each(sql, columns)
    }
}
