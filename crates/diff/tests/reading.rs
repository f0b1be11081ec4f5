//! Worked examples: what a reader sees. `[-gone-]`, `{+come+}`; inside a hunk that was refined, the parts
//! that stayed stand between `⟨` and `⟩`.

use assay_diff::{Diff, Granularity, Op, Options, Row, RowKind, diff, measure};
use std::time::Duration;

fn show(old: &str, new: &str) -> String {
    painted(&diff(old, new, &Options::default()))
}

fn painted(diff: &Diff<'_>) -> String {
    let paint = |op, text: &str| match op {
        Op::Equal => text.to_owned(),
        Op::Delete => format!("[-{text}-]"),
        Op::Insert => format!("{{+{text}+}}"),
    };
    let mut out = String::new();
    let mut open = None;
    for piece in diff.pieces() {
        let refined = piece.hunk.filter(|hunk| diff.hunks[*hunk].inline.iter().any(|p| p.op == Op::Equal));
        if refined != open {
            out.push_str(if open.is_some() { "⟩" } else { "" });
            out.push_str(if refined.is_some() { "⟨" } else { "" });
            open = refined;
        }
        out.push_str(&paint(piece.op, piece.text));
    }
    out.push_str(if open.is_some() { "⟩" } else { "" });
    out
}

#[test]
fn a_changed_word_is_shown_whole_unless_its_letters_help() {
    assert_eq!(
        show("The cat sat on the mat.", "The dog sat on the mat."),
        "The [-cat-]{+dog+} sat on the mat."
    );
    assert_eq!(show("cat", "cut"), "[-cat-]{+cut+}");
    assert_eq!(show("He recieved it", "He received it"), "He ⟨rec[-ie-]{+ei+}ved⟩ it");
    assert_eq!(
        show("They analyse the colour.", "They analyze the color."),
        "They ⟨analy[-s-]{+z+}e⟩ the ⟨colo[-u-]r⟩."
    );
    assert_eq!(
        show("I like the colour and the centre.", "I like the color and the center."),
        "I like the ⟨colo[-u-]r⟩ and the ⟨cent[-re-]{+er+}⟩."
    );
    assert_eq!(show("The unhappyness of it", "The happiness of it"), "The ⟨[-un-]happ[-y-]{+i+}ness⟩ of it");
    assert_eq!(show("in 2019 and 3.14", "in 2021 and 3.15"), "in [-2019-]{+2021+} and [-3.14-]{+3.15+}");
}

#[test]
fn punctuation_stands_apart_from_words() {
    assert_eq!(show("The cat sat.", "The cat sat!"), "The cat sat[-.-]{+!+}");
    assert_eq!(show("Hello world", "Hello, world"), "Hello{+,+} world");
    assert_eq!(show("well-known", "well known"), "well[---]{+ +}known");
    assert_eq!(show("don't stop", "do not stop"), "[-don't-]{+do not+} stop");
    assert_eq!(show("is not", "isn't"), "[-is not-]{+isn't+}");
    assert_eq!(show("**bold** text", "*bold* text"), "[-**-]{+*+}bold[-**-]{+*+} text");
}

#[test]
fn coincidental_words_and_commas_between_changes_are_not_kept() {
    assert_eq!(show("Hello, world", "Hi, earth"), "[-Hello, world-]{+Hi, earth+}");
    assert_eq!(
        show(
            "He went to eat the bread of the baker, and then slept.",
            "We wanted to bake the cake by the river, and then slept."
        ),
        "[-He went to eat the bread of the baker-]{+We wanted to bake the cake by the river+}, and then slept."
    );
}

#[test]
fn a_match_that_means_something_stays_between_changes() {
    assert_eq!(
        show(
            "The capital of France is Lyon. It has two million people.",
            "The capital of France is Paris. It has about two million people."
        ),
        "The capital of France is [-Lyon-]{+Paris+}. It has {+about +}two million people."
    );
}

#[test]
fn changes_begin_where_a_word_sentence_or_line_begins() {
    assert_eq!(show("the very old man", "the old man"), "the [-very -]old man");
    assert_eq!(show("One. Two. Three.", "One. Three."), "One. [-Two. -]Three.");
    assert_eq!(
        show("First item.\nSecond item.\n", "First item.\nNew item.\nSecond item.\n"),
        "First item.\n{+New item.\n+}Second item.\n"
    );
    assert_eq!(
        show("- apples\n- pears\n- plums\n", "- apples\n- figs\n- plums\n"),
        "- apples\n- [-pears-]{+figs+}\n- plums\n"
    );
    assert_eq!(
        show("Delete this sentence. Keep this one.", "Keep this one."),
        "[-Delete this sentence. -]Keep this one."
    );
}

#[test]
fn a_change_of_white_space_alone_shows_only_that() {
    assert_eq!(show("a b", "a  b"), "a {+ +}b");
    assert_eq!(show("a\nb", "a\r\nb"), "a[-\n-]{+\r\n+}b");
    assert_eq!(
        show("line one\r\nline two\r\n", "line one\nline two\n"),
        "line one[-\r\n-]{+\n+}line two[-\r\n-]{+\n+}"
    );
    assert_eq!(show("  x", "x"), "[-  -]x");
    assert_eq!(show("x\n\n\ny", "x\n\ny"), "x\n\n[-\n-]y");
}

#[test]
fn scripts_without_spaces_are_compared_by_characters() {
    assert_eq!(
        show("私は学校に行きます。", "私は会社に行きました。"),
        "私は[-学校-]{+会社+}に行きま[-す-]{+した+}。"
    );
    assert_eq!(
        show("東京タワーは高い。", "東京スカイツリーは高い。"),
        "東京[-タワ-]{+スカイツリ+}ーは高い。"
    );
    assert_eq!(show("ฉันไปโรงเรียน", "ฉันไปตลาด"), "ฉ\u{e31}นไป[-โรงเร\u{e35}ยน-]{+ตลาด+}");
}

#[test]
fn korean_and_arabic_are_compared_by_words() {
    assert_eq!(
        show("ذهب الولد إلى المدرسة", "ذهبت البنت إلى المدرسة"),
        "⟨ذهب{+ت+} [-الولد-]{+البنت+}⟩ إلى المدرسة"
    );
    assert_eq!(
        show("서울은 한국의 수도입니다", "부산은 한국의 도시입니다"),
        "[-서울은-]{+부산은+} 한국의 ⟨[-수도-]{+도시+}입니다⟩"
    );
}

#[test]
fn emoji_and_combining_marks_stay_whole() {
    assert_eq!(show("Great job 👩‍🚀👍🏽!", "Great job 👨‍🚀👍🏿!"), "Great job [-👩\u{200d}🚀👍🏽-]{+👨\u{200d}🚀👍🏿+}!");
    assert_eq!(show("caf\u{e9} au lait", "cafe\u{301} au lait"), "⟨caf[-é-]{+e\u{301}+}⟩ au lait");
}

#[test]
fn code_keeps_its_shape() {
    assert_eq!(
        show(
            "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n",
            "fn add(a: i64, b: i64) -> i64 {\n    a.wrapping_add(b)\n}\n"
        ),
        "fn add(a: [-i32-]{+i64+}, b: [-i32-]{+i64+}) -> [-i32-]{+i64+} {\n    a[- + -]{+.wrapping_add(+}b{+)+}\n}\n"
    );
    assert_eq!(
        show("let x = foo(bar());\nlet y = 1;\n", "let x = foo(bar);\nlet y = 2;\n"),
        "let x = foo(bar[-()-]);\nlet y = [-1-]{+2+};\n"
    );
}

#[test]
fn an_empty_text_is_one_change_and_equal_texts_are_none() {
    assert_eq!(show("foo bar", ""), "[-foo bar-]");
    assert_eq!(show("", "foo bar"), "{+foo bar+}");
    assert!(!diff("foo\n", "foo\n", &Options::default()).changed());
}

#[test]
fn lines_are_marked_by_words_inside() {
    let lines = Options { granularity: Granularity::Lines, ..Options::default() };
    let diff = diff("one\ntwo cats\nthree\n", "one\ntwo dogs\nthree\n", &lines);
    assert_eq!(diff.segments[1].text, "two cats\n");
    assert_eq!(painted(&diff), "one\n⟨two [-cats-]{+dogs+}\n⟩three\n");
}

#[test]
fn characters_are_grapheme_clusters() {
    let chars = Options { granularity: Granularity::Chars, ..Options::default() };
    let diff = diff("a cafe\u{301} is 👍🏽 now", "a cafe is 👍🏿 now", &chars);
    assert_eq!(painted(&diff), "a caf[-e\u{301}-]{+e+} is [-👍🏽-]{+👍🏿+} now");
}

#[test]
fn lines_that_share_text_stand_beside_each_other() {
    let old = "Dear Anna,\nthe parcel arrives on Monday.\nYours\n";
    let new = "Dear Anna,\nthank you for your order.\nThe parcel arrives on Tuesday.\nYours\n";
    let diff = diff(old, new, &Options::default());
    let numbers = |row: &Row<'_>| {
        (row.kind, row.old.as_ref().map(|line| line.number), row.new.as_ref().map(|line| line.number))
    };
    let expected = [
        (RowKind::Equal, Some(1), Some(1)),
        (RowKind::Inserted, None, Some(2)),
        (RowKind::Changed, Some(2), Some(3)),
        (RowKind::Equal, Some(3), Some(4)),
    ];
    assert_eq!(diff.rows().iter().map(numbers).collect::<Vec<_>>(), expected);
}

#[test]
fn one_hunk_taken_back_leaves_the_others() {
    let diff = diff("The cat sat on the mat.", "The dog sat on a mat.", &Options::default());
    assert_eq!(diff.revert(0), "The cat sat on a mat.");
    assert_eq!(diff.apply(|hunk| hunk == 0), "The dog sat on the mat.");
}

#[test]
fn distances_count_words_and_characters_as_people_see_them() {
    let measures = measure("The cat sat 👩‍🚀.", "The cats sat 👨‍🚀.", None);
    assert_eq!((measures.words.distance, measures.words.old), (2, 5));
    assert_eq!((measures.chars.distance, measures.chars.old, measures.chars.new), (2, 14, 15));
    assert_eq!(measure("kitten", "sitting", None).chars.distance, 3);
    assert_eq!(measure("a b", "a\nb", None).words.distance, 0);
}

#[test]
fn json_names_ranges_and_text_in_short() {
    let diff = diff("a cat", "a dog", &Options::default());
    let expected = serde_json::json!({
        "granularity": "words",
        "refined": true,
        "segments": [
            {"op": "equal", "text": "a ", "old": [0, 2], "new": [0, 2]},
            {"op": "delete", "text": "cat", "old": [2, 5], "new": [2, 2], "hunk": 0},
            {"op": "insert", "text": "dog", "old": [5, 5], "new": [2, 5], "hunk": 0},
        ],
        "hunks": [{"index": 0, "old": [2, 5], "new": [2, 5], "inline": [
            {"op": "delete", "text": "cat", "old": [2, 5], "new": [2, 2], "hunk": 0},
            {"op": "insert", "text": "dog", "old": [5, 5], "new": [2, 5], "hunk": 0},
        ]}],
    });
    assert_eq!(serde_json::to_value(&diff).unwrap(), expected);
}

#[test]
fn a_long_text_without_time_is_coarse_and_exact_and_fine_with_time() {
    let line = |n: usize| format!("Line {n} says something about number {}.\n", n * 7919 % 1000);
    let old: String = (0..20_000).map(line).collect();
    let new: String = (0..20_000).rev().map(line).collect();
    let hurried = diff(&old, &new, &Options { deadline: Some(Duration::ZERO), ..Options::default() });
    assert!(!hurried.refined);
    assert_eq!(hurried.hunks.len(), 1);
    assert!(hurried.apply(|_| false) == old && hurried.apply(|_| true) == new);

    let edited = old.replacen("Line 9000 says", "Line 9000 tells", 1);
    let hurried = diff(&old, &edited, &Options { deadline: Some(Duration::ZERO), ..Options::default() });
    assert!(!hurried.refined);
    assert!(painted(&hurried).contains("[-says-]{+tells+}"));
    let fine = diff(&old, &edited, &Options::default());
    assert!(fine.refined);
    assert_eq!((fine.hunks.len(), &old[fine.hunks[0].old.range()]), (1, "says"));
}
