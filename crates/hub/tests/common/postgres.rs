//! A PostgreSQL server of its own for a test, gone with it. Needs nothing but the standard library, so that
//! tests of other packages can use this file by its path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server with one empty database.
pub struct Cluster {
    folder: PathBuf,
    server: Option<Child>,
    durable: bool,
    /// The port where it listens and encrypts, if it does.
    port: Option<u16>,
}

impl Cluster {
    /// Starts a server that may lose what it wrote when the machine fails: quick, for most tests.
    pub fn start() -> Self {
        Self::with(false, None)
    }

    /// Starts a server that writes as one in earnest does.
    pub fn durable() -> Self {
        Self::with(true, None)
    }

    /// Starts a server that encrypts what comes over the network, with a certificate and its key.
    pub fn encrypting(certificate: &Path, key: &Path) -> Self {
        Self::with(false, Some([certificate, key]))
    }

    fn with(durable: bool, tls: Option<[&Path; 2]>) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("assay-pg-{}-{n}", std::process::id()));
        let _left_over = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        must(Command::new("cp").arg("-a").arg(template()).arg(folder.join("data")));
        for (from, name) in tls.into_iter().flatten().zip(["server.crt", "server.key"]) {
            must(Command::new("install").args(["-m", "600"]).arg(from).arg(folder.join("data").join(name)));
        }
        if is_root() {
            must(Command::new("chown").args(["-R", "nobody"]).arg(&folder));
        }
        // Free a moment ago, which is as sure as it gets.
        let port = tls.map(|_| {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().port()
        });
        let mut cluster = Self { folder, server: None, durable, port };
        cluster.up();
        cluster
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        format!("postgres://hub@/postgres?host={}&port={}", self.folder.display(), self.port())
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(5432)
    }

    /// The same over the network.
    pub fn url_over_network(&self) -> String {
        format!("postgres://hub@localhost:{}/postgres", self.port())
    }

    /// Kills the server as a failing machine would.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
        let socket = format!(".s.PGSQL.{}", self.port());
        for name in [format!("{socket}.lock"), socket] {
            let _gone = fs::remove_file(self.folder.join(name));
        }
    }

    /// Starts it again, and waits until it answers.
    pub fn up(&mut self) {
        let start = Instant::now();
        loop {
            // Children of a killed server hold its memory for a moment longer.
            let mut server = self.run();
            if self.answers(&mut server) {
                self.server = Some(server);
                return;
            }
            let _ended = server.kill();
            server.wait().unwrap();
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(60), "PostgreSQL does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Keeps all tables that are made from now on in another folder: an empty one, which anybody may write.
    pub fn keep_tables_at(&self, folder: &Path) {
        if is_root() {
            must(Command::new("chown").arg("nobody").arg(folder));
        }
        for sql in [
            format!("CREATE TABLESPACE elsewhere LOCATION '{}'", folder.display()),
            "ALTER ROLE hub SET default_tablespace = elsewhere".to_owned(),
        ] {
            must(Command::new(binary("psql")).arg("-q").arg(self.url()).arg("-c").arg(sql));
        }
    }

    /// Whether the server's log has these words.
    pub fn said(&self, words: &str) -> bool {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default().contains(words)
    }

    fn run(&self) -> Child {
        let mut server = as_nobody(&binary("postgres"));
        server.arg("-D").arg(self.folder.join("data"));
        server.arg("-c").arg(format!("unix_socket_directories={}", self.folder.display()));
        let mut settings = vec!["shared_buffers=128MB", "max_connections=60"];
        match self.port {
            None => settings.push("listen_addresses="),
            Some(port) => {
                server.arg("-c").arg(format!("port={port}"));
                settings.extend(["listen_addresses=127.0.0.1,127.0.0.2", "ssl=on"]);
            }
        }
        if !self.durable {
            settings.extend(["fsync=off", "full_page_writes=off", "synchronous_commit=off"]);
        }
        for setting in settings {
            server.arg("-c").arg(setting);
        }
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn answers(&self, server: &mut Child) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            let mut ready = Command::new(binary("pg_isready"));
            if ready
                .arg("-q")
                .arg("-h")
                .arg(&self.folder)
                .arg("-p")
                .arg(self.port().to_string())
                .status()
                .unwrap()
                .success()
            {
                return true;
            }
            if server.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // What it holds is thrown away, so it need not end in good order. Its children see that it died.
            let _ended = server.kill();
            let _ended = server.wait();
        }
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// An initialised data folder, made once on this machine: making one takes longer than most tests.
fn template() -> PathBuf {
    // Tests of one process take turns; those of several each make their own, and the first one stays.
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let version = Command::new(binary("postgres")).arg("--version").output().unwrap().stdout;
    let version = String::from_utf8_lossy(&version);
    let version = version.split_whitespace().nth(2).unwrap_or("unknown").replace('.', "-");
    let whose = if is_root() { "nobody" } else { "own" };
    let template = std::env::temp_dir().join(format!("assay-pg-template-{version}-{whose}"));
    if template.join("PG_VERSION").exists() {
        return template;
    }
    let fresh = template.with_extension(std::process::id().to_string());
    fs::create_dir_all(&fresh).unwrap();
    if is_root() {
        must(Command::new("chown").arg("nobody").arg(&fresh));
    }
    let mut initdb = as_nobody(&binary("initdb"));
    initdb.args(["--username=hub", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
    must(initdb.arg(&fresh));
    // Another test may have been quicker.
    if fs::rename(&fresh, &template).is_err() {
        fs::remove_dir_all(&fresh).unwrap();
    }
    template
}

/// PostgreSQL refuses to run as root.
fn as_nobody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL"]);
    command.arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    id.trim_ascii() == b"0"
}

fn must(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{said}");
}

/// A program of PostgreSQL: of the newest version where distributions put them, or on the path.
fn binary(name: &str) -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin").join(name))))
        .filter(|(_, program)| program.exists())
        .collect();
    found.sort();
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists())
    };
    found.pop().map(|(_, program)| program).or_else(on_path).unwrap_or_else(|| {
        panic!("the tests of the hub need PostgreSQL, and {name} is not on this machine; to fix: apt install postgresql")
    })
}
