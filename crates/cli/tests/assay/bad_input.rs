//! Promise 8: bad input gets one sentence that says what, where and what to do, and changes nothing.

use serde_json::{Value, json};

use crate::harness::{Home, Said, line};

/// Imports a file that must be refused as it is, and gives the error.
fn refused(home: &Home, name: &str, bytes: impl AsRef<[u8]>) -> Value {
    let path = home.file(name, bytes);
    let said = home.run(&["import", &path, "--json"]);
    let error = said.error();
    speaks(&error);
    assert_eq!(home.samples(), 0, "{name} changed something");
    error
}

/// One sentence, and something to do about it.
fn speaks(error: &Value) {
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with('.') && message.len() > 10, "“{message}” is no sentence");
    assert!(!message.contains('\n'), "“{message}” is more than one line");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "“{message}” says not what to do");
    for leak in ["Error(", "panicked", "Sqlite", "rusqlite", "Os {"] {
        assert!(!message.contains(leak), "“{message}” speaks to programmers");
    }
}

#[test]
fn a_truncated_file_is_refused_at_its_last_line() {
    let home = Home::with_project();
    let whole = line("b", "Two weeks.");
    let error =
        refused(&home, "cut.jsonl", format!("{}\n{}", line("a", "Three."), &whole[..whole.len() - 9]));
    assert_eq!(error["where"]["line"], 2);
}

#[test]
fn a_line_of_100_mb_is_refused_without_being_held_in_memory() {
    let home = Home::with_project();
    let mut bytes = line("a", "Fine.").into_bytes();
    bytes.extend(b"\n{\"id\":\"b\",\"prompt\":\"p\",\"response\":\"");
    bytes.resize(bytes.len() + (100 << 20), b'x');
    bytes.extend(b"\"}\n");
    let error = refused(&home, "long.jsonl", bytes);
    assert_eq!(error["where"]["line"], 2);
}

#[test]
fn other_encodings_are_named() {
    let home = Home::with_project();
    let utf16: Vec<u8> =
        "\u{FEFF}".chars().chain(line("a", "é").chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    let error = refused(&home, "utf16.jsonl", utf16);
    assert!(error["message"].as_str().unwrap().contains("UTF-16"), "{error}");
    let latin1 = line("a", "caf\u{1}").replace("\\u0001", "\u{1}").into_bytes();
    let latin1: Vec<u8> = latin1.into_iter().map(|byte| if byte == 1 { 0xE9 } else { byte }).collect();
    let error = refused(&home, "latin1.jsonl", latin1);
    assert!(error["message"].as_str().unwrap().contains("UTF-8"), "{error}");
    assert_eq!(error["where"]["line"], 1);
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let home = Home::with_project();
    let path = home.file("bom.jsonl", format!("\u{FEFF}{}\n", line("a", "Fine.")));
    assert_eq!(home.run(&["import", &path, "--json"]).json()["added"], 1);
}

#[test]
fn nul_bytes_empty_files_and_folders_are_refused() {
    let home = Home::with_project();
    refused(&home, "nul.jsonl", b"{\"id\":\"a\",\0\0\0\"prompt\":\"p\",\"response\":\"r\"}\n");
    refused(&home, "escaped.jsonl", line("a", "a\0b"));
    refused(&home, "empty.jsonl", "");
    std::fs::create_dir(home.path("folder")).unwrap();
    let error = home.run(&["import", &home.path("folder").display().to_string(), "--json"]).error();
    speaks(&error);
    assert!(error["message"].as_str().unwrap().contains("folder"), "{error}");
    let error = home.run(&["import", "/nowhere/at/all.jsonl", "--json"]).error();
    assert_eq!(error["code"], "not_found");
}

#[test]
fn an_id_that_is_there_twice_with_other_content_is_refused() {
    let home = Home::with_project();
    let error = refused(&home, "twice.jsonl", format!("{}\n{}\n", line("a", "One."), line("a", "Two.")));
    assert_eq!(error["where"]["line"], 2);
    // The same against what is in the project.
    let first = home.file("first.jsonl", line("a", "One."));
    assert_eq!(home.run(&["import", &first]).status, 0);
    let second = home.file("second.jsonl", format!("{}\n{}\n", line("new", "New."), line("a", "Two.")));
    let error = home.run(&["import", &second, "--json"]).error();
    speaks(&error);
    assert_eq!(error["where"]["line"], 2);
    assert_eq!(home.samples(), 1, "the good line went in although the file was refused");
}

#[test]
fn the_good_lines_are_kept_only_when_asked() {
    let home = Home::with_project();
    let path = home.file("mixed.jsonl", format!("{}\nnot json\n{}\n", line("a", "One."), line("b", "Two.")));
    let error = home.run(&["import", &path, "--json"]).error();
    assert_eq!(error["where"]["line"], 2);
    assert_eq!(home.samples(), 0);
    let report = home.run(&["import", &path, "--keep-good", "--json"]).json();
    assert_eq!(report["added"], 2);
    assert_eq!(report["rejected"][0]["where"]["line"], 2);
}

fn annotated(lines: &str) -> (Home, Said) {
    let home = Home::with_project();
    let samples = home.file("samples.jsonl", format!("{}\n{}\n", line("a", "One."), line("b", "Two.")));
    assert_eq!(home.run(&["import", &samples]).status, 0);
    let path = home.file("work.jsonl", lines);
    let said = home.run(&["annotate", &path, "--as", "ann", "--json"]);
    (home, said)
}

#[test]
fn annotations_that_the_rubric_does_not_know_are_refused_whole() {
    let good = json!({ "sample": "a", "grades": { "accuracy": 4 } });
    for (bad, field) in [
        (json!({ "sample": "b", "grades": { "accuracy": 6 } }), "grades.accuracy"),
        (json!({ "sample": "b", "grades": { "accuracy": 3.5 } }), "grades.accuracy"),
        (json!({ "sample": "b", "grades": { "wit": 3 } }), "grades.wit"),
        (json!({ "sample": "b", "reason_codes": ["nonsense"] }), "reason_codes"),
        (json!({ "sample": "b", "response": 3, "grades": {} , "note": "x"}), "response"),
        (json!({ "sample": "b", "grade": 3 }), "grade"),
        (json!({ "sample": "nobody", "grades": {} }), "sample"),
    ] {
        let (home, said) = annotated(&format!("{good}\n{bad}\n"));
        let error = said.error();
        speaks(&error);
        assert_eq!(error["where"]["line"], 2, "{bad}: {error}");
        let at = format!("{} {}", error["where"]["field"], error["message"]);
        assert!(at.contains(field), "{bad}: {error}");
        let stats = home.run(&["stats", "--json"]).json();
        assert!(
            stats["rows"].as_array().unwrap().iter().all(|row| row["grades"] == 0),
            "{bad} changed something"
        );
    }
}

#[test]
fn a_rubric_that_cannot_be_graded_with_is_refused() {
    let home = Home::empty();
    let levels: Vec<Value> = (1..=5).map(|grade| json!({ "grade": grade, "meaning": "m" })).collect();
    let dimension = |levels: Value| json!({ "id": "accuracy", "name": "Accuracy", "levels": levels });
    for bad in [
        json!({ "name": "r", "dimensions": [dimension(json!([]))] }),
        json!({ "name": "r", "dimensions": [{ "id": "accuracy", "name": "Accuracy" }] }),
        json!({ "name": "r", "dimensions": [dimension(json!(levels[..4]))] }),
        json!({ "name": "r", "dimensions": [] }),
        json!({ "name": "r", "dimensions": [dimension(json!(levels)), dimension(json!(levels))] }),
        json!({ "name": "", "dimensions": [dimension(json!(levels))] }),
    ] {
        let path = home.file("rubric.json", bad.to_string());
        let error = home.run(&["new", "p", "--rubric", &path, "--json"]).error();
        speaks(&error);
        assert!(!home.path("p.assay").exists(), "{bad} made a project");
    }
}

#[test]
fn files_that_are_not_projects_and_projects_of_the_future_are_refused() {
    let home = Home::with_project();
    for (name, bytes) in [("text.assay", &b"hello, this is no database at all"[..]), ("empty.assay", b"")] {
        let path = home.file(name, bytes);
        let error = home.run(&["stats", "--project", &path, "--json"]).error();
        speaks(&error);
        assert_eq!(error["code"], "not_a_project", "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name} was touched");
    }
    let future = home.path("p.assay");
    let database = rusqlite::Connection::open(&future).unwrap();
    database.pragma_update(None, "user_version", 9_999).unwrap();
    drop(database);
    let error = home.run(&["stats", "--project", &future.display().to_string(), "--json"]).error();
    speaks(&error);
    assert_eq!(error["code"], "newer_schema", "{error}");
}

/// `/dev/full` takes no byte: the way in which a full disk answers.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_the_project_stays_whole() {
    let home = Home::with_project();
    let lines: String = (0..20_000).map(|i| line(&format!("s{i}"), &"long ".repeat(80)) + "\n").collect();
    let path = home.file("many.jsonl", lines);
    // A limit on the size of files is what a full disk is to a process (it is told so by an error as well).
    let said = home.run_with(&["import", &path, "--json"], |command| {
        use std::os::unix::process::CommandExt;
        let real = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(|arg| arg.to_owned()).collect();
        *command = std::process::Command::new("bash");
        command.arg("-c").arg("trap '' XFSZ; ulimit -f 4000; exec \"$0\" \"$@\"").arg(real).args(arguments);
        command.env("ASSAY_HOME", home.path("")).arg0("bash");
    });
    let error = said.error();
    speaks(&error);
    assert!(["disk_full", "io"].contains(&error["code"].as_str().unwrap()), "{error}");
    assert_eq!(home.run(&["verify"]).status, 0, "the project is damaged");
    assert_eq!(home.samples(), 0, "a refused import left samples behind");
    let good = home.file("good.jsonl", line("a", "One."));
    assert_eq!(home.run(&["import", &good]).status, 0, "the project takes no more work");
}
