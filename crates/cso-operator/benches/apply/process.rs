//! Measures the program itself: how soon it is ready, and how much memory it holds with many stacks.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::release::Release;
use crate::scrape::{Figures, free_address, get};
use crate::world::{World, bed, source, wanting};

/// Stacks the program looks after while its memory is read.
pub(crate) const STACKS: usize = 100;
/// How often the program is started.
const STARTS: usize = 11;

/// What it costs to run the program.
pub(crate) struct Process {
    /// Seconds from its start until `/readyz` says so; the median of some starts.
    pub(crate) to_ready: f64,
    /// Resident memory in MiB once all stacks are ready.
    pub(crate) resident: f64,
    /// The part of it that is not the program's own file.
    pub(crate) anonymous: f64,
    /// Resident memory in MiB without any stack.
    pub(crate) empty: f64,
}

/// Starts the program often, then gives it [`STACKS`] stacks.
pub(crate) async fn measure() -> Process {
    let world = World::idle("process").await;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Program::start(&world).await.to_ready);
    }
    let program = Program::start(&world).await;
    Figures::settled(program.metrics).await;
    let empty = program.memory("VmRSS:");
    for number in 0..STACKS {
        let tag = format!("docker-stack{number}-1-36-v1");
        world.publish(&Release::small(&tag)).await;
        let mut spec = wanting(&[&tag]);
        spec["source"] = source(&world.registry.host());
        world.stack(&format!("stack{number}"), spec).await;
    }
    for number in 0..STACKS {
        world.ready(&format!("stack{number}")).await;
    }
    Figures::settled(program.metrics).await;
    Process {
        to_ready: crate::parts::median(starts),
        resident: program.memory("VmRSS:"),
        anonymous: program.memory("RssAnon:"),
        empty,
    }
}

/// A running program. Dropping it ends it.
pub(crate) struct Program {
    child: Child,
    pub(crate) metrics: std::net::SocketAddr,
    to_ready: f64,
    _releases: tempfile::TempDir,
}

impl Program {
    /// Starts the program and waits until it is ready.
    pub(crate) async fn start(world: &World) -> Self {
        let (health, metrics) = (free_address().await, free_address().await);
        let releases = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_cso-operator"))
            .env("KUBECONFIG", bed().await.kubeconfig_path())
            .arg(format!("--metrics-bind-address={metrics}"))
            .arg(format!("--health-probe-bind-address={health}"))
            .arg(format!("--release-dir={}", releases.path().display()))
            .arg(format!("--namespace={}", world.namespace))
            .arg("--leader-elect=false")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut program = Self {
            child,
            metrics,
            to_ready: 0.0,
            _releases: releases,
        };
        while get(health, "/readyz")
            .await
            .is_none_or(|(status, _)| status != 200)
        {
            assert!(
                program.child.try_wait().unwrap().is_none(),
                "the operator ended"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        program.to_ready = began.elapsed().as_secs_f64();
        program
    }

    /// Memory in MiB, as the kernel counts it.
    pub(crate) fn memory(&self, part: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(part)).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A program that ended already cannot be ended again.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
