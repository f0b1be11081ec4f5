//! What travels between a laptop and a hub, counted in bytes, and the same number of bytes sent bare.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A way to a hub on which bytes are counted, headers and all.
pub struct Wiretap {
    /// Where to reach the hub through it.
    pub address: String,
    counts: Arc<[AtomicU64; 3]>,
}

/// What has travelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Travelled {
    /// Connections made.
    pub connections: u64,
    /// Bytes to the hub.
    pub there: u64,
    /// Bytes from the hub.
    pub back: u64,
}

impl Wiretap {
    /// In front of the hub at that address. It lasts as long as the process.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn before(address: &str) -> Result<Self> {
        let hub = address.strip_prefix("http://").context("plain HTTP only")?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let tap = Self { address: format!("http://{}", listener.local_addr()?), counts: Arc::default() };
        let counts = Arc::clone(&tap.counts);
        std::thread::spawn(move || {
            for laptop in listener.incoming().flatten() {
                counts[0].fetch_add(1, Ordering::Relaxed);
                let Ok(hub) = TcpStream::connect(&hub) else { continue };
                let _delay = (laptop.set_nodelay(true), hub.set_nodelay(true));
                for (from, to, at) in [(&laptop, &hub, 1), (&hub, &laptop, 2)] {
                    if let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) {
                        let counts = Arc::clone(&counts);
                        std::thread::spawn(move || carry(from, to, &counts[at]));
                    }
                }
            }
        });
        Ok(tap)
    }

    /// What has travelled so far.
    pub fn travelled(&self) -> Travelled {
        let [connections, there, back] = [0, 1, 2].map(|at| self.counts[at].load(Ordering::Relaxed));
        Travelled { connections, there, back }
    }
}

impl std::ops::Sub for Travelled {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            connections: self.connections - before.connections,
            there: self.there - before.there,
            back: self.back - before.back,
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        count.fetch_add(read as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _closed = to.shutdown(Shutdown::Write);
}

/// How long so many bytes take each way over a bare connection on this machine, in so many turns.
///
/// # Errors
/// When no socket can be had.
pub fn bare(travelled: Travelled, turns: u64) -> Result<Duration> {
    let turns = turns.max(1);
    let (there, back) = ((travelled.there / turns) as usize, (travelled.back / turns) as usize);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut laptop = TcpStream::connect(listener.local_addr()?)?;
    let (mut hub, _) = listener.accept()?;
    laptop.set_nodelay(true)?;
    hub.set_nodelay(true)?;
    let answering = std::thread::spawn(move || -> std::io::Result<()> {
        let (mut request, answer) = (vec![0; there.max(1)], vec![7; back.max(1)]);
        for _ in 0..turns {
            hub.read_exact(&mut request)?;
            hub.write_all(&answer)?;
        }
        Ok(())
    });
    let (request, mut answer) = (vec![7; there.max(1)], vec![0; back.max(1)]);
    let begun = Instant::now();
    for _ in 0..turns {
        laptop.write_all(&request)?;
        laptop.read_exact(&mut answer)?;
    }
    let took = begun.elapsed();
    answering.join().map_err(|_| anyhow::anyhow!("the other side failed"))??;
    Ok(took)
}
