//! Diffs as the window shows them.

use std::time::Duration;

use assay_diff::{Granularity, Op, Options, Segment};

use crate::App;
use crate::error::Result;
use crate::wire::{DiffBy, DiffDistance, DiffHunk, DiffRow, DiffTexts, DiffView, Piece, PieceKind};

fn piece(segment: &Segment<'_>) -> Piece {
    Piece {
        kind: match segment.op {
            Op::Equal => PieceKind::Equal,
            Op::Delete => PieceKind::Delete,
            Op::Insert => PieceKind::Insert,
        },
        text: segment.text.to_owned(),
        hunk: segment.hunk.map(|hunk| hunk as u32),
    }
}

/// Compares two texts.
pub(crate) fn texts(_: &App, request: DiffTexts) -> Result<DiffView> {
    let deadline = request.deadline_ms.map(|ms| Duration::from_millis(ms.into()));
    let granularity = match request.by {
        DiffBy::Words => Granularity::Words,
        DiffBy::Chars => Granularity::Chars,
        DiffBy::Lines => Granularity::Lines,
    };
    let options = Options { granularity, deadline, ..Options::default() };
    let diff = assay_diff::diff(&request.old, &request.new, &options);
    let measures = diff.measures(deadline);

    let mut units = Utf16::new(&request.new);
    let hunks = diff
        .hunks
        .iter()
        .map(|hunk| DiffHunk {
            new_start: units.at(hunk.new.start),
            new_end: units.at(hunk.new.end),
            old_text: request.old[hunk.old.range()].to_owned(),
        })
        .collect();
    let rows = diff.rows();
    let rows = rows.iter().map(|row| DiffRow {
        old: row.old.iter().flat_map(|line| &line.pieces).map(piece).collect(),
        new: row.new.iter().flat_map(|line| &line.pieces).map(piece).collect(),
    });
    Ok(DiffView {
        pieces: diff.pieces().map(piece).collect(),
        rows: rows.collect(),
        hunks,
        distance: DiffDistance {
            words: measures.words.distance as u32,
            characters: measures.chars.distance as u32,
            estimate: !(measures.words.exact && measures.chars.exact),
        },
        coarse: !diff.refined,
    })
}

/// Byte offsets to UTF-16 offsets of one text, asked for in ascending order.
struct Utf16<'a> {
    text: &'a str,
    byte: usize,
    unit: u32,
}

impl<'a> Utf16<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, byte: 0, unit: 0 }
    }

    fn at(&mut self, byte: usize) -> u32 {
        if byte < self.byte {
            *self = Self::new(self.text);
        }
        self.unit += self.text[self.byte..byte].encode_utf16().count() as u32;
        self.byte = byte;
        self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AppOptions;

    #[test]
    fn a_hunk_applied_to_the_new_text_in_utf16_units_takes_it_back() {
        let (old, new) = ("Der 😀 Hund läuft. Ende.", "Der 😀 Kater läuft. Das Ende.");
        let app = App::new(AppOptions::at("unused"));
        let request = DiffTexts { old: old.into(), new: new.into(), by: DiffBy::Words, deadline_ms: None };
        let view = texts(&app, request).unwrap();
        let mut units: Vec<u16> = new.encode_utf16().collect();
        assert!(!view.hunks.is_empty());
        for hunk in view.hunks.iter().rev() {
            let range = hunk.new_start as usize..hunk.new_end as usize;
            units.splice(range, hunk.old_text.encode_utf16());
        }
        assert_eq!(String::from_utf16(&units).unwrap(), old);
        let spelled: String =
            view.pieces.iter().filter(|p| p.kind != PieceKind::Delete).map(|p| p.text.as_str()).collect();
        assert_eq!(spelled, new);
    }
}
