//! The loopback server answers its own page, and nobody else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::harness::Home;

struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server; `None` where the window's files are not built, which this says itself.
fn start(home: &Home) -> Option<Server> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["serve"])
        .env("ASSAY_HOME", home.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let Some((address, token)) =
        url.trim().strip_prefix("http://").and_then(|rest| rest.split_once("/?token="))
    else {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        assert!(said.contains("The window’s files are not built"), "{said}");
        return None;
    };
    Some(Server { address: address.to_owned(), token: token.to_owned(), child })
}

impl Server {
    /// Sends a request as it is and gives the status.
    fn ask(&self, path: &str, headers: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let body = "{}";
        let request = format!(
            "POST {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

#[test]
fn only_its_own_page_with_the_token_of_the_run_is_answered() {
    let home = Home::empty();
    let Some(server) = start(&home) else { return };
    let host = format!("Host: {}\r\n", server.address);
    let bearer = format!("Authorization: Bearer {}\r\n", server.token);
    let own = format!("Origin: http://{}\r\n", server.address);
    assert_eq!(server.ask("/rpc/home.get", &format!("{host}{bearer}")), 200);
    assert_eq!(server.ask("/rpc/home.get", &format!("{host}{bearer}{own}")), 200);
    for (what, headers) in [
        ("no token", host.clone()),
        ("a wrong token", format!("{host}Authorization: Bearer {}\r\n", "0".repeat(64))),
        ("another origin", format!("{host}{bearer}Origin: https://evil.example\r\n")),
        ("another host", format!("Host: evil.example\r\n{bearer}")),
    ] {
        assert_eq!(server.ask("/rpc/home.get", &headers), 403, "{what} was answered");
    }
    // The token in the address is for the one request that cannot send a header.
    assert_eq!(server.ask(&format!("/rpc/home.get?token={}", server.token), &host), 403);
    assert_eq!(server.ask("/upload?name=x", &host), 403);
}

#[test]
fn a_second_window_on_a_project_is_told_so() {
    let home = Home::with_project();
    let (Some(first), Some(second)) = (start(&home), start(&home)) else { return };
    let open = |server: &Server| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let body = "{\"project\":\"p\"}";
        let request = format!(
            "POST /rpc/project.open HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            server.address,
            server.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(open(&first).contains("\"rubric\""));
    let told = open(&second);
    assert!(told.contains("in_use") && told.contains("is open in another window."), "{told}");
}
