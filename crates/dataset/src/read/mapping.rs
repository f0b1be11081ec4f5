//! Which column of a table, or key of a flat JSON object, is which field of a sample.

use std::collections::BTreeMap;

/// The fields that a column can be mapped to. `response_2` to `response_8` and `model_2` to `model_8`
/// follow the same pattern.
pub const FIELDS: [&str; 16] = [
    "id",
    "prompt",
    "system",
    "response",
    "response_2",
    "model",
    "model_2",
    "reference",
    "context",
    "component",
    "locale",
    "segment",
    "task_type",
    "tags",
    "chosen",
    "rejected",
];

/// Whether a field can be mapped to at all.
pub(crate) fn is_field(field: &str) -> bool {
    let numbered = |stem: &str| {
        field.strip_prefix(stem).and_then(|n| n.parse::<usize>().ok()).is_some_and(|n| (2..=8).contains(&n))
    };
    FIELDS.contains(&field) || numbered("response_") || numbered("model_")
}

/// What people call these fields, best first.
const GUESSES: [(&str, &[&str]); 14] = [
    ("id", &["id", "external_id", "sample_id", "uid", "uuid", "item_id", "example_id", "row_id"]),
    (
        "prompt",
        &[
            "prompt",
            "question",
            "instruction",
            "input",
            "query",
            "user",
            "user_message",
            "user_input",
            "request",
        ],
    ),
    ("system", &["system", "system_prompt", "system_message"]),
    (
        "response",
        &[
            "response",
            "answer",
            "completion",
            "output",
            "model_output",
            "generation",
            "reply",
            "assistant",
            "prediction",
            "response_1",
            "response_a",
            "answer_1",
            "answer_a",
            "output_1",
            "output_a",
        ],
    ),
    ("response_2", &["response_2", "response_b", "answer_2", "answer_b", "output_2", "output_b"]),
    ("model", &["model", "model_name", "model_1", "model_a"]),
    ("model_2", &["model_2", "model_b"]),
    (
        "reference",
        &["reference", "reference_answer", "expected", "expected_output", "ground_truth", "target", "gold"],
    ),
    ("context", &["context", "passage", "passages", "document", "source"]),
    ("component", &["component"]),
    ("locale", &["locale", "language", "lang"]),
    ("segment", &["segment", "user_segment"]),
    ("task_type", &["task_type", "task", "category"]),
    ("tags", &["tags", "tag", "labels"]),
];

/// The mapping (field → column) that the names of the columns suggest. Columns not in it are kept as
/// metadata.
pub fn guess_mapping<S: AsRef<str>>(columns: &[S]) -> BTreeMap<String, String> {
    let plain: Vec<String> = columns.iter().map(|column| plain(column.as_ref())).collect();
    let find = |name: &str| plain.iter().position(|column| column == name);
    let mut mapping = BTreeMap::new();
    let mut used = vec![false; columns.len()];
    let mut put = |field: &str, at: usize, mapping: &mut BTreeMap<String, String>| {
        if !std::mem::replace(&mut used[at], true) {
            mapping.insert(field.to_owned(), columns[at].as_ref().to_owned());
        }
    };
    if let (Some(chosen), Some(rejected)) = (find("chosen"), find("rejected")) {
        put("chosen", chosen, &mut mapping);
        put("rejected", rejected, &mut mapping);
    }
    for (field, names) in GUESSES {
        if mapping.contains_key("chosen") && field.starts_with("response") {
            continue;
        }
        if let Some(at) = names.iter().find_map(|name| find(name)) {
            put(field, at, &mut mapping);
        }
    }
    // Alpaca: `instruction` is the prompt, and `input` what it is to be applied to.
    if !mapping.contains_key("context")
        && let (Some(_), Some(input)) = (find("instruction"), find("input"))
    {
        put("context", input, &mut mapping);
    }
    for n in 3..=8 {
        for stem in ["response", "model"] {
            if let Some(at) = find(&format!("{stem}_{n}")) {
                put(&format!("{stem}_{n}"), at, &mut mapping);
            }
        }
    }
    mapping
}

fn plain(column: &str) -> String {
    let mut name = String::new();
    for c in column.trim().trim_start_matches('\u{feff}').chars() {
        match c {
            ' ' | '-' | '.' | '/' => name.push('_'),
            _ => name.extend(c.to_lowercase()),
        }
    }
    name
}
