//! Code in Markdown, coloured by class names that the window's stylesheet knows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use comrak::adapters::SyntaxHighlighterAdapter;
use syntect::easy::ScopeRangeIterator;
use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};

use super::escape;

/// Code longer than this is shown without colours: parsing it would cost more than a frame.
const LONGEST: usize = 48 * 1024;

/// Every class this module writes.
pub(super) const CLASSES: &[&str] = &[
    "hl-comment",
    "hl-keyword",
    "hl-string",
    "hl-number",
    "hl-constant",
    "hl-type",
    "hl-function",
    "hl-variable",
    "hl-operator",
    "hl-punctuation",
    "hl-tag",
    "hl-attribute",
    "hl-heading",
    "hl-inserted",
    "hl-deleted",
];

/// Beginnings of TextMate scopes and the class each gets; the first that fits counts.
const SCOPES: &[(&str, &str)] = &[
    ("comment", "hl-comment"),
    ("punctuation.definition.comment", "hl-comment"),
    ("markup.inserted", "hl-inserted"),
    ("markup.deleted", "hl-deleted"),
    ("markup.heading", "hl-heading"),
    ("string", "hl-string"),
    ("punctuation.definition.string", "hl-string"),
    ("constant.numeric", "hl-number"),
    ("constant", "hl-constant"),
    ("keyword.operator", "hl-operator"),
    ("keyword", "hl-keyword"),
    ("storage", "hl-keyword"),
    ("entity.name.tag", "hl-tag"),
    ("entity.other.attribute-name", "hl-attribute"),
    ("entity.name.function", "hl-function"),
    ("support.function", "hl-function"),
    ("variable.function", "hl-function"),
    ("entity.name", "hl-type"),
    ("support.type", "hl-type"),
    ("support.class", "hl-type"),
    ("variable", "hl-variable"),
];

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Gives code its colours.
pub(super) struct Highlighter;

impl SyntaxHighlighterAdapter for Highlighter {
    fn write_highlighted(&self, to: &mut dyn fmt::Write, lang: Option<&str>, code: &str) -> fmt::Result {
        match lang.and_then(|lang| colour(lang, code)) {
            Some(html) => to.write_str(&html),
            None => to.write_str(&escape(code)),
        }
    }

    fn write_pre_tag(&self, to: &mut dyn fmt::Write, _: HashMap<&'static str, Cow<'_, str>>) -> fmt::Result {
        to.write_str("<pre class=\"code\">")
    }

    fn write_code_tag(&self, to: &mut dyn fmt::Write, _: HashMap<&'static str, Cow<'_, str>>) -> fmt::Result {
        to.write_str("<code>")
    }
}

/// The name under which the syntaxes at hand know a language that they lack or call otherwise.
fn known_as(lang: &str) -> &str {
    match lang {
        "typescript" | "ts" | "tsx" | "jsx" | "mjs" | "svelte" => "js",
        "shell" | "console" | "zsh" => "bash",
        "jsonc" | "json5" | "jsonl" => "json",
        "c++" => "cpp",
        "toml" | "ini" => "properties",
        other => other,
    }
}

fn colour(lang: &str, code: &str) -> Option<String> {
    if code.len() > LONGEST {
        return None;
    }
    let lang = lang.split([' ', ',', '{']).next()?.to_ascii_lowercase();
    let syntax = SYNTAXES.find_syntax_by_token(known_as(&lang))?;
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut html = String::with_capacity(code.len() * 2);
    for line in code.split_inclusive('\n') {
        let ops = state.parse_line(line, &SYNTAXES).ok()?;
        for (range, op) in ScopeRangeIterator::new(&ops, line) {
            stack.apply(op).ok()?;
            let text = &line[range];
            match class(&stack).filter(|_| !text.trim().is_empty()) {
                Some(class) => html.push_str(&format!("<span class=\"{class}\">{}</span>", escape(text))),
                None => html.push_str(&escape(text)),
            }
        }
    }
    Some(html)
}

fn class(stack: &ScopeStack) -> Option<&'static str> {
    stack.as_slice().iter().rev().find_map(|scope| {
        let name = scope.build_string();
        SCOPES.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, class)| *class)
    })
}
