//! Keeps golden and red-flag samples, and what is nearly them, out of training files (promise 6).
//!
//! Two texts are near-duplicates when they are equal after normalisation (letters and digits in lower case,
//! white space and punctuation ignored), or when the Jaccard similarity of their sets of word pairs is at
//! least 0.8; in scripts without spaces each character counts as a word. The search is exact, by prefix
//! filtering (Chaudhuri, Ganti, Kaushik: “A primitive operator for similarity joins”, ICDE 2006): with all
//! word pairs in one global order, rarest first, two sets that are that similar share one of the first
//! ⌊0.2 n⌋ + 1 of each. Only those are indexed, so most texts cost no more than their reading.

use std::sync::{Arc, OnceLock};

use assay_model::{MessageRole, Sample};

use crate::hash::{HashedMap, HashedSet, hash64, mix};

/// From which similarity on two texts are near-duplicates.
const SIMILARITY: f64 = 0.8;
/// An answer of fewer words (“Yes.”) is no sign of the same sample.
const FEWEST_WORDS: usize = 8;

/// What is held out, and how to find it. A clone shares what is held out and can be asked on another thread.
#[derive(Clone, Default)]
pub struct Screen {
    held: Arc<HeldOut>,
    scratch: Scratch,
}

/// What is held out.
#[derive(Clone, Default)]
struct HeldOut {
    prompts: Index,
    answers: Index,
}

/// What one question needs room for.
#[derive(Clone, Default)]
struct Scratch {
    shingles: Vec<u64>,
    candidates: Vec<u32>,
    unknown: HashedSet<u64>,
}

impl Screen {
    /// Adds a sample. All are added before the first question.
    pub(crate) fn add(&mut self, sample: &Sample) {
        let held = Arc::make_mut(&mut self.held);
        let shingles = &mut self.scratch.shingles;
        held.prompts.add(read(prompt(sample), shingles), shingles);
        let texts = sample.responses.iter().map(|response| response.text.as_str());
        let proposed = sample.responses.iter().filter_map(|response| response.proposed_correction.as_deref());
        for text in texts.chain(proposed).chain(sample.reference.as_deref()) {
            let read = read([text], shingles);
            if read.words >= FEWEST_WORDS {
                held.answers.add(read, shingles);
            }
        }
    }

    /// Whether a sample is nearly one that is held out, by its prompt or one of its responses.
    pub fn holds(&mut self, sample: &Sample) -> bool {
        self.held.prompts.holds(prompt(sample), 1, &mut self.scratch)
            || sample.responses.iter().any(|response| self.holds_answer(&response.text))
    }

    /// Whether a text is nearly an answer that is held out.
    pub(crate) fn holds_answer(&mut self, text: &str) -> bool {
        self.held.answers.holds([text], FEWEST_WORDS, &mut self.scratch)
    }
}

/// What was read of a text besides its shingles.
#[derive(Clone, Copy)]
struct Text {
    /// Hash of all words in order.
    whole: u64,
    words: usize,
}

/// The prompt: the conversation without the instructions to the model, which many samples share.
fn prompt(sample: &Sample) -> impl Iterator<Item = &str> {
    let said = sample.messages.iter().filter(|message| message.role != MessageRole::System);
    said.map(|message| message.content.as_str())
}

/// Cuts texts into words and puts the hashes of all word pairs into `shingles`, in order and with repeats.
fn read<'a>(texts: impl IntoIterator<Item = &'a str>, shingles: &mut Vec<u64>) -> Text {
    let all = read_while(texts, shingles, |_| true);
    all.unwrap_or(Text { whole: 0, words: 0 })
}

/// The same as long as `go_on` says so of each word pair; nothing when it stopped.
fn read_while<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    shingles: &mut Vec<u64>,
    go_on: impl FnMut(u64) -> bool,
) -> Option<Text> {
    shingles.clear();
    let mut words = Words { shingles, go_on, last: 0, whole: 0, words: 0, word: [0; 64], length: 0 };
    for text in texts {
        if !words.text(text) {
            return None;
        }
    }
    if words.words == 1 {
        let only = words.last;
        words.shingles.push(only);
    }
    Some(Text { whole: words.whole, words: words.words })
}

struct Words<'s, F> {
    shingles: &'s mut Vec<u64>,
    go_on: F,
    last: u64,
    whole: u64,
    words: usize,
    word: [u8; 64],
    length: usize,
}

impl<F: FnMut(u64) -> bool> Words<'_, F> {
    /// False when it was stopped.
    fn text(&mut self, text: &str) -> bool {
        let mut carried = 0;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte.is_ascii() {
                at += 1;
                if byte.is_ascii_alphanumeric() {
                    self.byte(byte.to_ascii_lowercase(), &mut carried);
                } else if !self.end(&mut carried) {
                    return false;
                }
                continue;
            }
            let Some(c) = text[at..].chars().next() else { break };
            at += c.len_utf8();
            if is_without_spaces(c) {
                if !self.end(&mut carried) {
                    return false;
                }
                self.char(c, &mut carried);
                if !self.end(&mut carried) {
                    return false;
                }
            } else if c.is_alphanumeric() {
                for lower in c.to_lowercase() {
                    self.char(lower, &mut carried);
                }
            } else if !is_mark(c) && !self.end(&mut carried) {
                return false;
            }
        }
        self.end(&mut carried)
    }

    fn char(&mut self, c: char, carried: &mut u64) {
        let mut utf8 = [0; 4];
        for &byte in c.encode_utf8(&mut utf8).as_bytes() {
            self.byte(byte, carried);
        }
    }

    fn byte(&mut self, byte: u8, carried: &mut u64) {
        if self.length == self.word.len() {
            *carried = mix(*carried, hash64(3, &self.word));
            self.length = 0;
        }
        self.word[self.length] = byte;
        self.length += 1;
    }

    fn end(&mut self, carried: &mut u64) -> bool {
        if self.length == 0 {
            return true;
        }
        let word = mix(*carried, hash64(3, &self.word[..self.length]));
        (self.length, *carried) = (0, 0);
        self.whole = mix(self.whole, word);
        let mut go_on = true;
        if self.words > 0 {
            let pair = mix(self.last, word);
            self.shingles.push(pair);
            go_on = (self.go_on)(pair);
        }
        self.last = word;
        self.words += 1;
        go_on
    }
}

/// Scripts that put no spaces between words: Han, kana, Thai, Lao, Khmer, Burmese, Tibetan.
fn is_without_spaces(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x0F00..=0x0FFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF
        | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

/// Signs that stand on a letter, or have no width: they neither make nor part words.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0591..=0x05C7 | 0x0610..=0x061A | 0x064B..=0x065F
        | 0x0900..=0x0903 | 0x093A..=0x094F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFE00..=0xFE0F)
}

/// Texts by their whole hash and by their rarest word pairs.
#[derive(Clone, Default)]
struct Index {
    whole: HashedSet<u64>,
    sets: Vec<Vec<u64>>,
    /// The size of the largest set.
    largest: usize,
    /// Made at the first question: every word pair → the sets that have it among their rarest.
    pairs: OnceLock<HashedMap<u64, Vec<u32>>>,
}

impl Index {
    fn add(&mut self, text: Text, shingles: &[u64]) {
        if text.words > 0 && self.whole.insert(text.whole) {
            let mut set = shingles.to_vec();
            set.sort_unstable();
            set.dedup();
            self.largest = self.largest.max(set.len());
            self.sets.push(set);
            self.pairs.take();
        }
    }

    /// Whether a text of at least `fewest` words is nearly one that is here.
    ///
    /// Most texts are not, and most of their word pairs are in none of the sets: of a set that is similar
    /// enough, at most a fifth are not in the other, and it is at most a quarter larger. So a text is given up
    /// once it has more unknown pairs than a quarter of the largest set.
    fn holds<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        fewest: usize,
        scratch: &mut Scratch,
    ) -> bool {
        if self.whole.is_empty() {
            return false;
        }
        let Self { sets, largest, .. } = self;
        let Scratch { shingles, candidates, unknown } = scratch;
        let pairs = self.pairs.get_or_init(|| index(sets));
        candidates.clear();
        unknown.clear();
        let read = read_while(texts, shingles, |pair| {
            match pairs.get(&pair) {
                Some(found) => candidates.extend_from_slice(found),
                None => _ = unknown.insert(pair),
            }
            unknown.len() * 4 <= *largest
        });
        let Some(text) = read.filter(|text| text.words >= fewest) else { return false };
        if self.whole.contains(&text.whole) {
            return true;
        }
        if let (1, Some(found)) = (text.words, shingles.first().and_then(|only| pairs.get(only))) {
            candidates.extend_from_slice(found);
        }
        if candidates.is_empty() || unknown.len() * 5 > shingles.len() {
            return false;
        }
        candidates.sort_unstable();
        candidates.dedup();
        shingles.sort_unstable();
        shingles.dedup();
        candidates.iter().any(|&at| are_similar(&sets[at as usize], shingles))
    }
}

/// Every word pair, with the sets that have it among their rarest, as many as prefix filtering asks for.
fn index(sets: &[Vec<u64>]) -> HashedMap<u64, Vec<u32>> {
    let mut uses: HashedMap<u64, u32> = HashedMap::default();
    for shingle in sets.iter().flatten() {
        *uses.entry(*shingle).or_default() += 1;
    }
    let mut rare: HashedMap<u64, Vec<u32>> = uses.keys().map(|shingle| (*shingle, Vec::new())).collect();
    let mut ordered = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        ordered.clear();
        ordered.extend_from_slice(set);
        ordered.sort_unstable_by_key(|shingle| (uses.get(shingle).copied().unwrap_or(0), *shingle));
        let needed = (SIMILARITY * set.len() as f64).ceil() as usize;
        for shingle in &ordered[..set.len() - needed.min(set.len()) + usize::from(!set.is_empty())] {
            if let Some(sets) = rare.get_mut(shingle) {
                sets.push(at as u32);
            }
        }
    }
    rare
}

/// Whether the Jaccard similarity of two sorted sets is at least [`SIMILARITY`].
fn are_similar(a: &[u64], b: &[u64]) -> bool {
    let (small, large) = if a.len() < b.len() { (a.len(), b.len()) } else { (b.len(), a.len()) };
    if (small as f64) < SIMILARITY * large as f64 {
        return false;
    }
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    both as f64 >= SIMILARITY * (a.len() + b.len() - both) as f64 - 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_model::{Message, Response};

    fn sample(prompt: &str, response: &str) -> Sample {
        Sample {
            messages: vec![Message { role: MessageRole::User, content: prompt.to_owned() }],
            responses: vec![Response { text: response.to_owned(), ..Response::default() }],
            ..Sample::default()
        }
    }

    fn words(n: usize, from: usize) -> String {
        (from..from + n).map(|i| format!("word{i}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_same_prompt_in_other_dress_is_held() {
        let mut held = Screen::default();
        held.add(&sample("What is the Capital of France?", "Paris."));
        assert!(held.holds(&sample("  what is the capital\nof FRANCE ", "Lyon.")));
        assert!(!held.holds(&sample("What is the capital of Spain?", "Madrid.")));
    }

    #[test]
    fn one_changed_word_in_twenty_is_held_and_half_is_not() {
        let mut held = Screen::default();
        held.add(&sample(&words(20, 0), "x"));
        let nearly = words(20, 0).replace("word10 ", "other ");
        assert!(held.holds(&sample(&nearly, "y")));
        assert!(!held.holds(&sample(&format!("{} {}", words(10, 0), words(10, 50)), "y")));
    }

    #[test]
    fn a_japanese_prompt_with_one_other_character_is_held() {
        let mut held = Screen::default();
        held.add(&sample("返品の期限は商品到着後何日以内ですか教えてください。", "十四日です。"));
        assert!(held.holds(&sample("返品の期限は商品到着後何日以内ですか教えて下さい", "x")));
    }

    #[test]
    fn a_short_answer_is_no_sign_and_a_long_one_is() {
        let mut held = Screen::default();
        held.add(&sample("first prompt", "Yes."));
        held.add(&sample("second prompt", &words(30, 0)));
        assert!(!held.holds(&sample("another question", "yes")));
        assert!(held.holds(&sample("another question", &words(30, 0))));
        assert!(held.holds_answer(&words(29, 0)));
    }

    /// Against a plain comparison of all with all.
    #[test]
    fn the_index_finds_what_a_plain_comparison_finds() {
        let mut held = Screen::default();
        let texts: Vec<String> = (0..40).map(|i| words(20 + i % 7, i * 2)).collect();
        for text in &texts[..20] {
            held.add(&sample(text, "no"));
        }
        let set = |text: &str| {
            let mut shingles = Vec::new();
            read([text], &mut shingles);
            shingles.sort_unstable();
            shingles.dedup();
            shingles
        };
        for text in &texts {
            let plain = texts[..20].iter().any(|other| are_similar(&set(other), &set(text)));
            assert_eq!(held.holds(&sample(text, "no")), plain, "{text}");
        }
    }
}
