//! The parts of a table under common numbers, and the ratings of each dimension from them.
//!
//! Invariant: numbers of items go up from 0 in order of first appearance, whatever the parts.

use super::Dimension;
use super::intern::Names;
use super::records::{NO_VALUE, Said};
use super::scan::{Layout, Part, line_of};
use super::source::Source;
use crate::packing::Packing;
use crate::ratings::{MISSING, Ratings};
use crate::scale::Level;
use crate::{Error, Scale};

/// Item names by number.
#[derive(Debug)]
pub(crate) struct Items {
    /// Names with the number of the first; where two overlap, by one, they agree.
    parts: Vec<(u32, Names)>,
}

impl Items {
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |(start, names)| *start as usize + names.len())
    }

    pub fn get(&self, index: usize) -> String {
        let part = self.parts.partition_point(|(start, _)| *start as usize <= index);
        let part = part.checked_sub(1).and_then(|part| self.parts.get(part));
        part.map_or(String::new(), |(start, names)| names.get(index - *start as usize))
    }
}

/// From a part's number of an item to the common one.
enum ItemNumbers {
    From(u32),
    Listed(Vec<u32>),
}

impl ItemNumbers {
    #[inline]
    fn common(&self, item: u32) -> u32 {
        match self {
            ItemNumbers::From(start) => start + item,
            ItemNumbers::Listed(numbers) => numbers[item as usize],
        }
    }
}

/// The parts of a text under common numbers.
pub(crate) struct Joined<'a> {
    source: Source<'a>,
    layout: &'a Layout,
    parts: Vec<JoinedPart>,
    pub items: Items,
    raters: Names,
    pub dimensions: Names,
    /// The number that each distinct value text stands for.
    values: Vec<f64>,
}

/// A part with what its codes say in common numbers.
struct JoinedPart {
    part: Part,
    items: ItemNumbers,
    said: Vec<Said>,
}

/// A record in common numbers.
#[derive(Debug, Clone, Copy)]
struct Record {
    item: u32,
    said: Said,
}

impl<'a> Joined<'a> {
    pub fn of(source: Source<'a>, layout: &'a Layout, mut parts: Vec<Part>) -> Self {
        let (items, numbers) = join_items(&mut parts);
        let (mut raters, mut dimensions) = (Names::default(), Names::default());
        let (mut value_names, mut values) = (Names::default(), Vec::new());
        let joined = |(part, items): (Part, ItemNumbers)| {
            let rater = raters.adopt(&part.raters);
            let dimension = dimensions.adopt(&part.dimensions);
            let value = value_names.adopt(&part.values);
            for (name, number) in value.iter().zip(&part.numbers) {
                if *name as usize == values.len() {
                    values.push(*number);
                }
            }
            let common = |said: &Said| Said {
                rater: rater[said.rater as usize],
                dimension: dimension[usize::from(said.dimension)] as u16,
                value: value.get(usize::from(said.value)).map_or(NO_VALUE, |value| *value as u16),
            };
            let said = part.records.codes().iter().map(common).collect();
            JoinedPart { part, items, said }
        };
        let parts = parts.into_iter().zip(numbers).map(joined).collect();
        Self { source, layout, parts, items, raters, dimensions, values }
    }

    /// Every record, in the order of the text.
    fn each(&self, mut take: impl FnMut(Record)) {
        for part in &self.parts {
            part.part.records.each(|item, code| {
                take(Record { item: part.items.common(item), said: part.said[code as usize] });
            });
        }
    }

    /// Everything said of any item.
    fn said(&self) -> impl Iterator<Item = &Said> {
        self.parts.iter().flat_map(|part| &part.said)
    }

    pub fn dimension(&self, dimension: u16, declared: Option<&Scale>) -> Result<Dimension, Error> {
        let (mut has_rater, mut has_value) = (vec![false; self.raters.len()], vec![false; self.values.len()]);
        for said in self.said().filter(|said| said.dimension == dimension) {
            has_rater[said.rater as usize] = true;
            if let Some(value) = has_value.get_mut(usize::from(said.value)) {
                *value = true;
            }
        }
        let scale = match declared {
            Some(scale) => scale.clone(),
            None => self.observed_scale(&has_value)?,
        };
        let mut raters: Vec<(String, u32)> = (0..self.raters.len())
            .filter(|rater| has_rater[*rater])
            .map(|rater| (self.raters.get(rater), rater as u32))
            .collect();
        raters.sort_unstable();
        let mut place = vec![u32::MAX; self.raters.len()];
        for (at, (_, rater)) in raters.iter().enumerate() {
            place[*rater as usize] = at as u32;
        }
        let level_of: Vec<Option<Level>> = self.values.iter().map(|value| scale.level_of(*value)).collect();
        if has_value.iter().zip(&level_of).any(|(used, level)| *used && level.is_none()) {
            return Err(self.outside(dimension, &level_of, &scale));
        }
        let ratings = self.ratings(dimension, scale, &place, &level_of)?;
        Ok(Dimension {
            name: self.dimensions.get(usize::from(dimension)),
            raters: raters.into_iter().map(|(name, _)| name).collect(),
            scale_declared: declared.is_some(),
            ratings,
        })
    }

    fn observed_scale(&self, has_value: &[bool]) -> Result<Scale, Error> {
        let used = self.values.iter().zip(has_value).filter(|(_, used)| **used).map(|(value, _)| *value);
        match Scale::observed(used) {
            // Nothing was rated: any scale does.
            Err(Error::EmptyScale) => Scale::range(1, 5),
            scale => scale,
        }
    }

    fn ratings(
        &self,
        dimension: u16,
        scale: Scale,
        place: &[u32],
        level_of: &[Option<Level>],
    ) -> Result<Ratings, Error> {
        let raters = place.iter().filter(|place| **place != u32::MAX).count();
        // A missing value has no place among the values.
        let level = |said: &Said| level_of.get(usize::from(said.value)).copied().flatten().unwrap_or(MISSING);
        let cell = |said: &Said| {
            let rated = said.dimension == dimension && said.value != NO_VALUE;
            rated.then(|| (place[said.rater as usize], level(said)))
        };
        let Some(packing) = Packing::new(scale.len(), raters) else {
            let mut cells = Vec::new();
            self.each(|record| {
                if let Some((rater, level)) = cell(&record.said) {
                    cells.push((record.item, rater, level));
                }
            });
            return match Ratings::from_cells(scale, raters, self.items.len(), &cells) {
                Err(Error::Duplicate { .. }) => Err(self.duplicate(dimension)),
                ratings => ratings,
            };
        };
        let digit = |said: &Said| {
            cell(said).map_or((0, 0), |(rater, level)| {
                (packing.place(rater as usize), packing.digit(rater as usize, level))
            })
        };
        let made = if packing.table_fits() {
            self.keys(digit).map(|keys| Ratings::from_short_keys(scale, raters, packing, keys))
        } else {
            self.keys(digit).map(|keys: Vec<u64>| Ratings::from_keys(scale, raters, packing, &keys))
        };
        made.ok_or_else(|| self.duplicate(dimension))
    }

    /// The items' keys, from the place and the digit in a key of what is said; `None` where something is
    /// said twice of one item.
    fn keys<K>(&self, digit: impl Fn(&Said) -> (u64, u64)) -> Option<Vec<K>>
    where
        K: Copy + Default + PartialEq + TryFrom<u64> + std::ops::BitAnd<Output = K> + std::ops::BitOrAssign,
    {
        let mut keys = vec![K::default(); self.items.len()];
        let mut twice = false;
        for part in &self.parts {
            let short = |digits: u64| K::try_from(digits).unwrap_or_default();
            let digits: Vec<(K, K)> =
                part.said.iter().map(&digit).map(|(place, digit)| (short(place), short(digit))).collect();
            part.part.records.each(|item, code| {
                let (place, digit) = digits[code as usize];
                let key = &mut keys[part.items.common(item) as usize];
                twice |= *key & place != K::default();
                *key |= digit;
            });
        }
        (!twice).then_some(keys)
    }

    /// The error for the first value that is not on the scale.
    fn outside(&self, dimension: u16, level_of: &[Option<Level>], scale: &Scale) -> Error {
        let off = |record: &Record| {
            let level = level_of.get(usize::from(record.said.value));
            record.said.dimension == dimension && level.is_some_and(Option::is_none)
        };
        let found = self.find(off).into_iter().next();
        let value = found.map_or(f64::NAN, |(record, _)| self.values[usize::from(record.said.value)]);
        Error::OutsideScale {
            line: found.map(|(_, line)| line),
            value: value.to_string(),
            scale: scale.to_string(),
        }
    }

    /// The error for the first rating that repeats another.
    fn duplicate(&self, dimension: u16) -> Error {
        let rated = |record: &Record| record.said.dimension == dimension && record.said.value != NO_VALUE;
        let mut seen = std::collections::HashSet::new();
        let mut repeated = None;
        self.each(|record| {
            if repeated.is_none() && rated(&record) && !seen.insert((record.item, record.said.rater)) {
                repeated = Some((record.item, record.said.rater));
            }
        });
        let (item, rater) = repeated.unwrap_or_default();
        let found = self.find(|record| rated(record) && (record.item, record.said.rater) == (item, rater));
        Error::Duplicate {
            unit: self.items.get(item as usize),
            rater: self.raters.get(rater as usize),
            first_line: found.first().map(|(_, line)| *line),
            second_line: found.get(1).map(|(_, line)| *line),
        }
    }

    /// The first two records of a kind with their lines. The text is read again: this is for errors.
    fn find(&self, wanted: impl Fn(&Record) -> bool) -> Vec<(Record, u64)> {
        let mut found = Vec::new();
        let text = self.source.whole().unwrap_or_default();
        for part in &self.parts {
            let mut at = 0_u64;
            part.part.records.each(|item, code| {
                let record = Record { item: part.items.common(item), said: part.said[code as usize] };
                if found.len() < 2 && wanted(&record) {
                    found.push((record, line_of(&text, self.layout, &part.part, at)));
                }
                at += 1;
            });
        }
        found
    }
}

/// Takes the items' names out of the parts.
fn join_items(parts: &mut [Part]) -> (Items, Vec<ItemNumbers>) {
    let mut all: Vec<Names> = parts.iter_mut().map(|part| std::mem::take(&mut part.items)).collect();
    if let Some(starts) = Names::in_sequence(&all.iter().collect::<Vec<_>>()) {
        let numbers = starts.iter().map(|start| ItemNumbers::From(*start)).collect();
        return (Items { parts: starts.into_iter().zip(all).collect() }, numbers);
    }
    // The first part's numbers are the common ones: nothing to look up.
    let mut names = std::mem::take(&mut all[0]);
    let mut numbers = vec![ItemNumbers::From(0)];
    for other in &all[1..] {
        names.reserve(other.len());
        numbers.push(ItemNumbers::Listed(names.adopt(other)));
    }
    (Items { parts: vec![(0, names)] }, numbers)
}
