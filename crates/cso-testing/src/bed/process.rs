//! Decides that no process of a test bed outlives its owner, however the owner ends.
//!
//! Each program runs under a small shell that holds the read end of a pipe. The owner holds the write end: when it drops
//! it, panics, is interrupted or killed, the kernel closes the pipe, the shell reads the end of input and kills the
//! program. When the program ends by itself, the shell ends with its status.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::Error;

/// Lines of a log that an error shows.
const LAST_LINES: usize = 20;

/// `$@` is the program. The watcher closes its copies of everything but the pipe, so that no reader of the log waits.
const GUARDIAN: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
( read -r _ <&3; kill -KILL "$program" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&- </dev/null
wait "$program"
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
"#;

/// A running program. Dropping it kills it at once, and so does the end of its owner.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    log: PathBuf,
    guardian: Child,
    /// Open as long as the program may live.
    pipe: Option<ChildStdin>,
}

impl Process {
    /// Starts the program with its output in `<dir>/<name>.log`.
    pub(super) fn start(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        dir: &Path,
    ) -> Result<Self, Error> {
        Self::start_in(name, program, arguments, dir, &[])
    }

    /// The same, with variables added to the environment.
    ///
    /// # Errors
    /// The program cannot be started, or its log not be written.
    pub fn start_in(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        dir: &Path,
        environment: &[(&str, String)],
    ) -> Result<Self, Error> {
        let log = dir.join(format!("{name}.log"));
        let io = |source| Error::Start { name, source };
        let output = File::create(&log).map_err(io)?;
        let mut guardian = guardian(GUARDIAN)
            .arg(program)
            .args(arguments)
            .current_dir(dir)
            .env("OTEL_TRACES_EXPORTER", "none")
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdout(output.try_clone().map_err(io)?)
            .stderr(output)
            .spawn()
            .map_err(io)?;
        let pipe = guardian.stdin.take();
        Ok(Self {
            name,
            log,
            guardian,
            pipe,
        })
    }

    /// An error with the last lines of the log when the program has ended.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        match self.guardian.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Error::Ended {
                name: self.name,
                status,
                log: self.log.clone(),
                lines: self.last_lines(),
            }),
            Err(source) => Err(Error::Start {
                name: self.name,
                source,
            }),
        }
    }

    /// The end of the log, for an error message.
    pub fn last_lines(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The file of its output.
    pub fn log(&self) -> &Path {
        &self.log
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // The guardian ends right after its program; nobody is left to hear of a failed wait.
        drop(self.guardian.wait());
    }
}

/// Removes a folder when its owner ends: processes of a `static` bed end with the test binary, which drops nothing.
#[derive(Debug)]
pub(super) struct Sweeper {
    guardian: Child,
    pipe: Option<ChildStdin>,
}

/// The programs die at the same moment as the sweeper wakes up and may still write: removing is repeated.
const SWEEPER: &str = r#"
read -r _
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" 2>/dev/null
  [ -e "$1" ] || exit 0
  sleep 0.2
done
"#;

impl Sweeper {
    pub(super) fn start(dir: &Path) -> Result<Self, Error> {
        let mut guardian = guardian(SWEEPER)
            .arg(dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::Start {
                name: "sweeper",
                source,
            })?;
        let pipe = guardian.stdin.take();
        Ok(Self { guardian, pipe })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.pipe.take());
        drop(self.guardian.wait());
    }
}

/// A shell in its own process group: Ctrl-C reaches the owner alone.
fn guardian(script: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script, "testbed-guardian"])
        .stdin(Stdio::piped())
        .process_group(0);
    command
}
