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

use crate::operator::{Applied, Round};
use crate::parts::{asked, median};
use crate::table::{Goal, Table};

/// How often the operator is compared with the raw loop.
const ROUNDS: usize = 15;
/// How often each concurrency is tried.
const TRIALS: usize = 2;

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
///
/// The machine may be half as fast from one second to the next, so each round of the operator is compared with the round of
/// the raw loop before it. What a round leaves is gone before the next begins: its removal takes the API server's time.
async fn rates(table: &mut Table) {
    let concurrency = best_concurrency().await;
    let (mut raw, mut applied, mut idle) = (Vec::new(), Vec::new(), None);
    for round in 0..ROUNDS {
        raw.push(raw_round(&format!("raw-{round}"), concurrency).await);
        let own = Round::begin(round).await;
        let one = own.apply().await;
        if idle.is_none() {
            idle = Some(own.idle_requests().await);
        }
        own.end().await;
        println!(
            "round {} of {ROUNDS}: raw {:.0}, operator {:.0} objects/s",
            round + 1,
            raw[round],
            one.rate
        );
        applied.push(one);
    }
    let shares = raw.iter().zip(&applied);
    let shares = shares.map(|(raw, one)| 100.0 * one.rate / raw).collect();
    let figure = |figure: fn(&Applied) -> f64| median(applied.iter().map(figure).collect());
    table.say(
        format!("raw apply, at the best concurrency ({concurrency})"),
        median(raw),
        "objects/s",
    );
    table.say(
        format!("operator, release of {} objects", objects::COUNT),
        figure(|one| one.rate),
        "objects/s",
    );
    table.goal(
        format!("operator to raw, median of {ROUNDS} pairs"),
        median(shares),
        "%",
        Goal::AtLeast(90.0),
    );
    let requests = figure(|one| one.requests_per_object);
    table.goal("requests per object", requests, "", Goal::AtMost(1.05));
    let seconds = operator::IDLE.as_secs();
    let quiet = format!("requests while nothing changes ({seconds} s)");
    table.goal(quiet, idle.unwrap_or_default(), "", Goal::AtMost(0.0));
    let ready = figure(|one| one.to_ready);
    table.say("ClusterStack applied to Ready", 1000.0 * ready, "ms");
}

/// The concurrency at which the raw loop is fastest.
async fn best_concurrency() -> usize {
    let mut rates = raw::Rates::new(&raw::CONCURRENCIES);
    for trial in 0..TRIALS {
        for concurrency in raw::CONCURRENCIES {
            let prefix = format!("trial-{trial}-{concurrency}");
            rates.add(concurrency, raw_round(&prefix, concurrency).await);
        }
    }
    println!("raw: {rates:.0?} objects/s by concurrency");
    rates.best().0
}

/// The rate of one round of the raw loop, in objects per second.
async fn raw_round(prefix: &str, concurrency: usize) -> f64 {
    let bed = world::bed().await;
    let namespace = bed.namespace(prefix).await.unwrap();
    let name = namespace.name().to_owned();
    let target = raw::Target {
        client: bed.client().await.unwrap(),
        namespace: name.clone(),
        objects: objects::objects(),
    };
    let rate = raw::rate(&[target], concurrency).await;
    drop(namespace);
    operator::removed(&name).await;
    rate
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
