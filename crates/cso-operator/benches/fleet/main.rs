//! How the add-ons of many clusters are applied, against the raw rate of the same API servers, and what they cost to keep.
//!
//! Prints one table, as the benchmark `apply` does; `cargo bench --bench fleet -- rates`, `isolation`,
//! `hooks` or `memory` for a part.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people; a measurement that fails is of no use"
)]

mod clusters;
mod cpu;
mod front;
mod hooks;
mod objects;
mod operator;
#[path = "../apply/parts.rs"]
mod parts;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
#[path = "../apply/process.rs"]
mod process;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
#[path = "../apply/raw.rs"]
mod raw;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/apiserver/release.rs"]
mod release;
#[allow(dead_code, reason = "the other benchmark uses all of it")]
#[path = "../apply/scrape.rs"]
mod scrape;
mod site;
#[path = "../apply/table.rs"]
mod table;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/apiserver/world.rs"]
mod world;

use tikv_jemallocator::Jemalloc;

use crate::clusters::Fleet;
use crate::cpu::Cpu;
use crate::objects::{COUNT, Values};
use crate::operator::{Run, Running};
use crate::parts::{asked, median};
use crate::process::Program;
use crate::raw::Target;
use crate::scrape::Figures;
use crate::site::Site;
use crate::table::{Goal, Table};
use crate::world::World;

/// Clusters of a round.
const CLUSTERS: usize = 100;
/// The largest fleet.
const MANY: usize = 1_000;
/// How often rates are measured; medians are compared.
const ROUNDS: usize = 3;
/// How often a cluster is installed beside one that does not answer, and alone.
const PAIRS: usize = 7;
/// Concurrencies of the raw loop.
const CONCURRENCIES: [usize; 2] = [32, 128];

/// What ships.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() {
    let mut table = Table::new();
    let mut site = Site::start().await;
    if asked("rates") {
        rates(&mut site, &mut table).await;
    }
    if asked("isolation") {
        isolation(&mut site, &mut table).await;
    }
    if asked("hooks") {
        hooks(&mut site, &mut table).await;
    }
    if asked("memory") {
        memory(&mut site, &mut table).await;
    }
    table.print();
}

/// How fast the add-ons of a fleet are applied, and with how many requests and renders.
async fn rates(site: &mut Site, table: &mut Table) {
    let mut raw = raw::Rates::new(&CONCURRENCIES);
    let mut own: Vec<Run> = Vec::new();
    for round in 0..ROUNDS {
        println!("round {} of {ROUNDS}", round + 1);
        for concurrency in CONCURRENCIES {
            let targets = targets(site).await;
            let before = Cpu::now();
            raw.add(concurrency, raw::rate(&targets, concurrency).await);
            println!(
                "  raw, {concurrency} at once: {}",
                Cpu::now().since(&before)
            );
        }
        println!("  raw: {raw:.0?} objects/s by concurrency");
        own.push(operator::fleet(site, &format!("own-{round}"), CLUSTERS, Values::Own).await);
    }
    println!("equal values");
    let equal = operator::fleet(site, "equal", CLUSTERS, Values::Equal).await;
    let middle = |figure: fn(&Run) -> f64| median(own.iter().map(figure).collect());
    let (concurrency, raw) = raw.best();
    let rate = middle(|run| run.rate);
    table.say(
        format!("raw apply, best of all concurrencies ({concurrency})"),
        raw,
        "objects/s",
    );
    table.say(
        format!("operator, {CLUSTERS} clusters of {COUNT} objects"),
        rate,
        "objects/s",
    );
    table.goal(
        "operator to raw",
        100.0 * rate / raw,
        "%",
        Goal::AtLeast(85.0),
    );
    table.goal(
        "requests per object",
        middle(|run| run.requests_per_object),
        "",
        Goal::AtMost(1.05),
    );
    table.say("  of these writes", middle(|run| run.writes_per_object), "");
    let idle = own
        .iter()
        .chain([&equal])
        .map(|run| run.idle_requests)
        .sum();
    let seconds = operator::IDLE.as_secs();
    table.goal(
        format!("requests while nothing changes ({seconds} s)"),
        idle,
        "",
        Goal::AtMost(0.0),
    );
    table.say(
        "renders, each cluster with its own values",
        middle(|run| run.renders),
        "",
    );
    table.goal(
        "renders, all clusters with the same values",
        equal.renders,
        "",
        Goal::AtMost(1.0),
    );
}

/// As many clusters as a fleet has, for the raw loop.
async fn targets(site: &mut Site) -> Vec<Target> {
    let mut targets = Vec::new();
    for (number, inside) in site.clusters(CLUSTERS).await.into_iter().enumerate() {
        targets.push(Target {
            client: inside.client().await,
            namespace: "kube-system".to_owned(),
            objects: objects::objects(&format!("c{number}")),
        });
    }
    targets
}

/// How long a cluster takes alone, and beside one that does not answer.
async fn isolation(site: &mut Site, table: &mut Table) {
    println!("isolation");
    let running = Running::start("isolation", Values::Own).await;
    let mut fleet = Fleet::new(&running.world, operator::TAG);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let names = fleet.join(&site.clusters(1).await).await;
        alone.extend(fleet.run(&names, &names).await);
        let mut pair = site.clusters(1).await;
        pair.push(site.hole().await);
        let names = fleet.join(&pair).await;
        beside.extend(fleet.run(&names, &names[..1]).await);
    }
    running.stop().await;
    let (alone, beside) = (median(alone), median(beside));
    table.say("a cluster alone, until ready", 1000.0 * alone, "ms");
    table.say(
        "the same beside one that never answers",
        1000.0 * beside,
        "ms",
    );
    table.goal("ratio", beside / alone, "", Goal::AtMost(1.1));
}

/// How soon hooks are answered.
async fn hooks(site: &mut Site, table: &mut Table) {
    println!("hooks");
    let times = hooks::measure(site, CLUSTERS).await;
    table.say("a hook is answered, median", times.median, "ms");
    table.goal(
        "a hook is answered, 99 of 100",
        times.p99,
        "ms",
        Goal::AtMost(5.0),
    );
}

/// What the program holds of memory for its fleet.
async fn memory(site: &mut Site, table: &mut Table) {
    println!("memory");
    let world = World::idle("memory").await;
    operator::publish(&world, Values::Own).await;
    let program = Program::start(&world).await;
    operator::want(&world).await;
    let mut fleet = Fleet::new(&world, operator::TAG);
    for count in [CLUSTERS, MANY - CLUSTERS] {
        let names = fleet.join(&site.clusters(count).await).await;
        fleet.run(&names, &names).await;
        Figures::settled(program.metrics).await;
        let all = if count == CLUSTERS { CLUSTERS } else { MANY };
        for (what, part) in [("resident", "VmRSS:"), ("anonymous", "RssAnon:")] {
            let figure = program.memory(part);
            table.say(format!("{what} with {all} clusters"), figure, "MiB");
        }
    }
}
