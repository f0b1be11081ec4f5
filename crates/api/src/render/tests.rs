use super::*;

#[test]
fn markdown_becomes_structure() {
    let html = markdown("# Title\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n- **bold** ~~gone~~");
    for part in [
        "<h1>Title</h1>",
        "<table>",
        "<td align=\"right\">2</td>",
        "checked",
        "<strong>bold</strong>",
        "<del>gone</del>",
    ] {
        assert!(html.contains(part), "{part} is missing from {html}");
    }
}

#[test]
fn html_of_the_model_is_shown_and_never_interpreted() {
    let html = markdown(
        "before <script>alert(1)</script> <b onclick=\"x()\">bold</b>\n\n<style>*{display:none}</style>\n\n<iframe src=\"http://x\"></iframe>",
    );
    for bad in ["<script", "<b ", "<style", "<iframe"] {
        assert!(!html.contains(bad), "{bad} came through in {html}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
}

#[test]
fn links_keep_only_web_and_mail_addresses() {
    let html = markdown(
        "[a](javascript:alert(1)) [b](https://example.org/x) [c](data:text/html,x) [d](vbscript:x) [e](/local) <mailto:a@example.org>",
    );
    assert!(
        !html.contains("javascript:") && !html.contains("data:") && !html.contains("vbscript:"),
        "{html}"
    );
    assert!(!html.contains("/local"), "{html}");
    assert!(html.contains("href=\"https://example.org/x\""), "{html}");
    assert!(html.contains("href=\"mailto:a@example.org\""), "{html}");
}

#[test]
fn images_are_named_and_never_fetched() {
    let html = markdown("![a cat](http://tracker.example/p.png \"t\")");
    assert!(!html.contains("<img"), "{html}");
    assert!(html.contains("blocked-image") && html.contains("a cat"), "{html}");
    assert!(html.contains("http://tracker.example/p.png"), "{html}");
}

#[test]
fn characters_that_reorder_text_are_made_visible() {
    let html = markdown("safe \u{202E}gnirts\u{202C} and `code \u{2066}x`");
    assert!(!html.contains('\u{202E}') && !html.contains('\u{2066}'));
    assert!(html.contains("<span class=\"ctrl\" title=\"U+202E\">U+202E</span>"), "{html}");
}

#[test]
fn joiners_of_emoji_and_persian_are_left_alone() {
    let text = "👩\u{200D}⚕️ می\u{200C}خواهم";
    assert!(markdown(text).contains(text));
}

#[test]
fn code_is_coloured_by_class() {
    let html = markdown("```python\ndef f(x):\n    return \"a<b\"  # why\n```");
    for class in ["hl-keyword", "hl-function", "hl-string", "hl-comment"] {
        assert!(html.contains(class), "{class} is missing from {html}");
    }
    assert!(html.contains("a&lt;b") && !html.contains("style="), "{html}");
}

#[test]
fn code_in_an_unknown_language_is_shown_as_it_is() {
    let html = markdown("```klingon\nnuqneH <x>\n```");
    assert!(html.contains("nuqneH &lt;x&gt;"), "{html}");
}

#[test]
fn a_text_too_long_for_markdown_is_shown_plain() {
    let html = markdown(&"# x <b>\n".repeat(40_000));
    assert!(html.starts_with("<pre class=\"plain\">") && html.contains("&lt;b&gt;"));
}

proptest::proptest! {
    #[test]
    fn nothing_dangerous_comes_through(text in "[ -~\\n<>\"'`\\[\\]()!#*_&;:\u{202A}-\u{202E}]{0,200}") {
        let html = markdown(&text).to_ascii_lowercase();
        for bad in ["<script", "<img", "<iframe", "<style", "<svg", "<object", " onerror=", " style=", "href=\"javascript"] {
            proptest::prop_assert!(!tags(&html).any(|tag| tag.contains(bad.trim_start_matches('<'))
                && (bad.starts_with('<') && tag.starts_with(&bad[1..]) || !bad.starts_with('<'))), "{} in {}", bad, html);
        }
    }
}

/// The insides of the tags of well-formed HTML.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest))
}
