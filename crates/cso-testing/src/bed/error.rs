//! Decides what is said when a test bed does not come up.

use std::path::PathBuf;
use std::time::Duration;

use crate::assets;

/// Why there is no test bed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is missing.
    #[error("failed to find the programs of the test bed")]
    Asset(#[source] assets::Error),
    /// A program did not start.
    #[error("failed to start {name}")]
    Start {
        /// The program.
        name: &'static str,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A program ended too early.
    #[error("{name} ended ({status}); the last lines of {log:?}:\n{lines}")]
    Ended {
        /// The program.
        name: &'static str,
        /// How it ended.
        status: std::process::ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The end of the log.
        lines: String,
    },
    /// A program did not become ready.
    #[error(
        "{name} is not ready after {deadline:?} ({reason}); the last lines of {log:?}:\n{lines}"
    )]
    NotReady {
        /// The program.
        name: &'static str,
        /// How long it was given.
        deadline: Duration,
        /// What it answered last.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The end of the log.
        lines: String,
    },
    /// A file of the bed could not be written.
    #[error("failed to write the test bed's files in {dir:?}")]
    Files {
        /// The folder of the bed.
        dir: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A certificate could not be made.
    #[error("failed to make the certificate of {name}")]
    Certificate {
        /// Its common name.
        name: &'static str,
        /// The reason.
        #[source]
        source: rcgen::Error,
    },
    /// The client could not be made.
    #[error("failed to make a client from the test bed's kubeconfig")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An object could not be written.
    #[error("failed to {action} {object}")]
    Api {
        /// What was tried, as a verb.
        action: &'static str,
        /// Kind and name.
        object: String,
        /// The answer.
        #[source]
        source: Box<kube::Error>,
    },
    /// A custom resource definition was not accepted in time.
    #[error("custom resource definitions are not established after {deadline:?}: {names}")]
    NotEstablished {
        /// How long they were given.
        deadline: Duration,
        /// Those still missing.
        names: String,
    },
    /// A definition file cannot be read.
    #[error("failed to read the custom resource definitions of Cluster API in {path:?}: {reason}")]
    Definitions {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
