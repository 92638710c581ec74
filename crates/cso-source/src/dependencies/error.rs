//! Decides why a dependency of a chart could not be had, and what is to be done about it.

use cluster_stack::Digest;
use helm_engine::repository::{IndexError, WantedError};

use crate::error::{Error, Retry};

/// Why a dependency could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// Repositories may not be asked.
    #[error(
        "fetching charts is turned off (--no-remote-dependencies): vendor the chart with csctl create --vendor-dependencies, add a folder that has it (--chart-mirror <repository>=file:///<folder>), or allow it"
    )]
    Forbidden,
    /// The chart says not where the dependency is.
    #[error("it is not in charts/, and no repository is declared: vendor it or declare one")]
    NoRepository,
    /// The repository is none that can be asked.
    #[error(
        "the repository cannot be used: {problem}: vendor the chart, correct the repository or add a mirror"
    )]
    Unusable {
        /// What is wrong with it.
        problem: String,
    },
    /// The chart's declarations or its lock file are wrong.
    #[error("its declarations cannot be used")]
    Declaration(#[source] WantedError),
    /// The repository has no such chart, or no version of it that will do.
    #[error(
        "no version satisfies that; there are: {found}: correct the range or add the chart to the repository"
    )]
    NoVersion {
        /// The versions there are, some of the newest; a word if there are none.
        found: String,
    },
    /// The repository, or an archive of its index, is not there.
    #[error("{what} does not exist: correct the repository or add a mirror")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The repository does not know us, or does not let us in.
    #[error(
        "{what}: access denied ({detail}): give credentials for this host (--chart-credentials), correct those of the operator's own registry if it is that, or vendor the chart"
    )]
    Denied {
        /// What was asked for.
        what: String,
        /// What the server said.
        detail: String,
    },
    /// The repository cannot be read, now or at all.
    #[error("the chart could not be fetched")]
    Fetch(#[source] Box<Error>),
    /// The repository is none.
    #[error("correct the repository or add a mirror")]
    Index(#[source] IndexError),
    /// The archive is not the one that the index announces.
    #[error(
        "the index of the repository announces an archive with digest {expected}, what came has {found}: it was corrupted or tampered with"
    )]
    DigestMismatch {
        /// What the index says.
        expected: String,
        /// What came.
        found: Digest,
    },
    /// The repository has another archive under the version that was fetched first.
    #[error(
        "the archive changed from {pinned} to {found} under the same version: restore the chart in the repository, or delete the ClusterStackRelease to accept the new content"
    )]
    Moved {
        /// What was fetched first.
        pinned: Box<Digest>,
        /// What the repository has now.
        found: Box<Digest>,
    },
    /// What came is not the chart that was asked for.
    #[error("what came is not this chart: {problem}: correct the repository")]
    NotAChart {
        /// What it is instead.
        problem: String,
    },
    /// Charts that need charts that need charts.
    #[error(
        "dependencies are nested deeper than {depth} levels, or are more than {charts}: vendor them"
    )]
    TooMany {
        /// Levels allowed.
        depth: usize,
        /// Charts allowed.
        charts: usize,
    },
}

impl DependencyError {
    /// A failed read of a repository.
    pub(super) fn fetch(error: Error) -> Self {
        match error {
            Error::NotFound { what } => Self::NotFound { what },
            Error::Unauthorized { what, detail } | Error::Forbidden { what, detail } => {
                Self::Denied { what, detail }
            }
            error => Self::Fetch(Box::new(error)),
        }
    }

    /// None of these versions will do.
    pub(super) fn no_version<'a>(versions: impl IntoIterator<Item = &'a str>) -> Self {
        let shown: Vec<&str> = versions.into_iter().take(10).collect();
        let found = match shown.as_slice() {
            [] => "none".to_owned(),
            shown => shown.join(", "),
        };
        Self::NoVersion { found }
    }

    /// The name of the kind of error: the label of a metric.
    pub(crate) fn category(&self) -> &'static str {
        match self {
            Self::Forbidden => "DependencyForbidden",
            Self::NoRepository | Self::Unusable { .. } | Self::Declaration(_) => {
                "DependencyUndeclared"
            }
            Self::NoVersion { .. } | Self::NotFound { .. } => "DependencyNotFound",
            Self::Denied { .. } => "DependencyDenied",
            Self::Fetch(_) => "DependencyUnreachable",
            Self::DigestMismatch { .. } | Self::Moved { .. } => "DependencyDigestMismatch",
            Self::NotAChart { .. } | Self::Index(_) => "DependencyNotAChart",
            Self::TooMany { .. } => "DependencyTooLarge",
        }
    }

    /// When another attempt makes sense: repositories are mended without an event for us.
    pub(crate) fn retry(&self) -> Retry {
        match self {
            Self::Forbidden
            | Self::NoRepository
            | Self::Unusable { .. }
            | Self::Declaration(_)
            | Self::TooMany { .. } => Retry::OnChange,
            Self::Fetch(error) => error.retry(),
            Self::NoVersion { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::DigestMismatch { .. }
            | Self::Moved { .. }
            | Self::NotAChart { .. }
            | Self::Index(_) => Retry::After(std::time::Duration::from_mins(1)),
        }
    }
}
