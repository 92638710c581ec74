//! Decides what a person sees while a program is fetched: a spinner with the elapsed time, or plain lines in a log.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Asset;

/// How often a log without a terminal hears that the work goes on.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Writes one line to standard error. The test runner captures `eprintln!`; this must be seen while a test waits.
pub(crate) fn say(line: &str) {
    // Nothing depends on this line: when standard error is closed nobody can be told.
    drop(writeln!(std::io::stderr(), "testbed: {line}"));
}

/// The report on one program.
pub(super) struct Progress {
    asset: Asset,
    started: Instant,
    spinner: ProgressBar,
    heartbeat: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(super) fn start(asset: Asset) -> Self {
        let started = Instant::now();
        let (spinner, heartbeat) = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]");
            let spinner = ProgressBar::new_spinner()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
                .with_message(format!("{} {}", asset.name(), asset.version()));
            spinner.enable_steady_tick(Duration::from_millis(120));
            (spinner, None)
        } else {
            (ProgressBar::hidden(), Some(heartbeat(asset, started)))
        };
        let progress = Self {
            asset,
            started,
            spinner,
            heartbeat,
        };
        progress.note("not in the cache, trying the official download");
        progress
    }

    /// Says what happens now.
    pub(super) fn note(&self, text: &str) {
        let text = format!("{} {}: {text}", self.asset.name(), self.asset.version());
        if self.spinner.is_hidden() {
            say(&text);
        } else {
            self.spinner.set_message(text);
        }
    }

    /// Says how it ended.
    pub(super) fn finish(&self, text: &str) {
        let text = format!("{text} after {} s", self.started.elapsed().as_secs());
        self.spinner.finish_and_clear();
        say(&format!(
            "{} {}: {text}",
            self.asset.name(),
            self.asset.version()
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
        if let Some((stop, thread)) = self.heartbeat.take() {
            drop(stop);
            drop(thread.join());
        }
    }
}

fn heartbeat(asset: Asset, started: Instant) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = channel::<()>();
    let thread = std::thread::spawn(move || {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            say(&format!(
                "{}: still working, {} s so far",
                asset.name(),
                started.elapsed().as_secs()
            ));
        }
    });
    (stop, thread)
}
