//! What comes in: every format, and every kind of bad file, each with its sentence (promise 8).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]

use std::fs;
use std::path::PathBuf;

use assay_dataset::read::{self, ReadOptions, Reader, Record, guess_mapping};
use assay_dataset::{FileError, FileProblem, Format, LineError, annotations, resolutions, rubric};
use assay_model::{Component, ExternalId, MessageRole, Sample};
use proptest::prelude::*;
use tempfile::TempDir;

struct Case {
    _folder: TempDir,
    path: PathBuf,
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    Case { _folder: folder, path }
}

fn options(format: Option<Format>, map: &[(&str, &str)]) -> ReadOptions {
    let map = map.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
    ReadOptions { format, map, ..ReadOptions::default() }
}

fn read_all(case: &Case) -> (Format, Vec<Record>, Vec<LineError>) {
    let mut reader = Reader::open(&case.path, ReadOptions::default()).unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for record in &mut reader {
        match record {
            Ok(record) => good.push(record),
            Err(error) => bad.push(error),
        }
    }
    assert_eq!(reader.bytes_read(), reader.bytes_total());
    (reader.format(), good, bad)
}

fn refused(case: &Case) -> FileError {
    Reader::open(&case.path, ReadOptions::default()).err().expect("the file is refused")
}

fn one_bad(text: &str) -> LineError {
    let (_, _, mut bad) = read_all(&file("a.jsonl", text));
    assert_eq!(bad.len(), 1, "{bad:?}");
    bad.remove(0)
}

#[test]
fn assay_jsonl_is_read_with_all_its_fields() {
    let line = r#"{"id": 7, "messages": [{"role": "user", "content": "Hi"}], "responses": [{"text": "Hello", "model": "m", "latency_ms": 12}, "Hey"], "context": ["a", {"id": "p1", "text": "b"}], "component": "red-flag", "locale": "en", "tags": ["x"], "feedback": {"thumb": "down"}, "metadata": {"a": 1}, "novel": [1]}"#;
    let (format, good, bad) = read_all(&file("x.txt", line));
    assert_eq!((format, bad), (Format::Assay, vec![]));
    let sample = &good[0].sample;
    assert_eq!(sample.external_id, ExternalId::from("7"));
    assert_eq!(sample.component, Component::RedFlag);
    assert_eq!(sample.responses.len(), 2);
    assert_eq!(sample.context[1].id.as_deref(), Some("p1"));
    assert_eq!(serde_json::to_string(&sample.metadata).unwrap(), r#"{"a":1,"novel":[1]}"#);
}

#[test]
fn the_other_formats_are_told_by_their_content() {
    let chat = r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"#;
    let (format, good, _) = read_all(&file("x.json", chat));
    assert_eq!((format, good[0].sample.messages.len()), (Format::Chat, 2));
    assert_eq!(good[0].sample.responses[0].text, "a");

    let (format, good, _) = read_all(&file("x", r#"{"question":"q","answer":"a","n":3}"#));
    assert_eq!((format, good[0].sample.messages[0].role), (Format::Pairs, MessageRole::User));
    assert_eq!(good[0].sample.metadata["n"], 3);

    for line in [
        r#"{"prompt":"q","chosen":"a","rejected":"b"}"#,
        r#"{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]}"#,
        r#"{"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}"#,
    ] {
        let (format, good, bad) = read_all(&file("x", line));
        assert_eq!((format, bad), (Format::Preferences, vec![]));
        let texts: Vec<&str> = good[0].sample.responses.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(texts, ["a", "b"]);
        assert_eq!(good[0].sample.messages.len(), 1);
        assert_eq!(good[0].labels[0].rater, "imported");
        assert_eq!(good[0].labels[0].work.preference.as_ref().unwrap().pairs(), [(0, 1)]);
    }

    let event = r#"{"event_id":"e1","timestamp":"2026-01-02T03:04:05Z","user_segment":"pro","task_type":"summary","input":{"text":"q","context_refs":["doc-1"]},"model_version":"3","output":{"text":"a","latency_ms":5},"explicit_feedback":{"thumb":"down","reason_codes":["wrong"],"user_edit":"better"},"implicit_feedback":{"dwell_ms":9,"abandoned":false},"automated_checks":{"toxicity":0.1},"label":{"grade":2,"rubric_notes":"no"}}"#;
    let (format, good, bad) = read_all(&file("x", event));
    assert_eq!((format, bad), (Format::Events, vec![]));
    let Record { sample, labels, .. } = &good[0];
    assert_eq!(sample.responses[0].proposed_correction.as_deref(), Some("better"));
    assert_eq!(sample.segment.as_deref(), Some("pro"));
    assert_eq!(sample.feedback.as_ref().unwrap().reason_codes, ["wrong"]);
    assert_eq!(labels[0].rater, "production");
    assert_eq!(labels[0].work.responses[0].note, "no");
}

#[test]
fn a_json_list_is_read_like_lines() {
    let (_, good, bad) = read_all(&file(
        "x.json",
        "[\n {\"prompt\": \"p[,\\\"\", \"response\": \"}\"},\n {\"prompt\": \"q\",\n \"response\": \"s\"}\n]\n",
    ));
    assert_eq!(bad, vec![]);
    assert_eq!(good.iter().map(|record| record.line).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_table_keeps_quoted_line_breaks_and_reports_ragged_rows() {
    let text = "\u{feff}Question,Answer,Topic\n\"two\nlines\",\"a \"\"b\"\"\",x\nonly one\nq,a,\n";
    let (format, good, bad) = read_all(&file("x.csv", text));
    assert_eq!(format, Format::Csv);
    assert_eq!(good.iter().map(|record| record.line).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(good[0].sample.messages[0].content, "two\nlines");
    assert_eq!(good[0].sample.responses[0].text, "a \"b\"");
    assert_eq!(good[0].sample.metadata["Topic"], "x");
    assert_eq!(bad[0].line, 4);
    assert_eq!(bad[0].message, "The row has 1 fields, and the header has 3.");

    let (format, good, _) = read_all(&file("x.txt", "prompt\tresponse_a\tresponse_b\nq\ta\tb\n"));
    assert_eq!((format, good[0].sample.responses.len()), (Format::Tsv, 2));
    let (_, good, _) = read_all(&file("x.csv", "prompt;response\nq;a,b\n"));
    assert_eq!(good[0].sample.responses[0].text, "a,b");
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file_in_silence() {
    let (_, good, bad) = read_all(&file("x.csv", "prompt,response\nq,a\nq2,\"open\nq3,c\nq4,d\n"));
    assert_eq!(good.len(), 1);
    assert_eq!(
        (bad[0].line, bad[0].message.as_str()),
        (3, "A quote that is opened in this row is never closed.")
    );
}

#[test]
fn a_mapping_can_be_said_and_its_faults_are_named() {
    let case = file("x.csv", "a,b,c\n1,2,3\n");
    let error = refused(&case);
    assert_eq!((error.problem, error.field.as_deref()), (FileProblem::MissingColumn, Some("prompt")));
    assert!(error.message.contains("its columns are a, b, c"), "{error}");
    let mut reader =
        Reader::open(&case.path, options(None, &[("prompt", "b"), ("response", "c"), ("id", "a")])).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().sample.external_id, ExternalId::from("1"));
    let error = Reader::open(&case.path, options(None, &[("prompt", "z")])).err().unwrap();
    assert!(error.message.contains("has no column “z”"), "{error}");
    assert!(error.hint.contains("a, b, c"));
    let error = Reader::open(&case.path, options(None, &[("promt", "a")])).err().unwrap();
    assert_eq!(error.field.as_deref(), Some("promt"));
    let error = Reader::open(&case.path, options(Some(Format::Chat), &[])).err().unwrap();
    assert_eq!(error.problem, FileProblem::WrongFormat);
    assert_eq!(guess_mapping(&["Instruction", "Input", "Output"])["prompt"], "Instruction");
}

#[test]
fn files_that_are_no_text_are_refused_with_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |path: &std::path::Path| Reader::open(path, ReadOptions::default()).err().unwrap().problem;
    assert_eq!(problem(folder.path()), FileProblem::Directory);
    assert_eq!(problem(&folder.path().join("none.jsonl")), FileProblem::Missing);
    let utf16: Vec<u8> = "{\"prompt\":\"p\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, expected) in [
        (Vec::new(), FileProblem::Empty),
        (b" \n\n".to_vec(), FileProblem::Empty),
        (b"\xef\xbb\xbf".to_vec(), FileProblem::Empty),
        (utf16.clone(), FileProblem::Utf16),
        ([b"\xff\xfe".to_vec(), utf16].concat(), FileProblem::Utf16),
        (b"{\"prompt\":\"caf\xe9\",\"response\":\"x\"}\n".to_vec(), FileProblem::NotUtf8),
        (b"{\"prompt\":\"a\0b\",\"response\":\"x\"}\n".to_vec(), FileProblem::Nul),
        (b"PAR1abc".to_vec(), FileProblem::Binary),
        (b"just some words".to_vec(), FileProblem::UnknownFormat),
        (b"{\"foo\": 1}\n".to_vec(), FileProblem::UnknownFormat),
    ] {
        assert_eq!(refused(&file("x.jsonl", &bytes)).problem, expected, "{bytes:?}");
    }
    let latin = refused(&file("x.csv", b"prompt,response\nq,a\nq,caf\xe9\n"));
    assert!(latin.message.contains("line 3 has the byte 0xE9 at position 6"), "{latin}");
}

#[test]
fn bad_lines_say_where_what_and_what_to_do() {
    let good = "{\"prompt\":\"p\",\"responses\":[\"r\"]}\n";
    let error = one_bad(&format!("{good}{{\"prompt\":\"q\",\"responses\":[{{\"text\":3}}]}}\n"));
    assert_eq!((error.line, error.field.as_deref()), (2, Some("responses[0].text")));
    assert_eq!(error.message, "responses[0].text is 3, where a text is wanted.");
    let error = one_bad(&format!("{good}{{\"prompt\":\"q\",\"responses\":[\"cut o"));
    assert_eq!(error.message, "The file ends in the middle of this record; it looks cut off.");
    let error = one_bad(&format!("{good}{{\"prompt\":\"q\",\"responses\":[]}}\n"));
    assert_eq!(error.message, "There is no response to be graded.");
    let error = one_bad(&format!("{good}{{\"prompt\":\"q\\u0000\",\"responses\":[\"r\"]}}\n"));
    assert_eq!(error.field.as_deref(), Some("messages[0].content"));
    let error = one_bad(
        "{\"id\":1,\"prompt\":\"p\",\"responses\":[\"r\"]}\n{\"id\":1,\"prompt\":\"q\",\"responses\":[\"r\"]}\n",
    );
    assert_eq!(error.message, "The id “1” is on line 1 already, with other content.");
    let error = one_bad("{\"messages\":[{\"role\":\"bot2\",\"content\":\"p\"}],\"responses\":[\"r\"]}\n");
    assert!(error.message.contains("“bot2” is not a role"), "{error}");
    let error = one_bad("{\"prompt\":\"p\",\"responses\":[\"r\"],\"component\":\"gold\"}\n");
    assert!(error.hint.contains("red_flag"), "{error:?}");
}

#[test]
fn a_hundred_megabytes_on_one_line_are_passed_over() {
    let mut text = b"{\"prompt\":\"p\",\"responses\":[\"r\"]}\n{\"prompt\":\"".to_vec();
    text.resize(101 << 20, b'x');
    text.extend_from_slice(b"\"}\n{\"prompt\":\"q\",\"responses\":[\"r\"]}\n");
    let (_, good, bad) = read_all(&file("x.jsonl", text));
    assert_eq!((good.len(), good[1].line), (2, 3));
    assert_eq!(bad[0].message, "The record is 100 MB long; the limit is 64 MB.");
}

#[test]
fn the_same_sample_twice_is_given_once_and_has_a_lasting_id() {
    let line = "{\"prompt\":\"p\",\"response\":\"r\"}\n";
    let case = file("x.jsonl", line.repeat(3));
    let mut reader = Reader::open(&case.path, ReadOptions::default()).unwrap();
    let first = reader.next().unwrap().unwrap();
    assert_eq!((reader.next().is_none(), reader.repeats()), (true, 2));
    let (_, again, _) = read_all(&file("y.jsonl", line));
    assert_eq!(again[0].sample.external_id, first.sample.external_id);
}

#[test]
fn a_preview_shows_the_first_samples_and_problems() {
    let case = file(
        "x.jsonl",
        "{\"q\":1}\n{\"prompt\":\"p\",\"response\":\"r\"}\n{\"prompt\":\"p2\",\"response\":\"r\"}\n",
    );
    let preview = read::preview(&case.path, ReadOptions::default(), 1);
    let preview =
        preview.or_else(|_| read::preview(&case.path, options(Some(Format::Assay), &[]), 1)).unwrap();
    assert_eq!((preview.records.len(), preview.problems.len(), preview.rows_seen), (1, 1, 2));
}

fn annotation_errors(text: &str) -> LineError {
    let case = file("a.jsonl", text);
    annotations::read(&case.path).unwrap().find_map(Result::err).unwrap()
}

#[test]
fn annotation_lines_are_strict() {
    let error = annotation_errors("{\"sample\":\"s\",\"grades\":{\"accuracy\":6}}\n");
    assert_eq!(error.field.as_deref(), Some("grades.accuracy"));
    assert!(error.message.contains("6 is not a grade"), "{error}");
    let error = annotation_errors("{\"sample\":\"s\",\"grade\":{}}\n");
    assert_eq!(
        (error.field.as_deref(), error.message.as_str()),
        (Some("grade"), "grade is not a known field.")
    );
    assert!(error.hint.contains("grades"), "{}", error.hint);
    assert_eq!(annotation_errors("{\"grades\":{}}\n").message, "sample is missing.");
    let error = annotation_errors("{\"sample\":\"s\",\"verdict\":\"ok\"}\n");
    assert_eq!(error.hint, "use one of pass, borderline, fail");

    let case = file(
        "a.jsonl",
        "{\"sample\":\"s\",\"response\":1,\"grades\":{\"tone\":null},\"active_ms\":5}\n{\"sample\":\"s\",\"preference\":[1,[0]],\"note\":\"n\",\"response\":0,\"active_ms\":2}\n",
    );
    let lines: Vec<_> = annotations::read(&case.path).unwrap().map(Result::unwrap).collect();
    let work = annotations::merge("a", &lines, 2).unwrap();
    assert_eq!(
        (work.active_ms, work.responses[1].grades.len(), work.responses[0].note.as_str()),
        (7, 1, "n")
    );
    assert!(annotations::merge("a", &lines, 1).unwrap_err().message.contains("response is 1"));

    let case =
        file("r.jsonl", "{\"sample\":\"s\",\"verdict\":\"fail\",\"cause\":\"taste\",\"note\":\"so\"}\n");
    let lines: Vec<_> = resolutions::read(&case.path).unwrap().map(Result::unwrap).collect();
    let resolution = resolutions::merge("r", &lines, 1, uuid::Uuid::nil().into()).unwrap();
    assert_eq!(resolution.note, "so");
}

#[test]
fn a_rubric_without_levels_is_refused_by_its_field() {
    let case = file("r.json", r#"{"name":"r","dimensions":[{"id":"a","name":"A","levels":[]}]}"#);
    let error = rubric::read(&case.path).unwrap_err();
    assert_eq!((error.problem, error.field.as_deref()), (FileProblem::Invalid, Some("dimensions[0].levels")));
    let case = file(
        "r.json",
        r#"{"name":"r","dimensions":[{"id":"a","name":"A","levels":[{"grade":6,"meaning":"m"}]}]}"#,
    );
    assert_eq!(rubric::read(&case.path).unwrap_err().field.as_deref(), Some("dimensions[0].levels[0].grade"));
}

fn drain(bytes: &[u8]) {
    let case = file("x.jsonl", bytes);
    if let Ok(reader) = Reader::open(&case.path, ReadOptions::default()) {
        reader.for_each(drop);
    }
    let _ = assay_dataset::check::check(&case.path);
}

#[test]
fn a_file_cut_at_any_byte_does_no_harm() {
    for text in [
        "[{\"prompt\":\"p\\\"é\",\"responses\":[{\"text\":\"r\"}]},{\"prompt\":\"q\",\"responses\":[\"s\"]}]",
        "{\"prompt\":\"日本\",\"chosen\":\"a\",\"rejected\":\"b\"}\n{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}\n",
        "prompt,response\n\"a\nb\",c\nd,\"e\"\"f\"\n",
    ] {
        (0..text.len()).for_each(|end| drain(&text.as_bytes()[..end]));
    }
}

fn samples() -> impl Strategy<Value = Sample> {
    let text = "[^\\x00]{1,40}".prop_filter("some text", |text| !text.trim().is_empty());
    (
        "[a-z0-9-]{1,12}",
        proptest::collection::vec((0..4_usize, text), 1..4),
        proptest::collection::vec(("[^\\x00]{0,60}", proptest::option::of("[a-z]{1,8}")), 1..4),
        proptest::option::of("[^\\x00]{0,20}"),
    )
        .prop_map(|(id, messages, responses, reference)| Sample {
            external_id: ExternalId(id),
            messages: messages
                .into_iter()
                .map(|(role, content)| assay_model::Message {
                    role: [MessageRole::System, MessageRole::User, MessageRole::Assistant, MessageRole::Tool]
                        [role],
                    content,
                })
                .collect(),
            responses: responses
                .into_iter()
                .map(|(text, model)| assay_model::Response {
                    text,
                    model,
                    ..assay_model::Response::default()
                })
                .collect(),
            reference,
            ..Sample::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(sample in samples()) {
        let mut bytes = Vec::new();
        assay_dataset::write::write_sample(&sample, &mut bytes).unwrap();
        let (_, good, bad) = read_all(&file("x.jsonl", bytes));
        prop_assert_eq!(bad, vec![]);
        prop_assert_eq!(&good[0].sample, &sample);
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drain(&bytes);
        drain(&[b"{\"prompt\":", bytes.as_slice()].concat());
        drain(&[b"[{\"a\":1},", bytes.as_slice()].concat());
    }
}
