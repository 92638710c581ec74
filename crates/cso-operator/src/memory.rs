//! What is remembered of a release between passes. Forgetting is safe: it is pulled from the cache and applied again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster_stack::{Bundle, ChartDependency, Digest, ReleaseTag};
use cso_core::cluster_stack_release::{Artifact, objects};
use cso_core::effect::{Executed, Outcome};
use cso_core::failure::Failure;
use cso_core::manifests::{Applied, Kinds, Manifest, ObjectId, are_placed};
use serde_json::Value;

use crate::tracker::ReleaseKey;

/// The memory. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<BTreeMap<ReleaseKey, Remembered>>>);

#[derive(Default)]
struct Remembered {
    content: Option<Content>,
    applied: Arc<BTreeMap<ObjectId, Applied>>,
    remote: Option<Digest>,
    written: Written,
    status: Option<u64>,
}

/// What was written to the reconciled object itself: the next pass must not go by an older state of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing since it was seen last.
    #[default]
    Nothing,
    /// This resource version was the answer; those of one resource are ordered numbers.
    Version(u64),
    /// Something, and only the API server knows what became of it.
    Unknown,
}

impl Written {
    /// Whether a watched state of this resource version is older than what was written.
    pub(crate) fn is_newer_than(self, watched: Option<&str>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Version(written) => version(watched).is_none_or(|watched| watched < written),
            Self::Unknown => true,
        }
    }

    /// What an answer with this resource version leaves behind.
    pub(crate) fn answered(resource_version: Option<&str>) -> Self {
        version(resource_version).map_or(Self::Unknown, Self::Version)
    }
}

fn version(resource_version: Option<&str>) -> Option<u64> {
    resource_version?.parse().ok()
}

/// A pulled and rendered release.
pub(crate) struct Content {
    pub(crate) digest: Digest,
    pub(crate) kubernetes_version: String,
    pub(crate) dependencies: Vec<ChartDependency>,
    rendered: Rendered,
}

/// What was rendered: the documents until somebody says which kinds are served, from then on only the objects they are.
enum Rendered {
    Documents(Vec<Value>),
    Objects(Arc<Kinds>, Objects),
    Failed(Failure),
}

type Objects = Result<Arc<Vec<Manifest>>, Failure>;

impl Content {
    pub(crate) fn new(bundle: &Bundle, documents: Result<Vec<Value>, Failure>) -> Self {
        Self {
            digest: bundle.digest().clone(),
            kubernetes_version: bundle.metadata().kubernetes.to_string(),
            dependencies: bundle.dependencies().list().to_vec(),
            rendered: documents.map_or_else(Rendered::Failed, Rendered::Documents),
        }
    }

    /// The objects where these kinds are served; `None` if the release has to be rendered again to tell.
    fn objects(&mut self, key: &ReleaseKey, served: &Arc<Kinds>) -> Option<Objects> {
        let found = match &self.rendered {
            Rendered::Failed(failure) => return Some(Err(failure.clone())),
            Rendered::Objects(kinds, found) if Arc::ptr_eq(kinds, served) => {
                return Some(found.clone());
            }
            Rendered::Objects(_, Ok(manifests)) if !are_placed(manifests, served) => return None,
            Rendered::Objects(_, found) => found.clone(),
            Rendered::Documents(documents) => {
                let tag: ReleaseTag = key.1.parse().ok()?;
                objects(documents, &tag, &key.0, served).map(Arc::new)
            }
        };
        self.rendered = Rendered::Objects(Arc::clone(served), found.clone());
        Some(found)
    }
}

impl Memory {
    /// Keeps what was pulled.
    pub(crate) fn pulled(&self, key: ReleaseKey, content: Content) {
        let mut memory = self.lock();
        let remembered = memory.entry(key).or_default();
        remembered.remote = Some(content.digest.clone());
        remembered.content = Some(content);
    }

    /// What is at hand of a release: artifact and, when it is sound, its objects.
    pub(crate) fn artifact(
        &self,
        key: &ReleaseKey,
        pinned: Option<&Digest>,
        kinds: &Arc<Kinds>,
    ) -> (Artifact, Option<Objects>) {
        let mut memory = self.lock();
        let content = memory
            .get_mut(key)
            .and_then(|remembered| remembered.content.as_mut())
            .filter(|content| pinned.is_none_or(|pinned| *pinned == content.digest));
        let Some(content) = content else {
            return (Artifact::NotPulled, None);
        };
        let artifact = Artifact::Sound {
            digest: content.digest.clone(),
            kubernetes_version: content.kubernetes_version.clone(),
            dependencies: content.dependencies.clone(),
        };
        match content.objects(key, kinds) {
            Some(found) => (artifact, Some(found)),
            None => (Artifact::NotPulled, None),
        }
    }

    /// The records of earlier applies.
    pub(crate) fn applied(&self, key: &ReleaseKey) -> Arc<BTreeMap<ObjectId, Applied>> {
        self.lock()
            .get(key)
            .map(|remembered| Arc::clone(&remembered.applied))
            .unwrap_or_default()
    }

    /// Takes the records of this pass in.
    pub(crate) fn learn(&self, key: &ReleaseKey, executed: &Executed) {
        let mut memory = self.lock();
        for (effect, outcome) in executed.settled() {
            if let (cso_core::effect::Effect::ApplyObject(manifest), Outcome::Applied(record)) =
                (effect, outcome)
            {
                let remembered = memory.entry(key.clone()).or_default();
                Arc::make_mut(&mut remembered.applied)
                    .insert(manifest.id().clone(), record.clone());
            }
        }
    }

    /// What the tag of a release names in the source, as last seen.
    pub(crate) fn remote(&self, key: &ReleaseKey) -> Option<Digest> {
        self.lock().get(key)?.remote.clone()
    }

    /// Notes what a tag names now; whether that is news.
    pub(crate) fn saw_remote(&self, key: &ReleaseKey, digest: Digest) -> bool {
        let mut memory = self.lock();
        let remembered = memory.entry(key.clone()).or_default();
        let news = remembered.remote.as_ref() != Some(&digest);
        remembered.remote = Some(digest);
        news
    }

    /// Notes what was written to the object itself.
    pub(crate) fn wrote(&self, key: &ReleaseKey, written: Written) {
        self.lock().entry(key.clone()).or_default().written = written;
    }

    /// What was written to the object itself since it was seen.
    pub(crate) fn written(&self, key: &ReleaseKey) -> Written {
        self.lock()
            .get(key)
            .map_or(Written::Nothing, |remembered| remembered.written)
    }

    /// Notes the status that is about to be written, by its fingerprint.
    pub(crate) fn writes(&self, key: &ReleaseKey, status: Option<u64>) {
        self.lock().entry(key.clone()).or_default().status = status;
    }

    /// The status we wrote last.
    pub(crate) fn status(&self, key: &ReleaseKey) -> Option<u64> {
        self.lock().get(key)?.status
    }

    /// Forgets an object that is gone: one of its name that comes later is another.
    pub(crate) fn forget(&self, key: &ReleaseKey) {
        self.lock().remove(key);
    }

    /// Forgets everything whose key the test refuses.
    pub(crate) fn retain(&self, exists: impl Fn(&ReleaseKey) -> bool) {
        self.lock().retain(|key, _| exists(key));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReleaseKey, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_state_counts_from_the_version_that_was_written_on() {
        let written = Written::answered(Some("20"));
        assert!(written.is_newer_than(Some("9")));
        assert!(!written.is_newer_than(Some("20")));
        assert!(!written.is_newer_than(Some("101")));
        assert!(written.is_newer_than(Some("not a number")));
        assert!(Written::answered(None).is_newer_than(Some("101")));
        assert!(!Written::Nothing.is_newer_than(None));
    }
}
