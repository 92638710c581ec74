//! Decides where a wanted release is taken from: memory, then disk, then the source; fetched once for all who want it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Weak};

use cluster_stack::{Bundle, Dependencies, Digest, Pin, ReleaseTag};

use crate::artifact::Artifact;
use crate::blocking::blocking;
use crate::cache::Cache;
use crate::dependencies::{ChartRepositories, Resolver};
use crate::error::Error;
use crate::source::Source;

/// The releases at hand. One per process; callers keep the `Arc` of a bundle as long as they use it.
#[derive(Debug)]
pub struct Store {
    cache: Arc<Cache>,
    resolver: Resolver,
    bundles: Mutex<BTreeMap<Digest, Weak<Bundle>>>,
    fetching: Mutex<BTreeMap<Digest, Weak<tokio::sync::Mutex<()>>>>,
}

impl Store {
    /// A store over a cache; charts that releases do not ship are fetched from where they declare them.
    pub fn new(cache: Cache) -> Self {
        Self::with_repositories(cache, ChartRepositories::default())
    }

    /// A store over a cache; charts that releases do not ship are fetched from these repositories.
    pub fn with_repositories(cache: Cache, repositories: ChartRepositories) -> Self {
        Self {
            cache: Arc::new(cache),
            resolver: Resolver::new(repositories),
            bundles: Mutex::default(),
            fetching: Mutex::default(),
        }
    }

    /// The release of a tag with all charts it needs. With a pin nobody is asked when that content is at hand;
    /// without, the tag is resolved first, and what it points to then is the identity of the result.
    ///
    /// # Errors
    /// [`Error::TagMoved`] when the pinned content is gone and the tag holds other content; [`Error::Dependency`] when
    /// a chart it needs cannot be had; anything else that resolving, pulling and checking can bring.
    pub async fn pull(
        &self,
        source: &Source,
        tag: &ReleaseTag,
        pinned: Option<&Pin>,
    ) -> Result<Arc<Bundle>, Error> {
        let digest = match pinned {
            Some(pin) => pin.digest.clone(),
            None => source.resolve(tag).await?,
        };
        let flight = self.flight(&digest);
        let _landed = flight.lock().await;
        if let Some(bundle) = self.in_memory(tag, &digest) {
            return Ok(bundle);
        }
        let (cache, wanted) = (Arc::clone(&self.cache), digest.clone());
        let cached = blocking(move || cache.load(&wanted)).await;
        let bundle = if let Some((artifact, dependencies)) = cached {
            usable(tag, &digest, &artifact)?.with_dependencies(dependencies)
        } else {
            let artifact = source.pull(tag, &digest).await?;
            let bundle = usable(tag, &digest, &artifact)?;
            let known = pinned.map_or(&[][..], |pin| &pin.dependencies);
            let dependencies = self.resolver.complete(&bundle, known).await?;
            self.keep(tag, artifact, dependencies.clone()).await;
            bundle.with_dependencies(dependencies)
        };
        let bundle = Arc::new(bundle);
        let mut bundles = lock(&self.bundles);
        bundles.retain(|_, bundle| bundle.strong_count() > 0);
        bundles.insert(digest, Arc::downgrade(&bundle));
        Ok(bundle)
    }

    /// Caches a usable release; what is no release takes no room.
    async fn keep(&self, tag: &ReleaseTag, artifact: Artifact, dependencies: Dependencies) {
        let in_use: BTreeSet<Digest> = lock(&self.bundles)
            .iter()
            .filter(|(_, bundle)| bundle.strong_count() > 0)
            .map(|(digest, _)| digest.clone())
            .collect();
        let cache = Arc::clone(&self.cache);
        let stored = blocking(move || {
            cache.store(&artifact, &dependencies, &|digest| in_use.contains(digest))
        });
        // A verified release is usable without a disk; the next restart fetches it again.
        if let Err(error) = stored.await {
            tracing::warn!(%tag, %error, cause = ?std::error::Error::source(&error), "release is not cached");
        }
    }

    fn in_memory(&self, tag: &ReleaseTag, digest: &Digest) -> Option<Arc<Bundle>> {
        lock(&self.bundles)
            .get(digest)?
            .upgrade()
            .filter(|bundle| bundle.tag() == tag)
    }

    fn flight(&self, digest: &Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut fetching = lock(&self.fetching);
        fetching.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = fetching.get(digest).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(tokio::sync::Mutex::new(()));
        fetching.insert(digest.clone(), Arc::downgrade(&flight));
        flight
    }
}

fn usable(tag: &ReleaseTag, digest: &Digest, artifact: &Artifact) -> Result<Bundle, Error> {
    Bundle::new(tag.clone(), digest.clone(), artifact.files().clone())
        .map_err(|source| Error::Bundle(Box::new(source)))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while this is held")
}
