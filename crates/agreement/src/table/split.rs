//! One line taken apart into fields.
//!
//! Invariant: a comma or a line's end between quotes is text.

use super::tails::{equal, word};

/// A field's place in the text.
pub(crate) type Field = (usize, usize);

/// What was found at the head of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// A line: where it ends, where the next one starts, and how many fields it has.
    Line { end: usize, next: usize, fields: usize },
    /// The line does not end in the text, and there is more.
    Unfinished,
    /// There is no more, and a quote was not closed.
    OpenQuote,
}

impl Split {
    /// Takes the first line of a text apart. `ended` says that no more text comes. Places of as many
    /// fields as `found` has room for are put there.
    pub fn of(text: &[u8], ended: bool, found: &mut [Field]) -> Self {
        let (mut field, mut start, mut inside) = (0, 0, false);
        let mut put = |field: usize, place: Field| {
            if let Some(slot) = found.get_mut(field) {
                *slot = place;
            }
        };
        let mut base = 0;
        while base < text.len() {
            let mut marks = marks(text, base);
            while marks != 0 {
                let at = base + marks.trailing_zeros() as usize / 8;
                marks &= marks - 1;
                match text[at] {
                    b'"' => inside = !inside,
                    _ if inside => {}
                    b',' => {
                        put(field, (start, at));
                        field += 1;
                        start = at + 1;
                    }
                    _ => {
                        put(field, (start, at));
                        return Split::Line { end: at, next: at + 1, fields: field + 1 };
                    }
                }
            }
            base += 8;
        }
        if !ended || text.is_empty() {
            return Split::Unfinished;
        }
        if inside {
            return Split::OpenQuote;
        }
        put(field, (start, text.len()));
        Split::Line { end: text.len(), next: text.len(), fields: field + 1 }
    }
}

/// Which of the eight bytes from `at` on are a comma, a line's end or a quote: the top bit of each.
#[inline]
fn marks(text: &[u8], at: usize) -> u64 {
    let word = word(text, at).unwrap_or_else(|| {
        text[at..].iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
    });
    equal(word, b',') | equal(word, b'\n') | equal(word, b'"')
}

pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Takes blanks, and a pair of quotes, off both ends of a field.
#[inline]
pub(crate) fn trim(text: &[u8], (mut from, mut to): Field) -> Field {
    while from < to && text[from] <= b' ' {
        from += 1;
    }
    while from < to && text[to - 1] <= b' ' {
        to -= 1;
    }
    if to - from >= 2 && text[from] == b'"' && text[to - 1] == b'"' {
        return (from + 1, to - 1);
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_commas_outside_quotes_and_no_later_than_it_ends() {
        let mut found = [(0, 0); 2];
        let text = b"\"a,\n\"\"b\",c,d,e\nnext";
        let split = Split::of(text, false, &mut found);
        assert_eq!(split, Split::Line { end: 14, next: 15, fields: 4 });
        assert_eq!(found, [(0, 8), (9, 10)]);
        assert_eq!(Split::of(b"a,b", false, &mut found), Split::Unfinished);
        assert_eq!(Split::of(b"a,b", true, &mut found), Split::Line { end: 3, next: 3, fields: 2 });
        assert_eq!(Split::of(b"a,\"b\n", true, &mut found), Split::OpenQuote);
        assert_eq!(Split::of(b"", true, &mut found), Split::Unfinished);
    }
}
