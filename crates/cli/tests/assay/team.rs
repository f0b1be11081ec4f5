//! A team from the command line, over a hub of its own: publish, invite, join, assign, annotate, sync.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Home, line};

/// A hub in a process of its own.
pub struct HubProcess {
    child: Child,
    pub url: String,
    /// The owner's invite, where this start made one.
    pub invite: Option<String>,
    /// What it logged so far, and will.
    log: mpsc::Receiver<String>,
}

impl HubProcess {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", data, more)
    }

    fn start_at(address: &str, data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(["hub", "--json", "--listen", address, "--data"])
            .arg(data)
            .args(more)
            .env_remove("ASSAY_DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (tell, log) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // A test that ended needs no log.
                let _ = tell.send(line);
            }
        });
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said)
            .unwrap_or_else(|_| panic!("no hub: {said}{}", log.iter().collect::<Vec<_>>().join("\n")));
        Self {
            child,
            url: said["listening"].as_str().unwrap().to_owned(),
            invite: said["owner_invite"].as_str().map(ToOwned::to_owned),
            log,
        }
    }

    /// Asks it to stop, as a service is; gives its status and all that it logged.
    pub fn stop(mut self) -> (i32, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        (status, self.log.iter().collect::<Vec<_>>().join("\n"))
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home whose project has six samples and is on the hub.
fn owner(hub: &HubProcess) -> Home {
    let home = Home::with_project();
    let samples: Vec<String> = (1..=6).map(|n| line(&format!("q-{n}"), "Four weeks.")).collect();
    let file = home.file("samples.jsonl", samples.join("\n"));
    assert_eq!(home.run(&["import", &file]).status, 0);
    let code = hub.invite.as_deref().unwrap();
    let published = home.run(&["publish", "--hub", &hub.url, "--invite", code, "--json"]).json();
    assert_eq!(published["hub"], hub.url.as_str());
    home
}

/// Somebody who joined by an invite.
fn member(owner: &Home, name: &str, role: &str) -> Home {
    let invited = owner.run(&["invite", name, "--role", role, "--json"]).json();
    let home = Home::empty();
    let joined = home.run(&["join", invited["url"].as_str().unwrap(), "--json"]).json();
    assert_eq!(joined["name"], "p");
    home
}

fn synced(home: &Home) -> Value {
    home.run(&["sync", "--json"]).json()
}

/// An annotation of each of the six samples, the same grade everywhere.
fn annotations(home: &Home, grade: u8) -> String {
    let lines: Vec<String> = (1..=6)
        .map(|n| {
            let grade = if n % 2 == 0 { grade } else { 2 };
            json!({ "sample": format!("q-{n}"), "response": 0, "grades": {
                "accuracy": grade, "relevance": grade, "completeness": grade, "tone": grade, "safety": grade,
            } })
            .to_string()
        })
        .collect();
    home.file("work.jsonl", lines.join("\n"))
}

#[test]
fn a_team_works_over_a_hub_from_publishing_to_agreement() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let (amina, boris) = (member(&owner, "amina", "annotator"), member(&owner, "boris", "annotator"));
    synced(&owner);
    let assign = ["assign", "--to", "amina,boris", "--overlap", "2", "--seed", "1", "--json"];
    let plan = owner.run(&[&assign[..], &["--dry-run"]].concat()).json();
    assert_eq!((&plan["covered"], &plan["carried_out"]), (&json!(6), &json!(false)));
    let plan = owner.run(&assign).json();
    assert_eq!((&plan["covered"], &plan["carried_out"]), (&json!(6), &json!(true)));
    assert_eq!(synced(&owner)["pushed"], 12);
    for (home, name, grade) in [(&amina, "amina", 4), (&boris, "boris", 5)] {
        // Each assignment brings its sample along; who came later is heard of as well.
        let pulled = synced(home);
        assert_eq!(pulled["pushed"], 0);
        assert!(pulled["pulled"].as_u64().unwrap() >= 12, "{pulled}");
        let work = annotations(home, grade);
        assert_eq!(home.run(&["annotate", &work, "--as", name, "--json"]).json()["added"], 6);
        let pushed = synced(home);
        assert_eq!((&pushed["pushed"], &pushed["refused"]), (&json!(6), &json!([])), "{pushed}");
    }
    let seen = synced(&owner);
    assert_eq!(seen["pulled"], 12);
    let accuracy = &seen["agreement"]["accuracy"];
    assert_eq!((&accuracy["units_paired"], &accuracy["raters"]), (&json!(6), &json!(2)), "{seen}");
    // The lead's laptop computes the same number from the facts that it holds.
    let here = owner.run(&["agreement", "--dimension", "accuracy", "--json"]).json();
    let alpha = |numbers: &Value| {
        let all = numbers["coefficients"].as_array().unwrap();
        let one =
            all.iter().find(|one| one["coefficient"] == "krippendorff_alpha" && one["weights"] == "ordinal");
        one.unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(alpha(accuracy).to_bits(), alpha(&here["dimensions"][0]).to_bits());
    // Nothing to do is one round trip, and changes nothing.
    let again = synced(&owner);
    assert_eq!((&again["pushed"], &again["pulled"]), (&json!(0), &json!(0)));
    // Blind: an annotator's laptop holds nobody else's work.
    assert_eq!(amina.run(&["stats", "--json"]).status, 0);
    assert_eq!(amina.samples(), 6);
    let (status, log) = hub.stop();
    assert_eq!(status, 0, "{log}");
    assert!(log.contains("/api/v1/projects/{project}/sync"), "{log}");
}

/// Revokes the only device of a member, as the owner does in the window.
fn revoke(owner: &Home, hub: &HubProcess, name: &str) {
    let kept: Value = serde_json::from_slice(&std::fs::read(owner.path("hubs.json")).unwrap()).unwrap();
    let token = kept["hubs"][0]["token"].as_str().unwrap();
    let there = assay_sync::http::Hub::at(&hub.url, Some(token), false).unwrap();
    let project = there.projects().unwrap()[0].project;
    let members = there.members(project).unwrap();
    let devices = &members.iter().find(|line| line.member.name == name).unwrap().devices;
    there.revoke_device(project, &devices[0].id).unwrap();
}

#[test]
fn a_member_whose_only_device_was_revoked_is_let_in_again_with_their_unsent_work() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let (amina, boris) = (member(&owner, "amina", "annotator"), member(&owner, "boris", "annotator"));
    synced(&owner);
    assert_eq!(owner.run(&["assign", "--to", "amina", "--json"]).json()["covered"], 6);
    synced(&owner);
    synced(&amina);
    revoke(&owner, &hub, "amina");
    let work = annotations(&amina, 4);
    assert_eq!(amina.run(&["annotate", &work, "--as", "amina", "--json"]).json()["added"], 6);
    assert_eq!(amina.run(&["sync", "--json"]).error()["code"], "not_signed_in");

    let invited = owner.run(&["invite", "--for", "amina", "--json"]).json();
    let keys: Vec<&String> = invited.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "url", "expires"]);
    let joined = amina.run(&["join", invited["url"].as_str().unwrap(), "--json"]).json();
    assert!(joined["project"].as_str().is_some_and(|file| file.ends_with("p.assay")), "{joined}");
    // It joined with the copy that was there, and sent what waited.
    assert_eq!(amina.run(&["projects", "--json"]).json()["projects"].as_array().unwrap().len(), 1);
    assert_eq!(synced(&amina)["pushed"], 0);
    assert_eq!(synced(&owner)["pulled"], 6);
    assert_eq!(amina.run(&["verify"]).status, 0);

    let refused = |home: &Home, whose: &str| home.run(&["invite", "--for", whose, "--json"]).error();
    assert_eq!(refused(&boris, "amina")["code"], "not_allowed");
    assert_eq!(refused(&owner, "nobody")["where"]["field"], "member");
    assert_eq!(owner.run(&["invite", "amina", "--for", "amina"]).status, 2);
    let said = owner.run(&["invite", "--for", "Amina"]).stdout;
    assert!(said.starts_with("Invite for a device of Amina, until "), "{said}");
}

#[test]
fn the_json_of_team_work_is_what_scripts_rely_on() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let invited = owner.run(&["invite", "Oda", "--role", "observer", "--hours", "2", "--json"]).json();
    let keys: Vec<&String> = invited.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "url", "expires"]);
    let (code, url) = (invited["code"].as_str().unwrap(), invited["url"].as_str().unwrap());
    assert_eq!(url, format!("{}/#{code}", hub.url));
    assert!(invited["expires"].as_str().unwrap().ends_with('Z'), "{invited}");
    let report = synced(&owner);
    let report = report.as_object().unwrap();
    for key in ["pushed", "pulled"] {
        assert!(report[key].is_u64(), "{report:?}");
    }
    assert!(report["refused"].is_array() && report["agreement"].is_object(), "{report:?}");
    // For people, with the code as it is typed.
    let oda = Home::empty();
    let said = oda.run(&["join", &hub.url, &code.to_lowercase().replace('-', " "), "--name", "Oda O."]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.starts_with("Joined “p”; it is in "), "{}", said.stdout);
    assert_eq!(oda.samples(), 6, "an observer reads what leads read");
}

#[test]
fn the_owners_invite_is_said_once_and_can_be_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let first = HubProcess::start(data.path());
    assert!(first.invite.is_some());
    let folder = data.path().display().to_string();
    let home = Home::empty();
    let anew = home.run(&["hub", "--data", &folder, "--new-owner-invite"]);
    let code = anew.stdout.trim().strip_prefix("owner invite: ").unwrap_or_else(|| panic!("{}", anew.stderr));
    let joined = home.run(&["join", &first.url, code, "--json"]).json();
    assert_eq!((&joined["project"], &joined["may_publish"]), (&Value::Null, &json!(true)));
    assert_eq!(first.stop().0, 0);
    assert_eq!(HubProcess::start(data.path()).invite, None, "it is said at the first start only");
}

#[test]
fn a_first_start_prints_exactly_one_line() {
    let data = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["hub", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env_remove("ASSAY_DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on http://127.0.0.1:") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended without listening");
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let code = said.strip_prefix("owner invite: ").unwrap_or_else(|| panic!("{said}")).trim_end();
    assert_eq!((said.lines().count(), code.len()), (1, 19), "{said}");
}

#[test]
fn what_keeps_a_team_apart_is_said_in_one_sentence() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let stranger = Home::with_project();
    let says = |home: &Home, arguments: &[&str], code: &str, words: &str| {
        let error = home.run(&[arguments, &["--json"]].concat()).error();
        let (message, hint) = (error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
        assert!(
            error["code"] == code && message.contains(words) && !hint.is_empty(),
            "{arguments:?}: {error}"
        );
    };
    says(&stranger, &["sync"], "no_hub", "belongs to no hub");
    says(&stranger, &["publish", "--hub", "ftp://nowhere"], "not_signed_in", "may not publish");
    says(&stranger, &["join", "nowhere", "ABCD"], "invalid", "not the address of a hub");
    says(&stranger, &["join", "http://hub.example.org", "ABCD"], "invalid", "not encrypted");
    says(&stranger, &["join", &hub.url], "invalid", "no code");
    says(&stranger, &["join", &hub.url, "0000-0000-0000-0000"], "invalid", "no such invite");
    // Used already.
    let used = owner.run(&["invite", "Ann", "--json"]).json();
    let url = used["url"].as_str().unwrap();
    assert_eq!(Home::empty().run(&["join", url]).status, 0);
    says(&stranger, &["join", url], "invalid", "used already");
    // Made an hour ago, for an hour: the hub's clock cannot be set, its database can.
    let late = owner.run(&["invite", "Ben", "--hours", "1", "--json"]).json();
    let database = rusqlite::Connection::open(data.path().join("hub.sqlite")).unwrap();
    let aged = "UPDATE invite SET made = made - 3600000, expires = expires - 3600000 WHERE name = 'Ben'";
    assert_eq!(database.execute(aged, []).unwrap(), 1);
    says(&stranger, &["join", late["url"].as_str().unwrap()], "invalid", "invite expired");
    let kept = std::fs::read_to_string(stranger.path("hubs.json")).unwrap();
    assert!(!kept.contains("token"), "what opens nothing is not kept: {kept}");
    // Somebody else's hub.
    says(&owner, &["publish", "--hub", "http://127.0.0.1:1"], "exists", "belongs to");
    // No hub, but something.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", other.local_addr().unwrap());
    let page = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        let mut request = [0; 16 << 10];
        let mut length = 0;
        while !request[..length].windows(4).any(|end| end == b"\r\n\r\n") {
            length += stream.read(&mut request[length..]).unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n<p/>").unwrap();
    });
    says(&stranger, &["join", &address, "ABCD"], "invalid", "not an Assay hub");
    page.join().unwrap();
    // Nothing at all.
    assert_eq!(hub.stop().0, 0);
    says(&owner, &["sync"], "offline", "cannot be reached");
}

#[test]
fn a_hub_put_back_gets_everything_again_whoever_comes_first_and_whoever_came_since_the_backup() {
    let data = tempfile::tempdir().unwrap();
    let mut hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let bo = member(&owner, "Bo", "annotator");
    synced(&owner);
    let database = data.path().join("hub.sqlite");
    let backup = data.path().join("backup.sqlite");
    let copy = format!("VACUUM INTO '{}'", backup.display());
    rusqlite::Connection::open(&database).unwrap().execute(&copy, []).unwrap();
    // A day of work: two people, one of them new, on samples of which one is new.
    let new = owner.file("new.jsonl", line("q-7", "Six weeks."));
    assert_eq!(owner.run(&["import", &new]).status, 0);
    let ana = member(&owner, "Ana", "annotator");
    synced(&owner);
    assert_eq!(owner.run(&["assign", "--to", "Ana,Bo", "--overlap", "2"]).status, 0);
    for home in [&owner, &ana, &bo] {
        synced(home);
    }
    let mut work = annotations(&ana, 4);
    std::fs::write(&work, std::fs::read_to_string(&work).unwrap().replace("q-1", "q-7")).unwrap();
    for (home, name) in [(&ana, "Ana"), (&bo, "Bo")] {
        work = home.file("work.jsonl", std::fs::read(&work).unwrap());
        assert_eq!(home.run(&["annotate", "--as", name, &work]).status, 0);
        assert_eq!(synced(home)["pushed"], 6);
    }
    // What Ana did last did not even get there.
    let last = ana.file(
        "last.jsonl",
        std::fs::read_to_string(&work).unwrap().lines().next().unwrap().replace("q-7", "q-1"),
    );
    assert_eq!(ana.run(&["annotate", "--as", "Ana", &last]).status, 0);
    // The hub is put back to the morning.
    let address = hub.address().to_owned();
    assert_eq!(hub.stop().0, 0);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", database.display()));
    }
    std::fs::copy(&backup, &database).unwrap();
    hub = HubProcess::start_at(&address, data.path(), &[]);
    // Bo comes before the samples and assignments that he worked by.
    assert_eq!(synced(&bo)["refused"].as_array().unwrap().len(), 6);
    assert_eq!(ana.run(&["sync", "--json"]).error()["code"], "not_signed_in");
    let missing = synced(&owner)["refused"].as_array().unwrap().len();
    assert_eq!(missing, 7, "Ana, who has them, is not there");
    // Ana is let in as who she is, and goes on with her copy.
    let invited = owner.run(&["invite", "--for", "Ana", "--json"]).json();
    assert_eq!(synced(&owner)["refused"], json!([]));
    let joined = ana.run(&["join", invited["url"].as_str().unwrap(), "--json"]).json();
    assert_eq!(joined["project"], ana.path("p.assay").display().to_string());
    let there =
        |home: &Home| home.run(&["stats", "--json"]).json()["rows"][0]["annotations"].as_u64().unwrap();
    for (home, own) in [(&ana, 7), (&bo, 6)] {
        assert_eq!((&synced(home)["refused"], there(home)), (&json!([]), own));
    }
    synced(&owner);
    assert_eq!(there(&owner), 13, "all work of both is back");
    assert_eq!(owner.run(&["verify"]).status, 0);
    drop(hub);
}

#[test]
fn a_hub_that_was_lost_without_a_backup_is_made_anew_from_the_laptops() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(&data.path().join("hub"));
    let owner = owner(&hub);
    let ana = member(&owner, "Ana", "annotator");
    synced(&owner);
    assert_eq!(owner.run(&["assign", "--to", "Ana"]).status, 0);
    synced(&owner);
    synced(&ana);
    assert_eq!(ana.run(&["annotate", "--as", "Ana", &annotations(&ana, 4)]).status, 0);
    synced(&ana);
    let address = hub.address().to_owned();
    assert_eq!(hub.stop().0, 0);
    let hub = HubProcess::start_at(&address, &data.path().join("anew"), &[]);
    assert_eq!(owner.run(&["sync", "--json"]).error()["code"], "not_signed_in");
    let code = hub.invite.as_deref().unwrap();
    assert_eq!(owner.run(&["publish", "--hub", &hub.url, "--invite", code]).status, 0);
    let invited = owner.run(&["invite", "--for", "Ana", "--json"]).json();
    let joined = ana.run(&["join", invited["url"].as_str().unwrap(), "--json"]).json();
    assert_eq!(joined["project"], ana.path("p.assay").display().to_string());
    assert_eq!(synced(&ana)["refused"], json!([]));
    // Somebody new reads from the hub what only the two laptops had.
    let lea = member(&owner, "Lea", "lead");
    synced(&lea);
    let stats = lea.run(&["stats", "--json"]).json();
    assert_eq!((lea.samples(), &stats["rows"][0]["annotations"]), (6, &json!(6)));
    for home in [&owner, &ana, &lea] {
        assert_eq!(home.run(&["verify"]).status, 0);
    }
}

#[cfg(unix)]
#[test]
fn a_join_that_finds_no_room_for_its_copy_is_made_again_with_the_same_invite() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    let owner = owner(&hub);
    let invited = owner.run(&["invite", "Ann", "--json"]).json();
    let url = invited["url"].as_str().unwrap();
    let home = Home::empty();
    // No file may grow beyond 16 blocks of 512 bytes: there is room for a token and for no project.
    let full = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_assay")])
        .args(["join", url, "--json"])
        .env("ASSAY_HOME", home.path(""))
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", String::from_utf8_lossy(&full.stdout));
    let projects =
        |home: &Home| home.run(&["projects", "--json"]).json()["projects"].as_array().unwrap().len();
    assert_eq!(projects(&home), 0);
    let joined = home.run(&["join", url, "--json"]).json();
    assert_eq!((&joined["name"], projects(&home)), (&json!("p"), 1));
    let database = rusqlite::Connection::open(data.path().join("hub.sqlite")).unwrap();
    let members: u64 = database.query_one("SELECT count(*) FROM membership", [], |row| row.get(0)).unwrap();
    assert_eq!(members, 2, "she came once");
    let again = home.run(&["join", url, "--json"]).error();
    assert!(again["message"].as_str().unwrap().contains("used already"), "{again}");
}

#[cfg(unix)]
#[test]
fn what_opens_a_hub_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(&data.path().join("hub"));
    let owner = owner(&hub);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&owner.path("hubs.json")), 0o600);
    assert_eq!(mode(&data.path().join("hub")), 0o700);
    let kept: Value = serde_json::from_slice(&std::fs::read(owner.path("hubs.json")).unwrap()).unwrap();
    let token = kept["hubs"][0]["token"].as_str().unwrap().to_owned();
    let (_, log) = hub.stop();
    assert!(!log.contains(&token), "{log}");
    // Neither the project's file nor the hub's database holds it.
    for folder in [owner.path(""), data.path().join("hub")] {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = std::fs::read(&file).unwrap();
            let holds = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert_eq!(holds, file.ends_with("hubs.json"), "{}", file.display());
        }
    }
}

#[test]
fn a_hub_that_stops_answers_what_is_under_way_and_ends() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubProcess::start(data.path());
    // A connection that says nothing, and a request that is half there.
    let _silent = TcpStream::connect(hub.address()).unwrap();
    let mut half = TcpStream::connect(hub.address()).unwrap();
    let body = json!({ "protocol": 1, "code": "X", "token": "A".repeat(43) }).to_string();
    let head = format!(
        "POST /api/v1/join HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    half.write_all(head.as_bytes()).unwrap();
    // It is being served once another request, sent later, was answered.
    let mut other = TcpStream::connect(hub.address()).unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n").unwrap();
    let mut healthy = String::new();
    other.read_to_string(&mut healthy).unwrap();
    assert!(healthy.starts_with("HTTP/1.1 200"), "{healthy}");
    let started = Instant::now();
    let stopping = std::thread::spawn(move || hub.stop());
    std::thread::sleep(Duration::from_millis(300));
    half.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("bad_invite"), "{answer}");
    let (status, log) = stopping.join().unwrap();
    assert_eq!(status, 0, "{log}");
    assert!(started.elapsed() < Duration::from_secs(29), "it waited for who says nothing");
}

#[test]
fn plain_http_beyond_this_machine_is_asked_for_by_name() {
    let home = Home::empty();
    let data = home.path("hub").display().to_string();
    let said = home.run(&["hub", "--data", &data, "--listen", "0.0.0.0:0", "--json"]).error();
    assert_eq!(said["code"], "bad_request");
    assert!(said["hint"].as_str().unwrap().contains("--insecure-http"), "{said}");
    assert_eq!(home.run(&["hub"]).status, 2, "a hub needs a place for its facts");
    let secret = "postgres://hub:hunter2@127.0.0.1:1/hub";
    let said = home.run_with(&["hub", "--listen", "127.0.0.1:0"], |command| {
        command.env("ASSAY_DATABASE_URL", secret);
    });
    assert_eq!(said.status, 1);
    assert!(!said.stderr.contains("hunter2") && said.stderr.contains("hint: "), "{}", said.stderr);
}
