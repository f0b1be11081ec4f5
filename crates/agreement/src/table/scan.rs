//! From text to records of numbers, in parts.
//!
//! Each part of the text is read on its own, with its own numbers for names. A part has the lines that
//! start in it. Invariant: parts read one after the other meet, the next begins where the one before
//! stopped; where they do not, a quoted line end misled them, and the text is read as one.

use super::intern::Names;
use super::records::{NO_VALUE, Records, Said};
use super::source::Source;
use super::split::{Field, Split, is_blank, trim};
use super::tails::{Tail, Tails, equal, word};
use crate::Error;

/// The longest line; whoever opens a quote and forgets to close it does not make a longer one.
const LONGEST: usize = 1 << 20;

/// Where the columns are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    item: usize,
    rater: usize,
    value: usize,
    dimension: Option<usize>,
    columns: usize,
    /// Where the lines after the header start.
    pub body: u64,
}

/// What was read of one part of the text.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Where its first line starts.
    pub begin: u64,
    /// Where the first line after it starts.
    stop: u64,
    pub records: Records,
    pub items: Names,
    pub raters: Names,
    pub dimensions: Names,
    pub values: Names,
    /// The number that each distinct value text stands for.
    pub numbers: Vec<f64>,
}

/// What is wrong with a line, and where the line starts.
struct Fault {
    begin: u64,
    at: u64,
    field: Option<&'static str>,
    problem: String,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Layout {
    pub fn of(source: Source<'_>) -> Result<Self, Error> {
        let mut lines = source.lines(0).map_err(unreadable)?;
        let (start, end) = loop {
            let text = lines.rest();
            let start = if text.starts_with(BYTE_ORDER_MARK) { 3 } else { 0 };
            match memchr::memchr(b'\n', &text[start..]) {
                Some(at) => break (start, start + at),
                None if lines.ended() => break (start, text.len()),
                None => lines.more().map_err(unreadable)?,
            }
        };
        let text = lines.rest();
        let header = String::from_utf8_lossy(&text[start..end]).to_lowercase();
        let names: Vec<&str> = header.split(',').map(|name| name.trim().trim_matches('"').trim()).collect();
        let place = |name: &str| names.iter().position(|there| *there == name);
        let needed = |name: &str| place(name).ok_or_else(|| Error::MissingColumn(name.to_owned()));
        Ok(Self {
            item: needed("item")?,
            rater: needed("rater")?,
            value: needed("value")?,
            dimension: place("dimension"),
            columns: names.len(),
            body: (end + 1).min(text.len()) as u64,
        })
    }

    fn fields(&self) -> usize {
        self.item.max(self.rater).max(self.value).max(self.dimension.unwrap_or(0)) + 1
    }
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Unreadable(error.to_string())
}

/// Reads the whole text in as many parts as there are processors, a short one at once.
pub(crate) fn scan(source: Source<'_>, layout: &Layout) -> Result<Vec<Part>, Error> {
    let parts = if source.len() < 1 << 20 { 1 } else { crate::threads::available() };
    scan_in(source, layout, parts as u64)
}

/// Reads the whole text in so many parts, or at once where they do not meet.
pub(crate) fn scan_in(source: Source<'_>, layout: &Layout, parts: u64) -> Result<Vec<Part>, Error> {
    let length = source.len();
    let share = length.saturating_sub(layout.body).div_ceil(parts).max(1);
    let bound = |i: u64| (layout.body + i * share).min(length);
    let ranges: Vec<(u64, u64)> = (0..parts).map(|i| (bound(i), bound(i + 1))).collect();
    let read = |(from, to)| Reader::part(source, layout, from, to);
    let mut parts = Vec::new();
    let mut expected = layout.body;
    for part in crate::threads::map(ranges, read) {
        let part = part.map_err(unreadable)?;
        let begin = part.as_ref().map_or_else(|fault| fault.begin, |part| part.begin);
        if begin != expected {
            return match read((layout.body, length)).map_err(unreadable)? {
                Ok(part) => Ok(vec![part]),
                Err(fault) => Err(fault.located(source)),
            };
        }
        let part = part.map_err(|fault| fault.located(source))?;
        expected = part.stop;
        parts.push(part);
    }
    Ok(parts)
}

impl Fault {
    fn located(self, source: Source<'_>) -> Error {
        let text = source.whole().unwrap_or_default();
        let before = &text[..text.len().min(self.at as usize)];
        Error::Line {
            line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
            field: self.field.map(str::to_owned),
            problem: self.problem,
        }
    }
}

/// Reads one part.
struct Reader<'a> {
    layout: &'a Layout,
    part: Part,
    tails: Tails,
    /// The number of each value of one byte, which most are.
    short_values: [u16; 256],
    found: Vec<Field>,
    last_item: u32,
}

/// What is wrong with a line; where it is, is known to who has the text.
type Wrong = (Option<&'static str>, String);

fn wrong(field: Option<&'static str>, problem: &str) -> Wrong {
    (field, problem.to_owned())
}

impl<'a> Reader<'a> {
    /// The lines that start in `from..to`.
    fn part(
        source: Source<'_>,
        layout: &'a Layout,
        from: u64,
        to: u64,
    ) -> std::io::Result<Result<Part, Fault>> {
        let mut lines = if from == layout.body {
            source.lines(from)?
        } else {
            // A line starts here if the byte before is the end of one.
            let mut lines = source.lines(from - 1)?;
            loop {
                match memchr::memchr(b'\n', lines.rest()) {
                    Some(end) => break lines.take(end + 1),
                    None => lines.take(lines.rest().len()),
                }
                if lines.ended() {
                    break;
                }
                lines.more()?;
            }
            lines
        };
        let begin = lines.offset();
        let mut reader = Self {
            layout,
            part: Part { begin, ..Part::default() },
            tails: Tails::default(),
            short_values: [NO_VALUE; 256],
            found: vec![(0, 0); layout.fields()],
            last_item: 0,
        };
        while lines.offset() < to {
            let left = usize::try_from(to - lines.offset()).unwrap_or(usize::MAX);
            match reader.read(lines.rest(), left, lines.ended()) {
                Ok(0) if lines.ended() => break,
                Ok(0) => lines.more()?,
                Ok(taken) => lines.take(taken),
                Err((at, (field, problem))) => {
                    return Ok(Err(Fault { begin, at: lines.offset() + at as u64, field, problem }));
                }
            }
        }
        reader.part.stop = lines.offset();
        Ok(Ok(reader.part))
    }

    /// Reads the whole lines that start in the first `left` bytes of a text; answers how many bytes they
    /// have.
    fn read(&mut self, text: &[u8], left: usize, ended: bool) -> Result<usize, (usize, Wrong)> {
        let by_sight = self.layout.item == 0;
        let mut at = 0;
        if self.part.items.bytes() + text.len() > Names::CAPACITY {
            return Err((0, wrong(None, "the names are longer than four gigabytes in all")));
        }
        while at < left.min(text.len()) {
            if by_sight && self.tails.useful() {
                at = self.known_lines(text, at, left);
            }
            if at >= left.min(text.len()) {
                break;
            }
            match Split::of(&text[at..], ended, &mut self.found) {
                Split::Unfinished => break,
                Split::OpenQuote => {
                    return Err((at, wrong(None, "a quote is opened and never closed")));
                }
                Split::Line { end, next, fields } => {
                    self.line(&text[at..at + end], fields).map_err(|wrong| (at, wrong))?;
                    at += next;
                }
            }
        }
        Ok(at)
    }

    /// Takes lines whose tails are known from `at` on, and answers where the first other line starts.
    #[inline]
    fn known_lines(&mut self, text: &[u8], mut at: usize, left: usize) -> usize {
        let left = left.min(text.len());
        // The last item as it stood on its line, with the comma.
        let mut last: Option<(usize, usize)> = None;
        while at < left {
            let (tail_at, repeated) = match last {
                Some((from, length)) if starts_alike(text, from, at, length) => (at + length, true),
                _ => match first_comma(text, at) {
                    Some(comma) => (comma + 1, false),
                    None => break,
                },
            };
            let Some(tail) = Tail::at(text, tail_at) else { break };
            let Some(code) = self.tails.code(text, tail_at, tail) else { break };
            if repeated {
                self.part.records.push_same(code);
            } else {
                let (from, to) = trim(text, (at, tail_at - 1));
                if from == to || tail_at - at > LONGEST {
                    break;
                }
                self.last_item = self.part.items.number(&text[from..to]);
                self.part.records.push(self.last_item, code);
                last = Some((at, tail_at - at));
            }
            at = tail_at + tail.length + 1;
        }
        at
    }

    /// Takes one line apart.
    fn line(&mut self, line: &[u8], fields: usize) -> Result<(), Wrong> {
        let found = &self.found;
        if fields < found.len() {
            if is_blank(line) {
                return Ok(());
            }
            let problem = format!("the line has {fields} of {} fields", self.layout.columns);
            return Err((None, problem));
        }
        let item = trim(line, found[self.layout.item]);
        let rater = trim(line, found[self.layout.rater]);
        let value = trim(line, found[self.layout.value]);
        let dimension = self.layout.dimension.map_or((0, 0), |column| trim(line, found[column]));
        if item.0 == item.1 || rater.0 == rater.1 {
            if is_blank(line) {
                return Ok(());
            }
            let field = if item.0 == item.1 { "item" } else { "rater" };
            return Err((Some(field), format!("the {field} is empty")));
        }
        if line.len() > LONGEST {
            return Err(wrong(None, "the line is longer than a rating can be"));
        }
        let tail_at = found[self.layout.item].1 + 1;
        let said = Said {
            rater: self.part.raters.number(&line[rater.0..rater.1]),
            dimension: self.dimension(&line[dimension.0..dimension.1])?,
            value: self.value(&line[value.0..value.1])?,
        };
        let code = self.part.records.code(said);
        if code as usize >= Records::CODES || self.part.items.len() >= u32::MAX as usize - 1 {
            return Err(wrong(None, "there are too many ratings for one table"));
        }
        self.last_item = self.part.items.number(&line[item.0..item.1]);
        self.part.records.push(self.last_item, code);
        if self.layout.item == 0
            && self.tails.useful()
            && let Some(tail) = line.get(tail_at..).and_then(Tail::of_line)
        {
            self.tails.keep(&line[tail_at..], tail, code);
        }
        Ok(())
    }

    fn dimension(&mut self, name: &[u8]) -> Result<u16, Wrong> {
        let number = self.part.dimensions.number(name);
        u16::try_from(number).map_err(|_| wrong(Some("dimension"), "there are too many dimensions"))
    }

    fn value(&mut self, text: &[u8]) -> Result<u16, Wrong> {
        let short = match text {
            [] => return Ok(NO_VALUE),
            [byte] => Some(usize::from(*byte)),
            _ => None,
        };
        if let Some(known) = short.map(|byte| self.short_values[byte]).filter(|known| *known != NO_VALUE) {
            return Ok(known);
        }
        let number = self.part.values.number(text);
        if number as usize == self.part.numbers.len() {
            let token = String::from_utf8_lossy(text);
            let parsed = token.parse::<f64>().ok().filter(|value| value.is_finite());
            let Some(parsed) = parsed else {
                return Err((Some("value"), format!("the value '{token}' is not a number")));
            };
            self.part.numbers.push(parsed);
        }
        if number >= u32::from(NO_VALUE) {
            return Err(wrong(Some("value"), "there are too many different values"));
        }
        if let Some(byte) = short {
            self.short_values[byte] = number as u16;
        }
        Ok(number as u16)
    }
}

/// Whether so many bytes at two places are the same.
#[inline]
fn starts_alike(text: &[u8], a: usize, b: usize, length: usize) -> bool {
    let mut done = 0;
    while done < length {
        let (Some(x), Some(y)) = (word(text, a + done), word(text, b + done)) else { return false };
        let left = length - done;
        let different = x ^ y;
        if left >= 8 {
            if different != 0 {
                return false;
            }
        } else if different << (64 - 8 * left) != 0 {
            return false;
        }
        done += 8;
    }
    true
}

/// Where the first comma is, where neither a quote nor a line's end comes before it.
#[inline]
fn first_comma(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let word = word(text, at)?;
        let commas = equal(word, b',');
        let marks = commas | equal(word, b'\n') | equal(word, b'"');
        if marks != 0 {
            let first = marks.trailing_zeros();
            return (commas.trailing_zeros() == first).then_some(at + first as usize / 8);
        }
        at += 8;
    }
}

/// The line of the text that a part's record stands on, 1 for the header.
pub(crate) fn line_of(text: &[u8], layout: &Layout, part: &Part, record: u64) -> u64 {
    let mut found = vec![(0, 0); layout.fields()];
    let (mut at, mut left) = (part.begin as usize, record);
    while let Split::Line { end, next, .. } = Split::of(&text[at.min(text.len())..], true, &mut found) {
        if !is_blank(&text[at..at + end]) {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        at += next;
    }
    1 + memchr::memchr_iter(b'\n', &text[..at.min(text.len())]).count() as u64
}
