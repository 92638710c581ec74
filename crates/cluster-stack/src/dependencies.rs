//! Decides what is kept of the charts that a release needs and does not ship: who needs which, and the archives.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digest::Digest;

/// How the cluster-class chart is called as a [`ChartDependency::chart`].
pub const CLUSTER_CLASS_CHART: &str = "cluster-class";
/// How the one add-on chart of a release without stages is called.
pub const CLUSTER_ADDON_CHART: &str = "cluster-addon";

/// How the chart of an add-on stage is called.
pub fn stage_chart(stage: &str) -> String {
    format!("{CLUSTER_ADDON_CHART}/{stage}")
}

/// A chart that was fetched because a chart of the release declares it and the release does not ship it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChartDependency {
    /// The chart that declares it: `cluster-class`, `cluster-addon`, `cluster-addon/<stage>`, or the
    /// [`place`](Self::place) of another fetched chart.
    pub chart: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The repository, as declared; never with credentials.
    pub repository: String,
    /// Digest of its archive.
    pub digest: Digest,
}

impl ChartDependency {
    /// How this chart is called where it needs others itself.
    pub fn place(&self) -> String {
        format!("{}/{}-{}", self.chart, self.name, self.version)
    }
}

/// All charts that were fetched for a release.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    list: Vec<ChartDependency>,
    archives: BTreeMap<Digest, Arc<[u8]>>,
}

impl Dependencies {
    /// Adds a chart with its archive; its digest is computed here, so that list and archives always agree. A chart that is there
    /// already stays.
    pub fn add(&mut self, mut dependency: ChartDependency, archive: Arc<[u8]>) {
        dependency.digest = Digest::of(&archive);
        let place = dependency.place();
        if self.list.iter().all(|known| known.place() != place) {
            self.archives.insert(dependency.digest.clone(), archive);
            self.list.push(dependency);
            self.list.sort();
        }
    }

    /// The charts, sorted.
    pub fn list(&self) -> &[ChartDependency] {
        &self.list
    }

    /// The charts that one chart declares, each with its archive.
    pub fn of<'a>(
        &'a self,
        chart: &'a str,
    ) -> impl Iterator<Item = (&'a ChartDependency, &'a Arc<[u8]>)> {
        self.list
            .iter()
            .filter(move |one| one.chart == chart)
            .filter_map(|one| Some((one, self.archives.get(&one.digest)?)))
    }

    /// The archives by digest; charts that several need are one.
    pub fn archives(&self) -> &BTreeMap<Digest, Arc<[u8]>> {
        &self.archives
    }
}

/// Prints identity, never content.
impl std::fmt::Debug for Dependencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

/// What a release was when it was first pulled: nothing else may be accepted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Identity of the release.
    pub digest: Digest,
    /// The charts that were fetched for it. Where none are known they are resolved anew.
    pub dependencies: Vec<ChartDependency>,
}

impl From<Digest> for Pin {
    fn from(digest: Digest) -> Self {
        Self {
            digest,
            dependencies: Vec::new(),
        }
    }
}
