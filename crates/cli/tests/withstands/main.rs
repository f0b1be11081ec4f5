//! A hub over real sockets (promise 2): cut, slow and late connections; the hub killed under load, its database
//! killed under load, its disk full. After each: everything acknowledged is there once, and all digests agree.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod hub;
#[expect(dead_code, reason = "shared with tests that need more of it")]
#[path = "../../../hub/tests/common/postgres.rs"]
mod postgres;
mod proxy;
mod team;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hub::{HubProcess, Keeps};
use postgres::Cluster;
use proxy::Proxy;
use team::Team;

/// Connections are cut, and the hub is killed and started again three times, while everybody works.
fn connections_are_cut_and_the_hub_is_killed(keeps: &Keeps) {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = HubProcess::start(keeps);
    let proxy = Proxy::before(hub.address);
    let team = Team::gather(folder.path(), &proxy.url(), hub.invite.as_deref().unwrap());
    proxy.wild(true);
    team.work_during(|| {
        for _ in 0..3 {
            team.wait_for_more(team.acknowledged());
            std::thread::sleep(Duration::from_millis(300));
            hub.kill();
            hub = HubProcess::start(keeps);
            assert_eq!(hub.invite, None);
            proxy.lead_to(hub.address);
        }
        team.wait_for_more(team.acknowledged());
    });
    assert!(proxy.cuts() > 0, "no connection was cut");
    proxy.wild(false);
    team.settle();
}

#[test]
fn nothing_is_lost_or_doubled_when_connections_are_cut_and_the_hub_is_killed() {
    let data = tempfile::tempdir().unwrap();
    connections_are_cut_and_the_hub_is_killed(&Keeps::Folder(data.path().join("data")));
}

#[test]
fn nor_when_it_keeps_its_facts_in_postgres() {
    let cluster = Cluster::start();
    connections_are_cut_and_the_hub_is_killed(&Keeps::Database(cluster.url()));
}

#[test]
fn nothing_is_lost_or_doubled_when_postgres_is_killed() {
    let mut cluster = Cluster::durable();
    let folder = tempfile::tempdir().unwrap();
    let mut hub = HubProcess::start(&Keeps::Database(cluster.url()));
    let proxy = Proxy::before(hub.address);
    let team = Team::gather(folder.path(), &proxy.url(), hub.invite.as_deref().unwrap());
    team.work_during(|| {
        for _ in 0..2 {
            team.wait_for_more(team.acknowledged());
            cluster.kill();
            std::thread::sleep(Duration::from_millis(300));
            cluster.up();
        }
        // The same process goes on.
        team.wait_for_more(team.acknowledged());
    });
    assert!(hub.is_running());
    team.settle();
}

/// A file system of a few megabytes, where this user may make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("mode=777,size={size}"), "none"]).arg(at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes until nothing more fits, so that a file of this disk can grow by less than a page.
fn fill(file: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(file).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
}

#[test]
fn a_full_disk_stops_the_hub_taking_in_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let disk = SmallDisk::mount(&data, "3m");
    let (keeps, ballast) = (Keeps::Folder(data.clone()), data.join("ballast"));
    let mut hub = HubProcess::start(&keeps);
    let proxy = Proxy::before(hub.address);
    let team = Team::gather(folder.path(), &proxy.url(), hub.invite.as_deref().unwrap());
    team.work_during(|| {
        team.wait_for_more(team.acknowledged());
        if disk.is_some() {
            fill(&ballast);
        } else {
            // Without the right to mount: files of this hub cannot grow any more.
            hub.kill();
            let log = std::fs::metadata(data.join("hub.sqlite-wal")).map_or(0, |file| file.len());
            let main = std::fs::metadata(data.join("hub.sqlite")).unwrap().len();
            hub = HubProcess::start_narrow(&data, (log.max(main) / 512) as u32 + 8);
            proxy.lead_to(hub.address);
        }
        let full = team.wait_until_nothing_comes();
        assert!(hub.is_running(), "a hub on a full disk goes on to answer");
        if disk.is_some() {
            std::fs::remove_file(&ballast).unwrap();
        } else {
            hub.kill();
            hub = HubProcess::start(&keeps);
            proxy.lead_to(hub.address);
        }
        team.wait_for_more(full);
    });
    team.settle();
    drop(hub);
}

#[test]
fn nor_does_a_full_disk_of_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("tables");
    let Some(_disk) = SmallDisk::mount(&at, "6m") else {
        // The server's files cannot be kept from growing in any other way that it takes for a full disk.
        eprintln!("not tried: this user may not mount a small disk");
        return;
    };
    let cluster = Cluster::start();
    Command::new("chmod").arg("755").arg(folder.path()).status().unwrap();
    cluster.keep_tables_at(&at);
    let mut hub = HubProcess::start(&Keeps::Database(cluster.url()));
    let team =
        Team::gather(folder.path(), &format!("http://{}", hub.address), hub.invite.as_deref().unwrap());
    let ballast = at.join("ballast");
    team.work_during(|| {
        team.wait_for_more(team.acknowledged());
        fill(&ballast);
        let full = team.wait_until_nothing_comes();
        assert!(cluster.said("No space left on device"), "PostgreSQL met a full disk");
        assert!(hub.is_running(), "the hub goes on to answer");
        std::fs::remove_file(&ballast).unwrap();
        team.wait_for_more(full);
    });
    team.settle();
}
