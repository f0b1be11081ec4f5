//! Parameters, columns of parameters, and rows.

use uuid::Uuid;

use super::DbError;

/// One parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    NoInt,
    NoBytes,
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8; 16]> for Param<'a> {
    fn from(value: &'a [u8; 16]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a [u8; 32]> for Param<'a> {
    fn from(value: &'a [u8; 32]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a Uuid> for Param<'a> {
    fn from(value: &'a Uuid) -> Self {
        Self::Bytes(value.as_bytes())
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NoInt, Self::Int)
    }
}

/// The values of one parameter for many runs of a statement.
#[derive(Debug)]
pub(crate) enum Column<'a> {
    /// The same number in each.
    Same(i64),
    Ints(Vec<Option<i64>>),
    Texts(Vec<&'a str>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    pub(crate) fn ints(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Ints(values.into_iter().map(Some).collect())
    }

    pub(crate) fn texts(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Texts(values.into_iter().collect())
    }

    pub(crate) fn bytes<B: AsRef<[u8]> + ?Sized + 'a>(values: impl IntoIterator<Item = &'a B>) -> Self {
        Self::Bytes(values.into_iter().map(|value| Some(value.as_ref())).collect())
    }

    /// How many values there are; `None` where it is the same in each run.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Same(_) => None,
            Self::Ints(values) => Some(values.len()),
            Self::Texts(values) => Some(values.len()),
            Self::Bytes(values) => Some(values.len()),
        }
    }

    /// Its value in one run.
    pub(super) fn at(&self, row: usize) -> Param<'a> {
        match self {
            Self::Same(value) => Param::Int(*value),
            Self::Ints(values) => values[row].into(),
            Self::Texts(values) => Param::Text(values[row]),
            Self::Bytes(values) => values[row].map_or(Param::NoBytes, Param::Bytes),
        }
    }
}

/// How many runs columns make.
pub(super) fn runs(columns: &[Column<'_>]) -> usize {
    columns.iter().find_map(Column::len).unwrap_or(0)
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row that was read. Values are taken out of it, each once.
#[derive(Debug)]
pub(crate) struct Row(pub(super) Vec<Value>);

impl Row {
    fn take(&mut self, at: usize) -> Value {
        self.0.get_mut(at).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    pub(crate) fn int(&mut self, at: usize) -> Result<i64, DbError> {
        self.maybe_int(at)?.ok_or_else(|| other(at, "a number"))
    }

    pub(crate) fn maybe_int(&mut self, at: usize) -> Result<Option<i64>, DbError> {
        match self.take(at) {
            Value::Int(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(other(at, "a number")),
        }
    }

    pub(crate) fn flag(&mut self, at: usize) -> Result<bool, DbError> {
        Ok(self.int(at)? != 0)
    }

    pub(crate) fn text(&mut self, at: usize) -> Result<String, DbError> {
        self.maybe_text(at)?.ok_or_else(|| other(at, "a text"))
    }

    pub(crate) fn maybe_text(&mut self, at: usize) -> Result<Option<String>, DbError> {
        match self.take(at) {
            Value::Text(value) => Ok(Some(value)),
            Value::Null => Ok(None),
            _ => Err(other(at, "a text")),
        }
    }

    pub(crate) fn bytes(&mut self, at: usize) -> Result<Vec<u8>, DbError> {
        match self.take(at) {
            Value::Bytes(value) => Ok(value),
            _ => Err(other(at, "bytes")),
        }
    }

    pub(crate) fn uuid(&mut self, at: usize) -> Result<Uuid, DbError> {
        self.maybe_uuid(at)?.ok_or_else(|| other(at, "an id"))
    }

    pub(crate) fn maybe_uuid(&mut self, at: usize) -> Result<Option<Uuid>, DbError> {
        match self.take(at) {
            Value::Bytes(value) => Uuid::from_slice(&value).map(Some).map_err(|_| other(at, "an id")),
            Value::Null => Ok(None),
            _ => Err(other(at, "an id")),
        }
    }
}

fn other(at: usize, wanted: &str) -> DbError {
    DbError::Fault(format!("column {at} of an answer is not {wanted}"))
}
