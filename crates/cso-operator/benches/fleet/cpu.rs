//! Reads how much processor time each part of the measurement took: there are few processors, and all share them.

use std::collections::BTreeMap;
use std::fmt;

/// Ticks per second of the times in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;
/// Index of `utime` in what follows the name of the program in `/proc/PID/stat`; `stime` is next. See proc(5).
const UTIME: usize = 11;

struct Process {
    parent: u32,
    name: String,
    seconds: f64,
}

/// All processes of this machine, by their number.
fn processes() -> BTreeMap<u32, Process> {
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: u32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
        // A process that is gone meanwhile is none of ours.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
        let process = Process {
            parent: fields[1].parse().unwrap(),
            name: name.to_owned(),
            seconds: (ticks(UTIME) + ticks(UTIME + 1)) / TICKS,
        };
        Some((pid, process))
    });
    entries.collect()
}

/// Processor seconds by process: this one, which is the operator, the front and the raw loop, and its servers.
pub(crate) struct Cpu(BTreeMap<u32, (String, f64)>);

impl Cpu {
    /// What was used so far.
    pub(crate) fn now() -> Self {
        let own = std::process::id();
        let all = processes();
        let parent = |pid: u32| all.get(&pid).map_or(0, |process| process.parent);
        // Servers run under a guardian each.
        let is_ours = |pid: u32| [pid, parent(pid), parent(parent(pid))].contains(&own);
        let ours = all.iter().filter(|(pid, _)| is_ours(**pid));
        Self(
            ours.map(|(pid, process)| (*pid, (process.name.clone(), process.seconds)))
                .collect(),
        )
    }

    /// What was used since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let used = self.0.iter().map(|(pid, (name, seconds))| {
            let until = before.0.get(pid).map_or(0.0, |(_, seconds)| *seconds);
            (*pid, (name.clone(), seconds - until))
        });
        Self(used.collect())
    }

    /// Seconds of all processes.
    pub(crate) fn total(&self) -> f64 {
        self.0.values().map(|(_, seconds)| seconds).sum()
    }
}

/// In the order in which they were started: the management cluster's servers first.
impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s:", self.total())?;
        for (name, seconds) in self.0.values().filter(|(_, seconds)| *seconds > 0.0) {
            write!(f, " {name} {seconds:.2}")?;
        }
        Ok(())
    }
}
