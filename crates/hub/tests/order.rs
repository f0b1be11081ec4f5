//! Places commit in their order over PostgreSQL, where transactions run side by side: a reader who has seen a
//! place has seen all before it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod common;

use std::time::{Duration, Instant};

use assay_model::{Role, SampleId};
use assay_sync::wire::{Kind, MAX_FACTS, WireFact};
use common::kit::{Team, accepted};
use common::{Place, run};
use tokio_postgres::{Client, NoTls};

/// Facts whose body says “slow” wait at their commit, when their places are given already, for a gate that a
/// test closes and opens.
const GATE: &str = "
CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON fact DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.body LIKE '%slow%') EXECUTE FUNCTION wait_at_gate();";

/// Every commit takes some time of its own.
const DAWDLE: &str = "
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(random() * 0.01); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON fact DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION dawdle();";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(40);

async fn session(place: &Place) -> Client {
    let url = place.cluster.as_ref().unwrap().url();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(async move { connection.await.ok() });
    client
}

/// How many sessions wait for a lock.
async fn waiting(session: &Client) -> i64 {
    let sql = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted";
    session.query_one(sql, &[]).await.unwrap().get(0)
}

/// Without ` FOR UPDATE` in `project::locked` the second push would be given the same place as the first, whose
/// commit is held up, and the hub would fail when that commits: both tests here would fail where they unwrap that
/// answer. If places came from a sequence of PostgreSQL instead, the second push would not wait, and the first
/// test would fail where it asserts that it does.
#[test]
fn a_reader_never_passes_a_place_that_commits_later() {
    run(async {
        let place = Place::postgres();
        // Two processes of one hub.
        let (one, other) = (place.hub().await, place.hub().await);
        let mut team = Team::new(&one, 0).await;
        let mut lead = team.join("Lea", Role::Lead).await;
        let mut reader = team.join("Oda", Role::Observer).await;
        (lead.hub, reader.hub) = (other.clone(), other);
        lead.sync(Vec::new()).await;
        reader.sync(Vec::new()).await;
        let (gate, look) = (session(&place).await, session(&place).await);
        look.batch_execute(GATE).await.unwrap();
        gate.batch_execute("SELECT pg_advisory_lock(7)").await.unwrap();

        let slow = team.owner.sample("slow");
        let slow_push = tokio::spawn({
            let (owner, fact) = (team.owner.clone(), slow.clone());
            async move { owner.step(vec![fact], MAX_FACTS).await }
        });
        let start = Instant::now();
        while waiting(&look).await < 1 {
            assert!(start.elapsed() < PATIENCE, "the first push never came to its commit");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let quick = lead.sample("quick");
        let quick_push = tokio::spawn({
            let (lead, fact) = (lead.clone(), quick.clone());
            async move { lead.step(vec![fact], MAX_FACTS).await }
        });
        while waiting(&look).await < 2 && !quick_push.is_finished() {
            assert!(start.elapsed() < PATIENCE, "the second push neither waits nor ends");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // One place is given and not committed. Whoever reads now may see what is before it only.
        let read_meanwhile = reader.sync(Vec::new()).await;
        assert!(read_meanwhile.facts.is_empty(), "{read_meanwhile:?}");
        assert!(!quick_push.is_finished(), "the second push did not wait for the first");

        gate.batch_execute("SELECT pg_advisory_unlock(7)").await.unwrap();
        let slow_at = accepted(&slow_push.await.unwrap().unwrap())[0];
        let quick_at = accepted(&quick_push.await.unwrap().unwrap())[0];
        assert_eq!(quick_at, slow_at + 1);
        let read = reader.sync(Vec::new()).await;
        let read: Vec<_> = read.facts.iter().map(|placed| (placed.seq, placed.fact.id)).collect();
        assert_eq!(read, [(slow_at, slow.id), (quick_at, quick.id)]);
    });
}

#[test]
fn readers_see_every_place_in_its_order_while_many_write() {
    run(async {
        let place = Place::postgres();
        let (one, other) = (place.hub().await, place.hub().await);
        let team = Team::new(&one, 0).await;
        let mut writers = Vec::new();
        for name in ["Lea", "Leo", "Lil", "Lou"] {
            let mut lead = team.join(name, Role::Lead).await;
            lead.sync(Vec::new()).await;
            if writers.len() % 2 == 1 {
                lead.hub = other.clone();
            }
            writers.push(lead);
        }
        let mut reader = team.join("Oda", Role::Observer).await;
        session(&place).await.batch_execute(DAWDLE).await.unwrap();
        let each = 25;
        let pushes: Vec<_> = writers
            .into_iter()
            .enumerate()
            .map(|(writer, mut lead)| {
                tokio::spawn(async move {
                    for n in 0..each {
                        let fact = lead.sample(&format!("{writer}-{n}"));
                        accepted(&lead.step(vec![fact], MAX_FACTS).await.unwrap());
                    }
                })
            })
            .collect();
        let mut seen = 0;
        loop {
            let ended = pushes.iter().all(tokio::task::JoinHandle::is_finished);
            // Nothing that this reader may not see, so no place may be missing.
            for placed in reader.sync_by(Vec::new(), 7).await.facts {
                seen += 1;
                assert_eq!(placed.seq, seen);
            }
            reader.hub = if seen % 2 == 0 { one.clone() } else { other.clone() };
            if ended {
                break;
            }
        }
        for push in pushes {
            push.await.unwrap();
        }
        assert_eq!(reader.of_kind(Kind::Sample).len(), 4 * each);
        let samples: std::collections::BTreeSet<SampleId> =
            reader.of_kind(Kind::Sample).iter().map(|placed| SampleId(placed.fact.id.0)).collect();
        assert_eq!(samples.len(), 4 * each);
    });
}

/// Statements are planned for the hub as it fills: the server's own look at its tables comes a minute later, and a
/// plan made for empty ones goes through a whole project for each fact.
#[test]
fn what_is_pushed_is_looked_for_by_what_it_is_and_not_among_all() {
    run(async {
        let place = Place::postgres();
        let hub = place.hub().await;
        let session = session(&place).await;
        for table in ["fact", "sample", "device"] {
            let never = format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
            session.batch_execute(&never).await.unwrap();
        }
        // What this asks for first is asked of empty tables; from here on nothing makes the server plan anew.
        let mut team = Team::new(&hub, 1).await;
        for round in 0..4 {
            let samples = (0..1000).map(|n| team.owner.sample(&format!("{round} {n}"))).collect();
            accepted(&team.owner.sync(samples).await);
        }
        let anna = team.join("Anna", Role::Annotator).await;
        for round in 0..40 {
            let few: Vec<WireFact> = (0..5).map(|n| team.owner.sample(&format!("few {round} {n}"))).collect();
            accepted(&team.owner.sync(few.clone()).await);
            let few = few.iter().map(|sample| team.owner.assign(sample, anna.me, None)).collect();
            accepted(&team.owner.sync(few).await);
        }
        let begun = Instant::now();
        let read: i64 = loop {
            // A session tells what it read when it has something to do again.
            team.owner.sync(Vec::new()).await;
            let told = "SELECT sum(n_tup_ins) FILTER (WHERE relname = 'fact')::int8, sum(idx_tup_fetch)::int8
                FROM pg_stat_user_tables";
            let told = session.query_one(told, &[]).await.unwrap();
            if told.get::<_, i64>(0) >= 4400 {
                break told.get(1);
            }
            assert!(begun.elapsed() < PATIENCE, "the server does not tell what it read");
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        assert!(read < 50_000, "4,400 facts took {read} reads");
    });
}

#[test]
fn bodies_are_packed_by_the_quickest_way_that_the_server_has() {
    run(async {
        let place = Place::postgres();
        let _hub = place.hub().await;
        let session = session(&place).await;
        let one = |sql: &'static str| session.query_one(sql, &[]);
        let has =
            one("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'");
        let has: bool = has.await.unwrap().get(0);
        let used = "SELECT attcompression = 'l' FROM pg_attribute
            WHERE attrelid = 'fact'::regclass AND attname = 'body'";
        let used: bool = one(used).await.unwrap().get(0);
        assert_eq!(used, has);
    });
}
