//! Untrusted text to safe HTML. A model's output is hostile until shown otherwise.
//!
//! What must stay true: the HTML holds no script, no event handler, no style, no image and no address
//! other than `http`, `https` and `mailto` in the target of a link; HTML in the source is shown as text,
//! so that the person who grades sees what the model wrote; characters that reorder or hide text are
//! made visible.

mod controls;
mod highlight;

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::nodes::NodeValue;
use comrak::options::Plugins;
use comrak::{Arena, Options, format_html_with_plugins, parse_document};

use highlight::Highlighter;

/// Texts longer than this are shown as they are, without Markdown: laying out more is of no use to a
/// reader and would cost a frame.
const LONGEST_MARKDOWN: usize = 256 * 1024;
/// Texts longer than this are cut on the screen (never in the data).
const LONGEST_SHOWN: usize = 2 * 1024 * 1024;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .rm_tags(["img", "map", "area", "center", "figure", "figcaption"])
        .add_tags(["input"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .rm_tag_attributes("a", ["hreflang"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .add_tag_attribute_values("input", "disabled", [""])
        .add_tag_attribute_values("input", "checked", [""])
        .add_tag_attribute_values("th", "align", ["left", "right", "center"])
        .add_tag_attribute_values("td", "align", ["left", "right", "center"])
        .add_allowed_classes("span", highlight::CLASSES.iter().copied().chain(["blocked-image"]))
        .add_allowed_classes("pre", ["plain", "code"])
        .add_allowed_classes("sup", ["footnote-ref"])
        .add_allowed_classes("section", ["footnotes"])
        .generic_attributes(HashSet::from(["title"]));
    builder
});

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.cjk_friendly_emphasis = true;
    // HTML is shown, not interpreted; a line break of the source is a line break on the screen.
    options.render.escape = true;
    options.render.hardbreaks = true;
    options
}

/// Markdown to sanitised HTML.
pub fn markdown(text: &str) -> String {
    if text.len() > LONGEST_MARKDOWN {
        return plain(text);
    }
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, text, &options);
    for node in root.descendants() {
        let address = match &node.data.borrow().value {
            NodeValue::Image(link) => Some(link.url.clone()),
            _ => None,
        };
        if let Some(address) = address {
            // Children (the alternative text) stay and are shown behind the marker.
            let marker = format!("<span class=\"blocked-image\" title=\"{0}\">{0}</span> ", escape(&address));
            node.insert_before(arena.alloc(NodeValue::Raw(marker).into()));
            node.data.borrow_mut().value = NodeValue::Emph;
        }
    }
    let highlighter = Highlighter;
    let mut plugins = Plugins::default();
    plugins.render.codefence_syntax_highlighter = Some(&highlighter);
    let mut html = String::with_capacity(text.len() * 2);
    if format_html_with_plugins(root, &options, &mut html, &plugins).is_err() {
        return plain(text);
    }
    controls::show(&SANITISER.clean(&html).to_string())
}

/// Text as it is, in a `<pre>`.
fn plain(text: &str) -> String {
    let shown = if text.len() > LONGEST_SHOWN {
        let mut end = LONGEST_SHOWN;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        &text[..end]
    } else {
        text
    };
    let cut = if shown.len() < text.len() {
        format!("\n… {} more bytes are not shown; they are in the sample.", text.len() - shown.len())
    } else {
        String::new()
    };
    controls::show(&format!("<pre class=\"plain\">{}{cut}</pre>", escape(shown)))
}

/// Text with what HTML gives a meaning to made plain.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
