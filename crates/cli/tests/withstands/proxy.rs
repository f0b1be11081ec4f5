//! A way to the hub that cuts, delays and throttles connections.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Stands before a hub, at an address that stays while the hub's changes.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    hub: Mutex<SocketAddr>,
    /// Whether connections fare badly.
    wild: AtomicBool,
    chance: AtomicU64,
    /// Connections that were cut.
    cuts: AtomicU64,
}

impl Shared {
    /// A number that is hard to foresee, below `bound`.
    fn below(&self, bound: u64) -> u64 {
        let mut mixed = self.chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

impl Proxy {
    /// Starts one before the hub at that address.
    pub fn before(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            hub: Mutex::new(hub),
            wild: AtomicBool::new(false),
            chance: AtomicU64::new(7),
            cuts: AtomicU64::new(0),
        });
        // It ends with the test's process.
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || pass(&shared, client));
                }
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hub is elsewhere now.
    pub fn lead_to(&self, hub: SocketAddr) {
        *self.shared.hub.lock().unwrap() = hub;
    }

    /// From now on connections fare badly, or well.
    pub fn wild(&self, wild: bool) {
        self.shared.wild.store(wild, Ordering::Relaxed);
    }

    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::Relaxed)
    }
}

fn pass(shared: &Arc<Shared>, client: TcpStream) {
    let hub = *shared.hub.lock().unwrap();
    // No hub: the connection ends, as it would without a proxy.
    let Ok(server) = TcpStream::connect(hub) else { return };
    let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = std::thread::spawn({
        let shared = Arc::clone(shared);
        move || carry(&shared, server, to_client)
    });
    carry(shared, client, to_server);
    let _ended = back.join();
}

/// Carries bytes one way until either side ends.
fn carry(shared: &Shared, mut from: TcpStream, mut to: TcpStream) {
    let wild = shared.wild.load(Ordering::Relaxed);
    // One direction in six is cut after some bytes, one in six is slow, and one in six comes late.
    let fate = if wild { shared.below(6) } else { 5 };
    let mut left = if fate == 0 { shared.below(6_000) as usize } else { usize::MAX };
    if fate == 1 {
        std::thread::sleep(Duration::from_millis(shared.below(300)));
    }
    let mut buffer = [0; 8192];
    loop {
        let size = if fate == 2 { 200 } else { buffer.len() };
        let Ok(read) = from.read(&mut buffer[..size]) else { break };
        if read == 0 {
            break;
        }
        let passes = read.min(left);
        if to.write_all(&buffer[..passes]).is_err() {
            break;
        }
        left -= passes;
        if left == 0 {
            shared.cuts.fetch_add(1, Ordering::Relaxed);
            break;
        }
        if fate == 2 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    // Both directions end: the other one cannot be of use any more.
    let _gone = from.shutdown(Shutdown::Both);
    let _gone = to.shutdown(Shutdown::Both);
}
