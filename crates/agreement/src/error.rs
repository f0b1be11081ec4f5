//! What can be wrong with ratings, said so that a person can mend it.
//!
//! Invariant: an error leaves whatever it was raised by unchanged.

use thiserror::Error;

/// Why ratings or a scale were not accepted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A scale without values.
    #[error("the scale has no values")]
    EmptyScale,
    /// A scale that is not strictly ascending, or has a value that is not a number.
    #[error("the scale must be ascending numbers, each once; '{0}' is out of place")]
    ScaleNotAscending(String),
    /// More levels than [`crate::scale::MAX_LEVELS`].
    #[error("a scale of {0} values is more than the {max} supported", max = crate::scale::MAX_LEVELS)]
    ScaleTooLong(usize),
    /// A scale text that cannot be read.
    #[error("'{0}' is not a scale")]
    ScaleSyntax(String),
    /// A grade that is no value of the scale.
    #[error("the value '{value}' is not on the scale {scale}")]
    OutsideScale {
        /// Line of the table, 1 for the header; `None` for ratings in memory.
        line: Option<u64>,
        /// The value as given.
        value: String,
        /// The scale, for the reader.
        scale: String,
    },
    /// One rater graded one unit twice.
    #[error("rater '{rater}' graded item '{unit}' twice{}", lines(*first_line, *second_line))]
    Duplicate {
        /// The unit.
        unit: String,
        /// The rater.
        rater: String,
        /// Line of the first rating, where there are lines.
        first_line: Option<u64>,
        /// Line of the second.
        second_line: Option<u64>,
    },
    /// A rating table without one of its columns.
    #[error("the table has no column '{0}'")]
    MissingColumn(String),
    /// A file that cannot be read.
    #[error("cannot read {0}")]
    Unreadable(String),
    /// A line of a table that cannot be read.
    #[error("{problem}")]
    Line {
        /// Line of the table, 1 for the header.
        line: u64,
        /// The column, where one is to blame.
        field: Option<String>,
        /// What is wrong.
        problem: String,
    },
    /// A level index, rater index or row length that does not fit the matrix it was given with.
    #[error("{0}")]
    Shape(String),
    /// Counts beyond 128 bits.
    #[error("the counts are too large to add up exactly")]
    Overflow,
    /// A removal of something that was never added.
    #[error("there is nothing to remove: this unit was not added")]
    NotThere,
}

fn lines(first: Option<u64>, second: Option<u64>) -> String {
    match (first, second) {
        (Some(first), Some(second)) => format!(", on lines {first} and {second}"),
        _ => String::new(),
    }
}

impl Error {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::EmptyScale
            | Error::ScaleNotAscending(_)
            | Error::ScaleTooLong(_)
            | Error::ScaleSyntax(_) => "invalid_scale",
            Error::OutsideScale { .. } => "value_outside_scale",
            Error::Duplicate { .. } => "duplicate_rating",
            Error::MissingColumn(_) => "missing_column",
            Error::Unreadable(_) => "unreadable",
            Error::Line { .. } => "invalid_line",
            Error::Shape(_) => "invalid_shape",
            Error::Overflow => "counts_too_large",
            Error::NotThere => "not_there",
        }
    }

    /// The line of the table to look at.
    pub fn line(&self) -> Option<u64> {
        match self {
            Error::OutsideScale { line, .. } => *line,
            Error::Duplicate { second_line, .. } => *second_line,
            Error::Line { line, .. } => Some(*line),
            Error::MissingColumn(_) => Some(1),
            _ => None,
        }
    }

    /// The column to look at.
    pub fn field(&self) -> Option<&str> {
        match self {
            Error::OutsideScale { .. } => Some("value"),
            Error::Duplicate { .. } => Some("rater"),
            Error::Line { field, .. } => field.as_deref(),
            Error::MissingColumn(column) => Some(column),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Error::EmptyScale | Error::ScaleNotAscending(_) | Error::ScaleSyntax(_) => {
                "write a scale as a range of whole numbers, 1-5, or as a list, 0,2,5,8,10"
            }
            Error::ScaleTooLong(_) => "group the values into fewer levels, or declare the scale you meant",
            Error::OutsideScale { .. } => "correct the value, or declare a scale that has it",
            Error::Duplicate { .. } => {
                "keep one grade per rater and item; remove the line that no longer counts"
            }
            Error::MissingColumn(_) => {
                "the first line names the columns: item, rater, value and, if you like, dimension"
            }
            Error::Unreadable(_) => "check that the file is there and may be read",
            Error::Line { .. } => "correct the line",
            Error::Shape(_) => "check how the ratings are handed over",
            Error::Overflow => "analyse the parts separately",
            Error::NotThere => "remove only what was added, with the same grades",
        }
    }
}
