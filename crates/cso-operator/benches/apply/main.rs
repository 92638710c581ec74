//! How fast the operator applies a release, against the raw rate of the same API server, and what it costs to run.
//!
//! `make bench`. Prints one table; a goal that is missed is told there, only a failed measurement ends with an error.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people; a measurement that fails is of no use"
)]

mod objects;
mod operator;
mod parts;
mod process;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod raw;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/apiserver/release.rs"]
mod release;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod scrape;
mod table;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/apiserver/world.rs"]
mod world;

use tikv_jemallocator::Jemalloc;

use crate::parts::{asked, median};
use crate::table::{Goal, Table};

/// How often each rate is measured; medians are compared. An API server that shares its processors is now and then twice as
/// fast as in the round before.
const ROUNDS: usize = 11;

/// What ships.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() {
    let mut table = Table::new();
    if asked("apply") {
        rates(&mut table).await;
    }
    if asked("process") {
        costs(&mut table).await;
    }
    table.print();
}

/// How fast a large release is applied, and with how many requests.
async fn rates(table: &mut Table) {
    let mut raw = raw::Rates::new(&raw::CONCURRENCIES);
    let mut applied = Vec::new();
    for round in 0..ROUNDS {
        println!("round {} of {ROUNDS}", round + 1);
        for concurrency in raw::CONCURRENCIES {
            let target = namespace(&format!("raw-{round}-{concurrency}")).await;
            raw.measure(concurrency, vec![target]).await;
        }
        println!("  raw: {raw:.0?} objects/s by concurrency");
        applied.push(operator::apply(round).await);
    }
    let (concurrency, raw) = raw.best();
    let rate = median(applied.iter().map(|one| one.rate).collect());
    let requests = median(applied.iter().map(|one| one.requests_per_object).collect());
    let idle = applied.iter().map(|one| one.idle_requests).sum::<f64>();
    let ready = median(applied.iter().map(|one| one.to_ready).collect());
    table.say(
        format!("raw apply, best of all concurrencies ({concurrency})"),
        raw,
        "objects/s",
    );
    table.say(
        format!("operator, release of {} objects", objects::COUNT),
        rate,
        "objects/s",
    );
    table.goal(
        "operator to raw",
        100.0 * rate / raw,
        "%",
        Goal::AtLeast(90.0),
    );
    table.goal("requests per object", requests, "", Goal::AtMost(1.05));
    table.goal(
        format!(
            "requests while nothing changes ({} s)",
            operator::IDLE.as_secs()
        ),
        idle,
        "",
        Goal::AtMost(0.0),
    );
    table.say("ClusterStack applied to Ready", 1000.0 * ready, "ms");
}

/// A new namespace, to be given the objects of the release.
async fn namespace(prefix: &str) -> raw::Target {
    let bed = world::bed().await;
    let namespace = bed.namespace(prefix).await.unwrap();
    raw::Target {
        client: bed.client().await.unwrap(),
        namespace: namespace.name().to_owned(),
        objects: objects::objects(),
        kept: Some(namespace),
    }
}

/// What it costs to run the program.
async fn costs(table: &mut Table) {
    println!("the process");
    let process = process::measure().await;
    table.goal(
        "process start to ready",
        1000.0 * process.to_ready,
        "ms",
        Goal::AtMost(100.0),
    );
    table.say("resident without stacks", process.empty, "MiB");
    table.say(
        format!("anonymous with {} stacks", process::STACKS),
        process.anonymous,
        "MiB",
    );
    table.goal(
        format!("resident with {} stacks", process::STACKS),
        process.resident,
        "MiB",
        Goal::AtMost(15.0),
    );
}
