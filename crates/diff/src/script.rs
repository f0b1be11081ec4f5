//! Which characters make words, and which stand alone.
//!
//! Invariant: a cluster found here is a grapheme cluster of UAX #29, whichever way it was found.

use unicode_segmentation::UnicodeSegmentation;

/// What a grapheme cluster is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// White space, line ends included.
    Space,
    /// A letter or digit of a script that puts spaces between words.
    Word,
    /// A character of a script without spaces: a token by itself.
    Solo,
    /// Anything else: punctuation, symbols, emoji.
    Mark,
}

/// The end of the grapheme cluster that starts at byte `at` (a cluster boundary before the end of `text`).
pub(crate) fn cluster_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let first = bytes[at];
    if first < 0x80 {
        match bytes.get(at + 1) {
            None => return at + 1,
            Some(b'\n') if first == b'\r' => return at + 2,
            Some(&next) if next < 0x80 => return at + 1,
            Some(_) => {}
        }
    }
    let rest = &text[at..];
    let mut chars = rest.chars();
    if let (Some(c), Some(next)) = (chars.next(), chars.next())
        && stands_alone(c)
        && stands_alone(next)
    {
        return at + c.len_utf8();
    }
    at + rest.graphemes(true).next().map_or(rest.len(), str::len)
}

/// Whether two such characters side by side are always two clusters. A list of common ranges, only to
/// save the look-up in the tables; whatever is not in it goes through them.
pub(crate) fn stands_alone(c: char) -> bool {
    matches!(c,
        '\0'..='\u{7f}'
        | '\u{c0}'..='\u{2ff}'
        | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{5d0}'..='\u{5ea}'
        | '\u{620}'..='\u{64a}' | '\u{660}'..='\u{66f}' | '\u{671}'..='\u{6d3}'
        | '\u{2010}'..='\u{2027}'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff01}'..='\u{ff65}')
}

/// What the cluster `cluster` is.
pub(crate) fn class(cluster: &str) -> Class {
    if let [byte] = cluster.as_bytes() {
        return match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Word,
            b' ' | b'\t'..=b'\r' => Class::Space,
            _ => Class::Mark,
        };
    }
    let Some(first) = cluster.chars().next() else { return Class::Mark };
    if first.is_whitespace() {
        // A space that carries a combining mark is seen as the mark.
        return if cluster.chars().all(char::is_whitespace) { Class::Space } else { Class::Mark };
    }
    if !first.is_ascii() && is_unspaced(first) {
        Class::Solo
    } else if (first.is_alphanumeric() || first == '_') && !cluster.contains(['\u{fe0f}', '\u{20e3}']) {
        Class::Word
    } else {
        Class::Mark
    }
}

/// Letters of scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}'                       // Thai
        | '\u{e81}'..='\u{ece}' | '\u{edc}'..='\u{edf}'                     // Lao
        | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}'                 // Myanmar
        | '\u{a9e0}'..='\u{a9ef}' | '\u{a9fa}'..='\u{a9fe}' | '\u{aa60}'..='\u{aa7f}'
        | '\u{1780}'..='\u{17d3}' | '\u{17d7}' | '\u{17dc}'                 // Khmer
        | '\u{1950}'..='\u{1974}' | '\u{1980}'..='\u{19c9}'                 // Tai Le, New Tai Lue
        | '\u{1a20}'..='\u{1a7c}' | '\u{aa80}'..='\u{aadd}'                 // Tai Tham, Tai Viet
        | '\u{1b05}'..='\u{1b4c}' | '\u{a984}'..='\u{a9c0}'                 // Balinese, Javanese
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}'                 // Han
        | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303b}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}'
        | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' // Kana
        | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1b000}'..='\u{1b16f}'
        | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'                 // Bopomofo
        | '\u{a000}'..='\u{a48c}') // Yi
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn clusters_are_those_of_the_unicode_tables(text in crate::testing::text()) {
            let mut at = 0;
            for cluster in text.graphemes(true) {
                prop_assert_eq!(cluster_end(&text, at), at + cluster.len());
                at += cluster.len();
            }
        }

        #[test]
        fn any_two_characters_that_stand_alone_are_two_clusters(
            a in any::<char>().prop_filter("", |c| stands_alone(*c)),
            b in any::<char>().prop_filter("", |c| stands_alone(*c)),
        ) {
            prop_assume!((a, b) != ('\r', '\n'));
            let pair = format!("{a}{b}");
            prop_assert_eq!(pair.graphemes(true).count(), 2);
        }
    }

    #[test]
    fn a_letter_of_a_script_without_spaces_stands_alone() {
        for c in ["漢", "ひ", "カ", "ท", "ກ", "ក", "က"] {
            assert_eq!(class(c), Class::Solo, "{c}");
        }
        for c in ["a", "é", "я", "ش", "한", "क", "7"] {
            assert_eq!(class(c), Class::Word, "{c}");
        }
        for c in ["、", "👩‍🚀", "1\u{fe0f}\u{20e3}", "(", "・"] {
            assert_eq!(class(c), Class::Mark, "{c}");
        }
        for c in [" ", "\r\n", "\u{3000}", "\u{a0}"] {
            assert_eq!(class(c), Class::Space, "{c:?}");
        }
    }
}
