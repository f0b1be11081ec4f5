//! Characters that reorder or hide text, made visible.

/// Puts a visible mark in the place of every bidirectional override, isolate and control character of the
/// text of `html` (sanitised, so that tags are well formed); inside tags they are dropped.
pub(super) fn show(html: &str) -> String {
    if !html.chars().any(is_hidden) {
        return html.to_owned();
    }
    let mut shown = String::with_capacity(html.len() + 64);
    let mut quote = None;
    let mut in_tag = false;
    for c in html.chars() {
        match (in_tag, quote) {
            (false, _) if c == '<' => in_tag = true,
            (true, None) if c == '>' => in_tag = false,
            (true, None) if c == '"' || c == '\'' => quote = Some(c),
            (true, Some(open)) if c == open => quote = None,
            _ => {}
        }
        if !is_hidden(c) {
            shown.push(c);
        } else if !in_tag {
            let code = u32::from(c);
            shown.push_str(&format!("<span class=\"ctrl\" title=\"U+{code:04X}\">U+{code:04X}</span>"));
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{7F}')
        || (c.is_ascii_control() && !matches!(c, '\n' | '\t' | '\r'))
}
