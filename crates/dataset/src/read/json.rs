//! Turns what serde says into a sentence with the path of the field.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::Fault;

/// A record of JSON as `T`, or what is wrong and where. `ended` is false for a last line that has no
/// line break, which may have been cut off.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], ended: bool) -> Result<T, Fault> {
    let text = text(bytes)?;
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(_) => Err(explain::<T>(text, ended)),
    }
}

/// The record as text, or at which byte it is not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or(0);
        Fault::new(
            "",
            format!("The record is not UTF-8: it has the byte 0x{byte:02X} at position {}.", at + 1),
            "convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
        )
    })
}

/// Reads again with the path tracked: slower, and only done for what is wrong.
fn explain<T: DeserializeOwned>(text: &str, ended: bool) -> Fault {
    let mut from = serde_json::Deserializer::from_str(text);
    let error = match serde_path_to_error::deserialize::<_, T>(&mut from) {
        Ok(_) => {
            return Fault::new("", "Something follows the record on its line.", "put one object on a line");
        }
        Err(error) => error,
    };
    let path = error.path().to_string();
    let field = if path == "." { "" } else { &path };
    let inner = error.inner();
    match inner.classify() {
        Category::Eof if !ended => Fault::new(
            "",
            "The file ends in the middle of this record; it looks cut off.",
            "get the file again, or delete its last line",
        ),
        Category::Eof => Fault::new(
            "",
            "The line ends before its JSON does.",
            "put each object on one line, or all of them in one list: [ {…}, {…} ]",
        ),
        Category::Syntax if text.starts_with('{') => Fault::new(
            field,
            format!("This is not JSON from position {} on: {}.", inner.column(), bare(inner)),
            "check quotes, commas and brackets there",
        ),
        Category::Syntax => Fault::new(
            "",
            "This is not a JSON object.",
            "each line must be an object in braces; check the format of the file",
        ),
        Category::Data | Category::Io => data(field, &bare(inner)),
    }
}

/// The text of the error without its position.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

fn data(path: &str, message: &str) -> Fault {
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = join(path, name);
        return Fault::new(&field, format!("{field} is missing."), format!("give {name}"));
    }
    if let Some(rest) = message.strip_prefix("unknown field `")
        && let Some((name, expected)) = rest.split_once('`')
    {
        // The path ends in the unknown field already, or in what holds it.
        let outer = path.strip_suffix(name).map_or(path, |outer| outer.trim_end_matches('.'));
        let field = join(outer, name);
        return Fault::new(&field, format!("{field} is not a known field."), known("use one of ", expected));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `")
        && let Some((name, expected)) = rest.split_once('`')
    {
        return Fault::new(
            path,
            format!("{} is “{name}”, which is not known.", named(path)),
            known("use one of ", expected),
        );
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        let name = rest.trim_end_matches('`');
        return Fault::new(&join(path, name), format!("{name} is there twice."), "keep one of them");
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) =
            message.strip_prefix(prefix).and_then(|rest| rest.split_once(", expected "))
        {
            let (found, expected) = (plainly(found), plainly(expected));
            return Fault::new(
                path,
                format!("{} is {found}, where {expected} is wanted.", named(path)),
                format!("give {expected}"),
            );
        }
    }
    // An error of our own: the sentence, and after a semicolon what to do.
    let (what, hint) = message.split_once("; ").unwrap_or((message, "see the formats in the documentation"));
    Fault::new(path, format!("{}: {what}.", named(path)), hint)
}

/// What serde calls a value or a type, as people call it.
fn plainly(words: &str) -> String {
    let value = ["boolean ", "integer ", "floating point ", "string "]
        .iter()
        .find_map(|kind| words.strip_prefix(kind));
    match value.unwrap_or(words) {
        "map" => "an object".to_owned(),
        "sequence" | "a sequence" => "a list".to_owned(),
        "a string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "u64" | "u32" | "i64" | "i32" | "usize" => "a whole number".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => other.replace('`', ""),
    }
}

fn named(path: &str) -> &str {
    if path.is_empty() { "The record" } else { path }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn known(lead: &str, expected: &str) -> String {
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    if names.is_empty() { "remove it".to_owned() } else { format!("{lead}{}", names.join(", ")) }
}
