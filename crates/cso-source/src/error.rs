//! Decides what can go wrong with a source, what to call it in a condition, and when trying again makes sense.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use cluster_stack::{BundleError, Digest};

use crate::dependencies::DependencyError;

/// When another attempt makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not before somebody changes something: the configuration, the credentials, the release.
    OnChange,
    /// After this time: the other side said so, or the wait has a known end.
    After(Duration),
    /// Soon, and then ever later: the fault is likely to pass.
    Backoff,
}

/// Why a source could not answer. Messages name the object, the cause and what to do; they never hold a credential,
/// a time or anything else that changes between two attempts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The description of the source makes no sense.
    #[error("the source is not usable: {problem}")]
    Config {
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// No or wrong credentials.
    #[error("{what}: not authorized: check the credentials of the source ({detail})")]
    Unauthorized {
        /// What was asked for.
        what: String,
        /// What the server said.
        detail: String,
    },
    /// Credentials are good, permission is lacking.
    #[error(
        "{what}: access denied: the credentials lack permission to read the repository ({detail})"
    )]
    Forbidden {
        /// What was asked for.
        what: String,
        /// What the server said.
        detail: String,
    },
    /// The tag, repository or file is not there.
    #[error("{what}: not found: publish the release or correct its name")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The server asks for patience.
    #[error("{what}: the server limits the rate of requests")]
    RateLimited {
        /// What was asked for.
        what: String,
        /// How long to wait, if the server said.
        retry_after: Option<Duration>,
    },
    /// No connection, or it broke.
    #[error("{what}: cannot be reached: check address, network and certificates")]
    Unreachable {
        /// What was asked for.
        what: String,
        /// What the HTTP client says.
        source: reqwest::Error,
    },
    /// The server fails.
    #[error("{what}: the server answered with status {status} ({detail})")]
    Server {
        /// What was asked for.
        what: String,
        /// HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The server is too slow.
    #[error("{what}: no complete answer within {limit:?}")]
    Timeout {
        /// What was asked for.
        what: String,
        /// The deadline of the call.
        limit: Duration,
    },
    /// The server sends us where we do not go.
    #[error("{what}: the server points to \"{target}\", which is not followed: {reason}")]
    Redirect {
        /// What was asked for.
        what: String,
        /// Where it pointed.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// Content is not what its digest or size says.
    #[error(
        "{what}: expected {expected}, got {found}: the content was corrupted or tampered with: look at what lies between here and the source, or publish the release again"
    )]
    DigestMismatch {
        /// What was read.
        what: String,
        /// Digest or size that was announced.
        expected: String,
        /// Digest or size of what came.
        found: String,
    },
    /// More than a release can need.
    #[error("{what}: larger than the limit of {limit} {unit}: publish a smaller one")]
    TooLarge {
        /// What was read.
        what: String,
        /// The limit.
        limit: u64,
        /// What is counted: bytes, files, tags, pages.
        unit: &'static str,
    },
    /// The answer is not what the protocol says it is.
    #[error("{what}: {problem}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The tag holds other content than the one that was pinned.
    #[error(
        "tag {tag} moved from {pinned} to {found}: publish changes under a new version, or delete the ClusterStackRelease to accept the new content"
    )]
    TagMoved {
        /// The tag.
        tag: String,
        /// What was pulled first.
        pinned: Box<Digest>,
        /// What the tag holds now.
        found: Box<Digest>,
    },
    /// A release was to be published under a tag that holds another one.
    #[error(
        "tag {tag} is published already as {published}, and yours is {yours}: published releases never change, publish yours under a new version"
    )]
    TagTaken {
        /// The tag.
        tag: String,
        /// What the registry has.
        published: Box<Digest>,
        /// What was to be published.
        yours: Box<Digest>,
    },
    /// The files are no release.
    #[error("the release is not usable")]
    Bundle(#[source] Box<BundleError>),
    /// A chart needs another one that the release does not ship and that could not be had.
    #[error("chart {chart} depends on {dependency} from {repository}")]
    Dependency {
        /// The chart that declares it.
        chart: String,
        /// Name and range of the dependency.
        dependency: String,
        /// Where it should be; without credentials.
        repository: String,
        /// Why not.
        source: Box<DependencyError>,
    },
    /// The local disk fails.
    #[error("failed to {action} \"{}\"", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The name of the kind of error: the reason of a condition, the label of a metric.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Config { .. } => "InvalidSource",
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Forbidden { .. } => "Forbidden",
            Self::NotFound { .. } => "NotFound",
            Self::RateLimited { .. } => "RateLimited",
            Self::Unreachable { .. } => "Unreachable",
            Self::Server { .. } => "ServerError",
            Self::Timeout { .. } => "Timeout",
            Self::Redirect { .. } => "RedirectRefused",
            Self::DigestMismatch { .. } => "DigestMismatch",
            Self::TooLarge { .. } => "TooLarge",
            Self::Malformed { .. } => "Malformed",
            Self::TagMoved { .. } => "TagMoved",
            Self::TagTaken { .. } => "TagTaken",
            Self::Bundle(_) => "InvalidRelease",
            Self::Dependency { source, .. } => source.category(),
            Self::Disk { .. } => "DiskFailed",
        }
    }

    /// When another attempt makes sense.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Config { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::TagMoved { .. }
            | Self::TagTaken { .. }
            | Self::Bundle(_) => Retry::OnChange,
            // Secrets rotate and releases get published without an event for us.
            Self::Unauthorized { .. } | Self::Forbidden { .. } | Self::NotFound { .. } => {
                Retry::After(Duration::from_mins(1))
            }
            Self::Dependency { source, .. } => source.retry(),
            Self::RateLimited {
                retry_after: Some(wait),
                ..
            } => Retry::After(*wait),
            // A wrong digest is more often a proxy that cut the body than an attack.
            Self::RateLimited { .. }
            | Self::Unreachable { .. }
            | Self::Server { .. }
            | Self::Timeout { .. }
            | Self::DigestMismatch { .. }
            | Self::Malformed { .. }
            | Self::Disk { .. } => Retry::Backoff,
        }
    }

    /// Whether the same call may succeed within seconds.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_builder() && !source.is_redirect(),
            Self::RateLimited { .. } | Self::Timeout { .. } | Self::DigestMismatch { .. } => true,
            Self::Server { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
