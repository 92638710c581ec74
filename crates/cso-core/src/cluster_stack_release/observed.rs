//! Everything a pass over a release knows, and what has to be looked up for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{ChartDependency, Digest, Pin, ReleaseTag};
use cso_api::{ClusterStack, ClusterStackRelease, ClusterStackReleaseStatus, labels};
use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::ClassUse;
use crate::failure::Failure;
use crate::fetched::Fetched;
use crate::manifests::{Applied, Kinds, LiveObject, Manifest, ObjectId, Owner};

/// Everything a pass over a release knows.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The object.
    pub release: ClusterStackRelease,
    /// The `ClusterStack` that owns it; `Missing` if none does.
    pub stack: Fetched<ClusterStack>,
    /// What the cache holds for the release: for the pinned digest if one is pinned, else for the tag.
    pub artifact: Artifact,
    /// What the tag names in the source now, if that is known.
    pub remote_digest: Option<Digest>,
    /// The object `spec.providerRef` names, in the release's namespace; not looked at without one.
    pub provider: Fetched<Value>,
    /// The objects of the rendered cluster-class chart ([`objects`](super::objects)); `None` while there is no sound artifact.
    pub rendered: Option<Result<Arc<Vec<Manifest>>, Failure>>,
    /// What the API server serves.
    pub kinds: Kinds,
    /// The objects that [`reads`] asks for.
    pub live: BTreeMap<ObjectId, Fetched<LiveObject>>,
    /// Records of earlier applies, as far as remembered; forgetting is safe.
    pub applied: BTreeMap<ObjectId, Applied>,
    /// The classes all Clusters of all namespaces use.
    pub clusters: Result<Vec<ClassUse>, Failure>,
    /// The time of the pass.
    pub now: Timestamp,
}

/// What the cache holds for a release.
#[derive(Clone, Debug, PartialEq)]
pub enum Artifact {
    /// Nothing (any more).
    NotPulled,
    /// A complete and sound release.
    Sound {
        /// Its digest.
        digest: Digest,
        /// Kubernetes version of its metadata, for example `v1.33.4`.
        kubernetes_version: String,
        /// The charts that were fetched for it.
        dependencies: Vec<ChartDependency>,
    },
    /// A release that cannot be used.
    Broken {
        /// Its digest.
        digest: Digest,
        /// What is wrong with it.
        failure: Failure,
    },
}

/// What the provider gate says.
#[derive(Clone, Debug, PartialEq)]
pub enum Provider {
    /// `status.ready` of the provider object is true, or the release needs none.
    Ready,
    /// Not yet.
    NotReady,
    /// The object does not exist (yet).
    Missing,
    /// It could not be read.
    Unknown(Failure),
}

/// Objects to look up, each with the API version to ask for.
pub type Reads = BTreeMap<ObjectId, String>;

/// The objects a pass needs to know: those of the chart and those of the inventory. Computed before `live` is filled.
pub fn reads(observed: &Observed) -> Reads {
    let owner = observed.owner();
    let inventory = observed.inventory().iter().filter_map(|resource| {
        let id = crate::manifests::inventoried(resource, &owner, &observed.kinds)?;
        Some((id, resource.version.clone()))
    });
    let mut reads: Reads = inventory.collect();
    if let Some(Ok(desired)) = &observed.rendered {
        reads.extend(
            desired
                .iter()
                .map(|manifest| (manifest.id().clone(), manifest.version().to_owned())),
        );
    }
    reads
}

/// What a release was when it was first pulled; `None` before. What is not readable of the list counts as not there.
pub fn pin(status: &ClusterStackReleaseStatus) -> Option<Pin> {
    let digest = status.digest.as_ref()?.parse().ok()?;
    let read = |one: &cso_api::ChartDependency| {
        Some(ChartDependency {
            chart: one.chart.clone(),
            name: one.name.clone(),
            version: one.version.clone(),
            repository: one.repository.clone(),
            digest: one.digest.parse().ok()?,
        })
    };
    let dependencies = status.dependencies.iter().filter_map(read).collect();
    Some(Pin {
        digest,
        dependencies,
    })
}

impl Observed {
    /// Name of the release object.
    pub(crate) fn name(&self) -> &str {
        self.release.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its namespace.
    pub(crate) fn namespace(&self) -> &str {
        self.release
            .metadata
            .namespace
            .as_deref()
            .unwrap_or_default()
    }

    /// The tag its name is; `None` if it is none.
    pub(crate) fn tag(&self) -> Option<ReleaseTag> {
        self.name().parse().ok()
    }

    /// The status it has.
    pub(crate) fn status(&self) -> ClusterStackReleaseStatus {
        self.release.status.clone().unwrap_or_default()
    }

    /// The inventory it has.
    pub(crate) fn inventory(&self) -> &[cso_api::Resource] {
        self.release
            .status
            .as_ref()
            .map_or(&[], |status| &status.resources)
    }

    /// Whether it is being deleted.
    pub(crate) fn is_deleting(&self) -> bool {
        self.release.metadata.deletion_timestamp.is_some()
    }

    /// The digest that was pulled first.
    pub(crate) fn pinned(&self) -> Option<Digest> {
        self.status().digest.and_then(|digest| digest.parse().ok())
    }

    /// The digest and the fetched charts of the first pull.
    pub(crate) fn pin(&self) -> Option<Pin> {
        pin(self.release.status.as_ref()?)
    }

    /// Whose objects the release's are.
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            namespace: self.namespace().to_owned(),
            release: self.name().to_owned(),
            stack: self.tag().map(|tag| tag.stack()).unwrap_or_default(),
        }
    }

    /// Why nothing may be done, if so: reason and message.
    pub(crate) fn held(&self) -> Option<(&'static str, String)> {
        let annotations = self.release.metadata.annotations.as_ref();
        if annotations
            .is_some_and(|annotations| annotations.contains_key(labels::PAUSED_ANNOTATION))
        {
            let message = format!(
                "annotation {} is set on this object",
                labels::PAUSED_ANNOTATION
            );
            return Some((cso_api::conditions::reasons::PAUSED, message));
        }
        let stack = self
            .stack
            .found()
            .filter(|stack| stack.spec.suspend == Some(true))?;
        let name = stack.metadata.name.as_deref().unwrap_or_default();
        Some((
            cso_api::conditions::reasons::SUSPENDED,
            format!("spec.suspend is set on ClusterStack {name}"),
        ))
    }

    /// What the provider gate says.
    pub(crate) fn provider_gate(&self) -> Provider {
        if self.release.spec.provider_ref.is_none() {
            return Provider::Ready;
        }
        match &self.provider {
            Fetched::Found(object)
                if object.pointer("/status/ready") == Some(&Value::Bool(true)) =>
            {
                Provider::Ready
            }
            Fetched::Found(_) => Provider::NotReady,
            Fetched::Missing => Provider::Missing,
            Fetched::Failed(failure) => Provider::Unknown(failure.clone()),
        }
    }
}
