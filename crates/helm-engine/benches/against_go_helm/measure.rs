//! Our side: the same commands, steps and output as `benches/go-helm/main.go`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use helm_engine::values::parse_values;
use helm_engine::{
    Ambient, Capabilities, Chart, Data, KubeVersion, Limits, Release, RenderInput, Str, Timestamp,
    render,
};

use super::Result;

const ROUNDS: u32 = 7;
const ROUND_LENGTH: Duration = Duration::from_millis(120);

type Values = BTreeMap<Str, Data>;

/// The durations of one pass, or their sums.
#[derive(Clone, Copy, Default)]
struct Steps {
    load: Duration,
    values: Duration,
    render: Duration,
}

impl Steps {
    fn total(self) -> Duration {
        self.load + self.values + self.render
    }
}

/// Prints the nanoseconds of each step.
pub(super) fn times(chart: &str, values: &str, other: &str) -> Result<()> {
    let (archive, values) = (std::fs::read(chart)?, std::fs::read(values)?);
    let (best, bytes) = fresh(&archive, &values)?;
    let again = again(&archive, &std::fs::read(other)?)?;
    println!(
        "load={} values={} render={} again={} bytes={bytes}",
        best.load.as_nanos(),
        best.values.as_nanos(),
        best.render.as_nanos(),
        again.as_nanos()
    );
    Ok(())
}

/// Prints the most memory this process had, after one render.
pub(super) fn memory(chart: &str, values: &str) -> Result<()> {
    let (_, _, bytes) = pass(&std::fs::read(chart)?, &std::fs::read(values)?)?;
    println!("kib={} bytes={bytes}", peak_memory());
    Ok(())
}

/// Passes that begin with the archive.
fn fresh(archive: &[u8], values: &[u8]) -> Result<(Steps, usize)> {
    let mut best = Steps::default();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let (mut sum, mut count) = (Steps::default(), 0);
        while sum.total() < ROUND_LENGTH {
            let (one, _, written) = pass(archive, values)?;
            sum.load += one.load;
            sum.values += one.values;
            sum.render += one.render;
            bytes = written;
            count += 1;
        }
        let mean = Steps {
            load: sum.load / count,
            values: sum.values / count,
            render: sum.render / count,
        };
        if best.total().is_zero() || mean.total() < best.total() {
            best = mean;
        }
    }
    Ok((best, bytes))
}

/// Renders of a chart that is already loaded and was rendered before.
fn again(archive: &[u8], values: &[u8]) -> Result<Duration> {
    let (_, chart, _) = pass(archive, values)?;
    let user = parse_values(values)?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < ROUND_LENGTH {
            black_box(rendered(&chart, user.clone())?);
            count += 1;
        }
        best = best.min(start.elapsed() / count);
    }
    Ok(best)
}

fn pass(archive: &[u8], values: &[u8]) -> Result<(Steps, Chart, usize)> {
    let start = Instant::now();
    let chart = Chart::from_archive(archive).map_err(|error| helm_engine::chain(&error))?;
    let after_load = Instant::now();
    let user = parse_values(values)?;
    let after_values = Instant::now();
    let bytes = rendered(&chart, user)?;
    let steps = Steps {
        load: after_load - start,
        values: after_values - after_load,
        render: after_values.elapsed(),
    };
    Ok((steps, chart, bytes))
}

/// Renders and returns the bytes of the manifests.
fn rendered(chart: &Chart, values: Values) -> Result<usize> {
    let input = RenderInput {
        release: Release {
            name: "bench".into(),
            namespace: "default".into(),
            revision: 1,
            is_upgrade: false,
        },
        values,
        capabilities: Capabilities {
            kube_version: KubeVersion::parse("v1.34.0")?,
            ..Capabilities::default()
        },
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits::default(),
    };
    let rendered = render(chart, input).map_err(|error| error.text())?;
    let hooks = rendered.hooks.iter().map(|hook| &hook.manifest);
    Ok(rendered
        .manifests
        .iter()
        .chain(hooks)
        .map(|manifest| manifest.content.len())
        .sum())
}

/// The high-water mark of the resident set in KiB as Linux tells it, 0 elsewhere.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
