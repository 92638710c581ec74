//! The table: times of both sides, how many times faster or smaller ours is, and whether that reaches the goal.

use std::time::Duration;

use super::Result;

/// The steps of one render as a bench program measured them.
pub(super) struct Times {
    /// The archive becomes a chart.
    pub(super) load: Duration,
    /// The user's file becomes values.
    pub(super) values: Duration,
    /// Chart and values become manifests; the first render of a chart parses its templates.
    pub(super) render: Duration,
    /// Another render of the same chart.
    pub(super) again: Duration,
    /// Bytes of the manifests.
    pub(super) bytes: u64,
}

impl Times {
    fn total(&self) -> Duration {
        self.load + self.values + self.render
    }
}

/// The figures of one side.
pub(super) struct Side {
    pub(super) times: Times,
    /// Peak memory in KiB.
    pub(super) memory: u64,
    /// `template` as a process.
    pub(super) process: Duration,
}

/// A chart on both sides.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) ours: Side,
    pub(super) go: Side,
}

/// Charts whose output is larger are no small charts: a process spends its time on them, not on starting.
const SMALL: u64 = 50_000;

/// Prints the table in Markdown.
///
/// # Errors
/// The sides rendered different things, so that there is nothing to compare.
pub(super) fn print(rows: &[Row]) -> Result<()> {
    println!("| chart and step | ours | Go Helm | ratio | goal | |");
    println!("|---|--:|--:|--:|--:|---|");
    for Row { name, ours, go } in rows {
        if ours.times.bytes != go.times.bytes {
            return Err(format!(
                "{name}: this engine rendered {} bytes, Go Helm {}",
                ours.times.bytes, go.times.bytes
            )
            .into());
        }
        println!(
            "| **{name}** ({} KiB out) | | | | | |",
            ours.times.bytes / 1024
        );
        let (a, b) = (&ours.times, &go.times);
        time("load", a.load, b.load, None);
        time("values", a.values, b.values, None);
        time("render", a.render, b.render, None);
        time("total", a.total(), b.total(), Some(10.0));
        time("render again", a.again, b.again, Some(20.0));
        let small = (a.bytes < SMALL).then_some(20.0);
        time("process", ours.process, go.process, small);
        let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let ratio = go.memory as f64 / ours.memory as f64;
        line(
            "peak memory",
            &mib(ours.memory),
            &mib(go.memory),
            ratio,
            Some(2.0),
        );
    }
    Ok(())
}

fn time(step: &str, ours: Duration, go: Duration, goal: Option<f64>) {
    let shown = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
    let ratio = go.as_secs_f64() / ours.as_secs_f64();
    line(step, &shown(ours), &shown(go), ratio, goal);
}

fn line(step: &str, ours: &str, go: &str, ratio: f64, goal: Option<f64>) {
    let (goal, verdict) = match goal {
        None => (String::new(), ""),
        Some(goal) if ratio >= goal => (format!("≥ {goal}"), "reached"),
        Some(goal) => (format!("≥ {goal}"), "missed"),
    };
    println!("| {step} | {ours} | {go} | {ratio:.1} | {goal} | {verdict} |");
}
