//! What holds for every pair of texts, at every granularity and deadline.

use assay_diff::{Diff, Granularity, Op, Options, RowKind, Segment, diff, distance, measure};
use proptest::prelude::*;
use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;

#[path = "../src/testing.rs"]
mod testing;
use testing::text;

/// Two texts, the second usually an edit of the first.
fn pair() -> impl Strategy<Value = (String, String)> {
    let edits = proptest::collection::vec((0..4_u8, text()), 1..8);
    prop_oneof![
        1 => (text(), text()),
        3 => edits.prop_map(|edits| {
            let (mut old, mut new) = (String::new(), String::new());
            for (kind, piece) in edits {
                match kind {
                    0 => old.push_str(&piece),
                    1 => new.push_str(&piece),
                    _ => {
                        old.push_str(&piece);
                        new.push_str(&piece);
                    }
                }
            }
            (old, new)
        }),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let granularity =
        proptest::sample::select(&[Granularity::Words, Granularity::Chars, Granularity::Lines][..]);
    let deadline = proptest::sample::select(&[None, Some(0), Some(20), Some(1_000_000)][..]);
    (granularity, deadline, any::<bool>()).prop_map(|(granularity, micros, inline)| Options {
        granularity,
        deadline: micros.map(Duration::from_micros),
        inline,
    })
}

fn spelled<'a>(pieces: impl Iterator<Item = &'a Segment<'a>>, without: Op) -> String {
    pieces.filter(|piece| piece.op != without).map(|piece| piece.text).collect()
}

/// Byte offsets between grapheme clusters.
fn edges(text: &str) -> Vec<usize> {
    text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect()
}

fn check_cover(
    pieces: &[Segment<'_>],
    diff: &Diff<'_>,
    mut old: usize,
    mut new: usize,
) -> Result<(usize, usize), TestCaseError> {
    for piece in pieces {
        prop_assert_eq!((piece.old.start, piece.new.start), (old, new));
        prop_assert!(!piece.text.is_empty());
        match piece.op {
            Op::Equal => {
                prop_assert_eq!(piece.text, &diff.old[piece.old.range()]);
                prop_assert_eq!(piece.text, &diff.new[piece.new.range()]);
            }
            Op::Delete => {
                prop_assert!(piece.new.is_empty());
                prop_assert_eq!(piece.text, &diff.old[piece.old.range()]);
            }
            Op::Insert => {
                prop_assert!(piece.old.is_empty());
                prop_assert_eq!(piece.text, &diff.new[piece.new.range()]);
            }
        }
        (old, new) = (piece.old.end, piece.new.end);
    }
    Ok((old, new))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn both_texts_are_recovered_from_any_diff((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        prop_assert_eq!(spelled(diff.segments.iter(), Op::Insert), old.as_str());
        prop_assert_eq!(spelled(diff.segments.iter(), Op::Delete), new.as_str());
        prop_assert_eq!(spelled(diff.pieces(), Op::Insert), old.as_str());
        prop_assert_eq!(spelled(diff.pieces(), Op::Delete), new.as_str());
    }

    #[test]
    fn segments_cover_both_texts_in_order_and_inline_pieces_their_hunk((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        prop_assert_eq!(check_cover(&diff.segments, &diff, 0, 0)?, (old.len(), new.len()));
        for hunk in &diff.hunks {
            let end = check_cover(&hunk.inline, &diff, hunk.old.start, hunk.new.start)?;
            prop_assert_eq!(end, (hunk.old.end, hunk.new.end));
            prop_assert!(hunk.inline.iter().all(|piece| piece.hunk == Some(hunk.index)));
            prop_assert!(hunk.inline.iter().any(|piece| piece.op != Op::Equal));
        }
    }

    #[test]
    fn hunks_are_numbered_in_order_and_lie_apart((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        for (index, hunk) in diff.hunks.iter().enumerate() {
            prop_assert_eq!(hunk.index, index);
            prop_assert!(!hunk.old.is_empty() || !hunk.new.is_empty());
        }
        for two in diff.hunks.windows(2) {
            prop_assert!(two[0].old.end < two[1].old.start);
            prop_assert!(two[0].new.end < two[1].new.start);
        }
        prop_assert_eq!(diff.changed(), old != new);
    }

    #[test]
    fn all_hunks_give_the_new_text_and_none_the_old((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        prop_assert_eq!(diff.apply(|_| true), new.as_str());
        prop_assert_eq!(diff.apply(|_| false), old.as_str());
    }

    #[test]
    fn any_hunks_can_be_taken_back_and_only_their_places_change(
        (old, new) in pair(), options in options(), chosen in any::<u64>(),
    ) {
        let diff = diff(&old, &new, &options);
        let chosen = |hunk: usize| chosen >> (hunk % 64) & 1 == 1;
        let (mut expected, mut at) = (String::new(), 0);
        for hunk in &diff.hunks {
            expected.push_str(&old[at..hunk.old.start]);
            expected.push_str(if chosen(hunk.index) { &new[hunk.new.range()] } else { &old[hunk.old.range()] });
            at = hunk.old.end;
        }
        expected.push_str(&old[at..]);
        prop_assert_eq!(diff.apply(chosen), expected);
        for hunk in &diff.hunks {
            prop_assert_eq!(diff.revert(hunk.index), diff.apply(|index| index != hunk.index));
        }
    }

    #[test]
    fn no_grapheme_cluster_of_either_text_is_split((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        let (old_edges, new_edges) = (edges(&old), edges(&new));
        for piece in diff.segments.iter().chain(diff.hunks.iter().flat_map(|hunk| &hunk.inline)) {
            for (span, edges) in [(piece.old, &old_edges), (piece.new, &new_edges)] {
                prop_assert!(edges.binary_search(&span.start).is_ok(), "{:?} {:?}", piece, diff);
                prop_assert!(edges.binary_search(&span.end).is_ok(), "{:?} {:?}", piece, diff);
            }
        }
    }

    #[test]
    fn without_a_deadline_the_same_texts_give_the_same_diff((old, new) in pair(), options in options()) {
        let options = Options { deadline: None, ..options };
        let once = diff(&old, &new, &options);
        prop_assert!(once.refined);
        prop_assert_eq!(once, diff(&old, &new, &options));
    }

    #[test]
    fn an_ample_deadline_changes_nothing((old, new) in pair(), options in options()) {
        let ample = Options { deadline: Some(Duration::from_secs(3600)), ..options };
        prop_assert_eq!(diff(&old, &new, &ample), diff(&old, &new, &Options { deadline: None, ..options }));
    }

    #[test]
    fn every_line_is_in_one_row_and_equal_rows_are_equal((old, new) in pair(), options in options()) {
        let diff = diff(&old, &new, &options);
        let rows = diff.rows();
        let old_lines = rows.iter().filter_map(|row| row.old.as_ref());
        let new_lines = rows.iter().filter_map(|row| row.new.as_ref());
        let texts = [(old.as_str(), Op::Insert, old_lines.collect::<Vec<_>>()), (&new, Op::Delete, new_lines.collect())];
        for (text, other, lines) in texts {
            let expected: Vec<&str> = text.split_inclusive('\n').collect();
            prop_assert_eq!(lines.iter().map(|line| &text[line.span.range()]).collect::<Vec<_>>(), expected);
            for (index, line) in lines.iter().enumerate() {
                prop_assert_eq!(line.number, index + 1);
                prop_assert!(line.pieces.iter().all(|piece| piece.op != other));
                prop_assert_eq!(spelled(line.pieces.iter(), other), &text[line.span.range()]);
            }
        }
        for row in &rows {
            let (o, n) = (row.old.as_ref(), row.new.as_ref());
            match row.kind {
                RowKind::Equal => prop_assert_eq!(o.map(|l| &old[l.span.range()]), n.map(|l| &new[l.span.range()])),
                RowKind::Changed => prop_assert!(o.is_some() && n.is_some()),
                RowKind::Deleted => prop_assert!(o.is_some() && n.is_none()),
                RowKind::Inserted => prop_assert!(o.is_none() && n.is_some()),
            }
        }
    }

    #[test]
    fn distances_are_symmetric_and_zero_only_for_equal_units((old, new) in pair()) {
        let (there, back) = (measure(&old, &new, None), measure(&new, &old, None));
        prop_assert_eq!(distance(&old, &new), there.chars.distance);
        prop_assert_eq!(there.words.distance, back.words.distance);
        prop_assert_eq!(there.chars.distance, back.chars.distance);
        prop_assert_eq!(there.chars.distance == 0, old == new);
        prop_assert!(there.chars.exact && there.words.exact);
        let same = measure(&old, &old, None);
        prop_assert_eq!((same.words.distance, same.chars.distance), (0, 0));
        prop_assert_eq!((same.words.similarity, same.chars.similarity), (1.0, 1.0));
    }

    #[test]
    fn distances_obey_the_triangle_inequality(a in text(), b in text(), c in text()) {
        let (ab, bc, ac) = (measure(&a, &b, None), measure(&b, &c, None), measure(&a, &c, None));
        prop_assert!(ac.words.distance <= ab.words.distance + bc.words.distance);
        prop_assert!(ac.chars.distance <= ab.chars.distance + bc.chars.distance);
    }

    #[test]
    fn an_estimate_is_never_less_than_the_distance_nor_more_than_the_units_changed((old, new) in pair(), options in options()) {
        let seen = diff(&old, &new, &options);
        let (exact, hurried) = (seen.measures(None), seen.measures(Some(Duration::ZERO)));
        for (exact, hurried) in [(exact.words, hurried.words), (exact.chars, hurried.chars)] {
            prop_assert!(exact.exact);
            prop_assert!(exact.distance <= hurried.distance);
            prop_assert!(hurried.distance <= hurried.deleted + hurried.inserted);
            prop_assert!(hurried.distance <= hurried.old.max(hurried.new));
            prop_assert!((0.0..=1.0).contains(&exact.similarity));
            prop_assert_eq!(exact.old + exact.inserted, exact.new + exact.deleted);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn long_texts_are_recovered_uncut_at_every_deadline(
        pairs in proptest::collection::vec(pair(), 60..120),
        options in options(),
        micros in proptest::option::of(0..20_000_u64),
    ) {
        let options = Options { deadline: micros.map(Duration::from_micros), ..options };
        let (mut old, mut new) = (String::new(), String::new());
        for (o, n) in pairs.iter().cycle() {
            if old.len() + new.len() > 120_000 {
                break;
            }
            old.push_str(o);
            new.push_str(n);
            old.push('x');
            new.push('x');
        }
        let diff = diff(&old, &new, &options);
        prop_assert!(diff.refined || options.deadline.is_some());
        prop_assert!(diff.apply(|_| true) == new);
        prop_assert!(diff.apply(|_| false) == old);
        prop_assert_eq!(check_cover(&diff.segments, &diff, 0, 0)?, (old.len(), new.len()));
        let (old_edges, new_edges) = (edges(&old), edges(&new));
        for piece in diff.pieces() {
            prop_assert!(old_edges.binary_search(&piece.old.start).is_ok());
            prop_assert!(new_edges.binary_search(&piece.new.start).is_ok());
        }
        for two in diff.hunks.windows(2) {
            prop_assert!(two[0].old.end < two[1].old.start && two[0].new.end < two[1].new.start);
        }
    }
}
