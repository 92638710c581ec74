//! Decides which event about an object of ours is news for it: none that tells but the status we wrote ourselves, of which
//! the pass that wrote it has said already when the next one is due.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use kube::Resource;
use kube::core::object::HasStatus;
use kube::runtime::Predicate;
use serde::Serialize;

use super::pass::{key_of, memory_key};
use crate::memory::Memory;

/// What of an object of this kind makes an event about it news when it differs from what the event before told.
pub(super) fn news<K>(kind: &'static str, memory: Memory) -> impl Predicate<K> + Send + use<K>
where
    K: Resource + HasStatus,
    K::Status: Serialize,
{
    move |object: &K| {
        let metadata = object.meta();
        let told = object.status().and_then(fingerprint);
        let ours = memory.status(&memory_key(kind, &key_of(object)));
        let owners = metadata.owner_references.iter().flatten();
        let owners: Vec<&str> = owners.map(|owner| owner.uid.as_str()).collect();
        Some(hash(&(
            metadata.generation,
            &metadata.labels,
            &metadata.annotations,
            &metadata.finalizers,
            owners,
            metadata.deletion_timestamp.is_some(),
            (told != ours).then_some(told),
        )))
    }
}

/// Tells a status from another.
pub(super) fn fingerprint<S: Serialize>(status: &S) -> Option<u64> {
    let text = serde_json::to_string(status).ok()?;
    Some(hash(&text))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use cso_api::{ClusterStackRelease, ClusterStackReleaseSpec, ClusterStackReleaseStatus};

    use super::*;

    fn release(ready: bool) -> ClusterStackRelease {
        let mut release =
            ClusterStackRelease::new("docker-demo-1-36-v1", ClusterStackReleaseSpec::default());
        release.status = Some(ClusterStackReleaseStatus {
            ready,
            ..ClusterStackReleaseStatus::default()
        });
        release
    }

    #[test]
    fn a_status_is_news_unless_it_is_the_one_we_wrote() {
        let memory = Memory::default();
        let kind = "ClusterStackRelease";
        let news = news(kind, memory.clone());
        let waits = release(false);
        let key = memory_key(kind, &key_of(&waits));
        memory.writes(&key, waits.status.as_ref().and_then(fingerprint));
        let before = news.hash_property(&waits);

        let ready = release(true);
        assert_ne!(news.hash_property(&ready), before, "somebody wrote it");
        memory.writes(&key, ready.status.as_ref().and_then(fingerprint));
        assert_eq!(news.hash_property(&ready), before, "we wrote it");

        let mut suspended = ready.clone();
        suspended.metadata.generation = Some(2);
        assert_ne!(news.hash_property(&suspended), before);
    }
}
