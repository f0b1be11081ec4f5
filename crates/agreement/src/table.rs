//! Rating tables: comma-separated text with the columns item, rater, value and, optionally, dimension.
//!
//! Made for millions of lines: the text is read once, in parts on all processors and in blocks that stay in
//! their caches, names become numbers, and a unit's ratings become one key. Invariant: a table that is not entirely
//! right is refused with the line that is wrong; the order of the lines changes nothing but the order of
//! dimensions.
//!
//! An empty value is a missing rating; it makes item and rater known, nothing more. Columns may stand in
//! any order and others are ignored. Fields may be quoted.

mod intern;
mod join;
mod records;
mod scan;
mod source;
mod split;
mod tails;

use crate::ratings::Ratings;
use crate::{Error, Scale};
use join::{Items, Joined};
use source::Source;
use std::path::Path;
use std::sync::Arc;

/// The dimension of a table without that column.
pub const ONLY_DIMENSION: &str = "";

/// A table of ratings, by dimension.
#[derive(Debug, Clone)]
pub struct Table {
    /// In order of first appearance.
    pub dimensions: Vec<Dimension>,
    items: Arc<Items>,
}

/// The ratings of one dimension.
#[derive(Debug, Clone)]
pub struct Dimension {
    /// Its name; [`ONLY_DIMENSION`] where the table has no such column.
    pub name: String,
    /// Raters by name, ascending; those with missing values only are among them.
    pub raters: Vec<String>,
    /// Whether the scale was declared; otherwise it is what was observed.
    pub scale_declared: bool,
    /// The ratings; a unit's index leads to its name in [`Table::item`].
    pub ratings: Ratings,
}

impl Table {
    /// Reads a table. With a scale, values must be on it; without one, each dimension's scale is what its
    /// values are.
    ///
    /// # Errors
    /// When a column is missing, a line cannot be read, a value is not on the scale, or a rater graded an
    /// item twice in one dimension.
    pub fn parse(text: &[u8], scale: Option<&Scale>) -> Result<Self, Error> {
        Self::of(Source::Text(text), scale)
    }

    /// Reads a table from a file, as [`Table::parse`] does, without holding its text.
    ///
    /// # Errors
    /// As [`Table::parse`], or [`Error::Unreadable`] when the file cannot be read.
    pub fn read(path: &Path, scale: Option<&Scale>) -> Result<Self, Error> {
        let unreadable = |error: std::io::Error| Error::Unreadable(format!("{}: {error}", path.display()));
        let about = std::fs::metadata(path).map_err(unreadable)?;
        // What has no length, a pipe for one, can be read only once, and from the beginning.
        if about.is_file() && about.len() > 0 {
            return Self::of(Source::File(path, about.len()), scale);
        }
        Self::parse(&std::fs::read(path).map_err(unreadable)?, scale)
    }

    fn of(source: Source<'_>, scale: Option<&Scale>) -> Result<Self, Error> {
        let layout = scan::Layout::of(source)?;
        Self::joined(source, &layout, scan::scan(source, &layout)?, scale)
    }

    fn joined(
        source: Source<'_>,
        layout: &scan::Layout,
        parts: Vec<scan::Part>,
        scale: Option<&Scale>,
    ) -> Result<Self, Error> {
        let joined = Joined::of(source, layout, parts);
        let dimensions = (0..joined.dimensions.len())
            .map(|dimension| joined.dimension(dimension as u16, scale))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { dimensions, items: Arc::new(joined.items) })
    }

    /// Number of items named, those without any rating included.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// The name of an item, by its index.
    pub fn item(&self, index: usize) -> String {
        self.items.get(index)
    }
}

#[cfg(test)]
mod tests;
