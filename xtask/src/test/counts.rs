//! How many tests passed and failed, read from the lines in which test programs say so.

use std::ops::Add;

/// Tests that passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// `test result: ok. 3 passed; 0 failed; …`
pub fn of_cargo(line: &str) -> Option<Counts> {
    line.trim().starts_with("test result:").then(|| read(line))
}

/// `     Summary [   0.004s] 3 tests run: 2 passed, 1 failed, 0 skipped`
pub fn of_nextest(line: &str) -> Option<Counts> {
    line.trim().starts_with("Summary [").then(|| read(line))
}

/// `      Tests  1 failed | 2 passed (3)`
pub fn of_vitest(line: &str) -> Option<Counts> {
    let line = plain(line);
    line.trim().starts_with("Tests ").then(|| read(&line))
}

/// Takes each number before “passed” and “failed”.
fn read(line: &str) -> Counts {
    let words: Vec<&str> =
        line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let before = |word: &str| {
        words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
    };
    // A test that ended in another way than by its own judgement failed too.
    let other: u32 = before("exec")
        + words
            .windows(3)
            .filter(|three| three[1..] == ["timed", "out"])
            .filter_map(|three| three[0].parse::<u32>().ok())
            .sum::<u32>();
    Counts { passed: before("passed"), failed: before("failed") + other }
}

/// Without the colours that some programs insist on.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_each_test_program_is_read() {
        let two_of_three = Some(Counts { passed: 2, failed: 1 });
        assert_eq!(of_cargo("test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured"), two_of_three);
        assert_eq!(
            of_nextest("     Summary [   0.004s] 3 tests run: 2 passed, 1 failed, 9 skipped"),
            two_of_three
        );
        assert_eq!(
            of_nextest("     Summary [   9.1s] 3 tests run: 2 passed (1 slow), 1 timed out, 0 skipped"),
            two_of_three
        );
        assert_eq!(
            of_vitest("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | 2 passed (3)"),
            two_of_three
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(of_cargo("test a::b ... ok"), None);
        assert_eq!(of_nextest("        PASS [   0.004s] a b"), None);
        assert_eq!(of_vitest(" Test Files  1 passed (1)"), None);
    }
}
