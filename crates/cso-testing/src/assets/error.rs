//! Decides what is said when a test binary cannot be had.

use std::path::PathBuf;

/// Why a program of the test bed is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file operation failed.
    #[error("failed to {action} {path:?}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// No home for the cache.
    #[error("failed to find a cache folder: set CSO_TESTBED_CACHE, XDG_CACHE_HOME or HOME")]
    NoCache,
    /// A variable names a file that is not there.
    #[error("{variable} names {path:?}, which is not a file")]
    Variable {
        /// The environment variable.
        variable: String,
        /// Its value.
        path: PathBuf,
    },
    /// A program could not be started.
    #[error("failed to start {program:?}")]
    Start {
        /// The program.
        program: String,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A program ended with an error.
    #[error("{command} failed ({status}):\n{stderr}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The last lines it wrote.
        stderr: String,
    },
    /// Go is missing or its answer is not understood.
    #[error("failed to read the answer of `{command}`: {reason}")]
    Go {
        /// The command line.
        command: String,
        /// What was expected.
        reason: String,
    },
    /// A source that has to be changed is not the expected one.
    #[error(
        "{path:?} does not open its ports as known: the change that lets test beds stand side by side must be reviewed for this version"
    )]
    Source {
        /// The file.
        path: PathBuf,
    },
    /// There is no official build for this machine.
    #[error("{asset} is not published for {platform}")]
    NotPublished {
        /// The program.
        asset: &'static str,
        /// Operating system and architecture.
        platform: String,
    },
    /// Downloads are off.
    #[error("downloads are switched off by CSO_TESTBED_OFFLINE")]
    Offline,
    /// An earlier download of this run did not reach its host.
    #[error("the hosts of official downloads are not reachable")]
    Unreachable,
    /// The downloaded file is not what its publisher announced.
    #[error("checksum of {url} is {actual}, its publisher says {expected}")]
    Checksum {
        /// Where it came from.
        url: String,
        /// The publisher's sha256.
        expected: String,
        /// The sha256 of the file.
        actual: String,
    },
    /// The archive lacks the program.
    #[error("{url} holds no {asset}")]
    Archive {
        /// Where it came from.
        url: String,
        /// The program.
        asset: &'static str,
    },
    /// The program answers with another version.
    #[error("{asset} should be {expected}, but says {answer:?}")]
    Version {
        /// The program.
        asset: &'static str,
        /// The pin.
        expected: &'static str,
        /// What it printed.
        answer: String,
    },
    /// Neither download nor build worked.
    #[error(
        "failed to get {asset} {version}: no download ({download}) and no build; install Go 1.26 or set KUBEBUILDER_ASSETS"
    )]
    Unavailable {
        /// The program.
        asset: &'static str,
        /// The pin.
        version: &'static str,
        /// Why it could not be downloaded.
        download: Box<Error>,
        /// Why it could not be built.
        #[source]
        build: Box<Error>,
    },
}
