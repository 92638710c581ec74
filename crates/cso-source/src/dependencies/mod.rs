//! Decides which charts are fetched for a release that does not ship them, in what order and up to what amount.
//!
//! What is missing and which version is meant are pure questions ([`helm_engine::repository`]); where a repository is read is
//! one too ([`mirrors`], [`place`]). Nothing of a stack's own access is used here: what is fetched is kept by digest for
//! all who pull the release, so it is fetched with the operator's trust alone.

mod charts;
mod credentials;
mod error;
mod fetch;
mod flights;
mod folder;
mod mirrors;
mod place;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cluster_stack::{Bundle, ChartDependency, Dependencies};
use helm_engine::Chart;
use helm_engine::repository::{Index, Wanted, satisfies, wanted};

use crate::blocking::blocking;
use crate::error::Error;
use crate::limits::Limits;
use crate::spec::{Access, OciRepository};
use fetch::Fetcher;
use flights::Flights;

pub use error::DependencyError;
pub use mirrors::Mirrors;

/// Time for all charts of a release together.
const DEADLINE: Duration = Duration::from_mins(10);

/// From where charts may be fetched.
#[derive(Debug, Clone, Default)]
pub struct ChartRepositories {
    /// Whether repositories may be asked over the network.
    pub network: Network,
    /// What is asked in the place of the declared repositories.
    pub mirrors: Mirrors,
    /// The operator's own registry and its credentials, for charts that lie in it. No other host gets to see them.
    pub registry: Option<(OciRepository, Access)>,
    /// A file with credentials for other hosts, in the format of Docker's `config.json`, which Secrets of type
    /// `kubernetes.io/dockerconfigjson` have too. Each host gets to see its own; without TLS only if the key of the entry
    /// begins with `http://`. It is read for every resolution, as Secrets rotate.
    pub credentials: Option<PathBuf>,
    /// Bounds.
    pub limits: Limits,
}

impl ChartRepositories {
    /// Whether the file with credentials can be read now.
    ///
    /// # Errors
    /// [`Error::Config`], which names the file and tells nothing of what it says.
    pub fn check(&self) -> Result<(), Error> {
        credentials::read(self.credentials.as_deref()).map(drop)
    }
}

/// Whether repositories may be asked over the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// Yes.
    #[default]
    Allowed,
    /// No: only charts in folders of mirrors are found.
    Forbidden,
}

/// Finds the charts that others lack. Clones share what is on its way.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    repositories: Arc<ChartRepositories>,
    indexes: Flights<Arc<Index>>,
    archives: Flights<Arc<[u8]>>,
}

/// A chart whose dependencies are looked at.
struct Open {
    place: String,
    chart: Chart,
    depth: usize,
}

impl Resolver {
    /// A resolver over these repositories; nothing is asked yet.
    pub fn new(repositories: ChartRepositories) -> Self {
        Self {
            repositories: Arc::new(repositories),
            ..Self::default()
        }
    }

    /// The charts that a release needs and does not ship; `pinned` are those of an earlier pull, which are found again
    /// or not at all.
    ///
    /// # Errors
    /// [`Error::Dependency`], which names the chart, the dependency and the repository.
    pub(crate) async fn complete(
        &self,
        bundle: &Bundle,
        pinned: &[ChartDependency],
    ) -> Result<Dependencies, Error> {
        let bundle = bundle.clone();
        let charts = blocking(move || charts::of_release(&bundle)).await;
        self.resolve(charts, pinned).await
    }

    /// The charts that these charts, each under its name, lack in `charts/`, and those that the fetched ones lack.
    ///
    /// # Errors
    /// [`Error::Dependency`], which names the chart, the dependency and the repository.
    pub async fn resolve(
        &self,
        charts: Vec<(String, Chart)>,
        pinned: &[ChartDependency],
    ) -> Result<Dependencies, Error> {
        let all = self.all(charts, pinned);
        let late = |_| Error::Timeout {
            what: "the dependencies of the charts".to_owned(),
            limit: DEADLINE,
        };
        tokio::time::timeout(DEADLINE, all).await.map_err(late)?
    }

    async fn all(
        &self,
        charts: Vec<(String, Chart)>,
        pinned: &[ChartDependency],
    ) -> Result<Dependencies, Error> {
        let limits = &self.repositories.limits;
        let open = charts.into_iter().map(|(place, chart)| Open {
            place,
            chart,
            depth: 0,
        });
        let mut open: VecDeque<Open> = open.collect();
        let mut found = Dependencies::default();
        let mut fetcher = Fetcher::new(self);
        while let Some(Open {
            place,
            chart,
            depth,
        }) = open.pop_front()
        {
            let missing = wanted(&chart).map_err(|source| declared(&place, source))?;
            for want in missing {
                let failed = |source| failed(&place, &want, source);
                if depth >= limits.chart_depth || found.list().len() >= limits.charts {
                    return Err(failed(DependencyError::TooMany {
                        depth: limits.chart_depth,
                        charts: limits.charts,
                    }));
                }
                let pin = pinned.iter().find(|pin| is_pin_of(pin, &place, &want));
                let (dependency, archive, chart) =
                    fetcher.fetch(&place, &want, pin).await.map_err(failed)?;
                open.push_back(Open {
                    place: dependency.place(),
                    chart,
                    depth: depth + 1,
                });
                found.add(dependency, archive);
                let bytes: usize = found.archives().values().map(|one| one.len()).sum();
                if bytes as u64 > limits.release_bytes {
                    return Err(Error::TooLarge {
                        what: "the dependencies of the charts".to_owned(),
                        limit: limits.release_bytes,
                        unit: "bytes",
                    });
                }
            }
        }
        Ok(found)
    }
}

fn is_pin_of(pin: &ChartDependency, place: &str, want: &Wanted) -> bool {
    pin.chart == place
        && pin.name == want.name
        && pin.repository == want.repository
        && satisfies(&pin.version, &want.range)
}

fn declared(chart: &str, source: helm_engine::repository::WantedError) -> Error {
    Error::Dependency {
        chart: chart.to_owned(),
        dependency: "other charts".to_owned(),
        repository: "their repositories".to_owned(),
        source: Box::new(DependencyError::Declaration(source)),
    }
}

fn failed(chart: &str, want: &Wanted, source: DependencyError) -> Error {
    Error::Dependency {
        chart: chart.to_owned(),
        dependency: format!("{} {}", want.name, want.range),
        repository: place::shown(&want.repository),
        source: Box::new(source),
    }
}
