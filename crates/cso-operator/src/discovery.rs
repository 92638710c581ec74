//! Decides which resource a kind is and whether it is namespaced: aggregated discovery, once, until something changes.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use cso_core::manifests;
use helm_engine::Capabilities;
use kube::Client;
use kube::core::{ApiResource, GroupVersionKind};
use kube::discovery::{Discovery, Scope};
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use crate::interned::Interned;

/// How long an unknown kind is not asked for again without a reason.
const FRESH: Duration = Duration::from_secs(2);

/// What the API server says about a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// How to address it.
    pub resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// Every served kind in every served version.
pub type Catalogue = BTreeMap<(String, String, String), Served>;

/// What discovery said, and when.
type Known = Option<(Arc<Catalogue>, Instant)>;

/// The scopes of a catalogue.
type Scopes = Option<(Arc<Catalogue>, Arc<manifests::Kinds>)>;

/// What the API servers of many clusters have in common is kept once. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Common(Arc<InCommon>);

#[derive(Default)]
struct InCommon {
    catalogues: Interned<Catalogue>,
    scopes: Interned<manifests::Kinds>,
    capabilities: Interned<Capabilities>,
}

/// The cache. Clones share it.
#[derive(Clone)]
pub struct Kinds {
    client: Client,
    common: Common,
    known: Arc<Mutex<Known>>,
    /// The scopes of the catalogue they were made from.
    scopes: Arc<std::sync::Mutex<Scopes>>,
}

impl Kinds {
    /// An empty cache.
    pub fn new(client: Client) -> Self {
        Self::beside(client, Common::default())
    }

    /// An empty cache of one API server of many.
    pub(crate) fn beside(client: Client, common: Common) -> Self {
        Self {
            client,
            common,
            known: Arc::default(),
            scopes: Arc::default(),
        }
    }

    /// Forgets everything: a definition changed or a request met an unknown resource. Whether there was anything to forget.
    pub async fn invalidate(&self) -> bool {
        self.known.lock().await.take().is_some()
    }

    /// Forgets everything if that was learnt a while ago: a kind was not found and may be new.
    pub async fn invalidate_unknown(&self) {
        let mut known = self.known.lock().await;
        if known.as_ref().is_some_and(|(_, at)| at.elapsed() >= FRESH) {
            *known = None;
        }
    }

    /// Every served kind.
    ///
    /// # Errors
    /// Discovery failed; nothing is known then.
    pub async fn all(&self) -> Result<Arc<Catalogue>, kube::Error> {
        let mut known = self.known.lock().await;
        if let Some((catalogue, _)) = known.as_ref() {
            return Ok(Arc::clone(catalogue));
        }
        let found = Discovery::new(self.client.clone()).run_aggregated().await?;
        let mut catalogue = Catalogue::new();
        for group in found.groups() {
            for version in group.versions() {
                for (resource, capabilities) in group.versioned_resources(version) {
                    let key = (
                        resource.group.clone(),
                        resource.version.clone(),
                        resource.kind.clone(),
                    );
                    let namespaced = capabilities.scope == Scope::Namespaced;
                    catalogue.insert(
                        key,
                        Served {
                            resource,
                            namespaced,
                        },
                    );
                }
            }
        }
        let catalogue = self.common.0.catalogues.common(catalogue);
        *known = Some((Arc::clone(&catalogue), Instant::now()));
        Ok(catalogue)
    }

    /// The scope of every served kind, the same value as long as discovery is not made anew.
    ///
    /// # Errors
    /// Discovery failed.
    pub async fn scopes(&self) -> Result<Arc<manifests::Kinds>, kube::Error> {
        let catalogue = self.all().await?;
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, known)) = scopes.as_ref()
            && Arc::ptr_eq(of, &catalogue)
        {
            return Ok(Arc::clone(known));
        }
        let made: manifests::Kinds = catalogue
            .iter()
            .map(|((group, _, kind), served)| {
                let scope = if served.namespaced {
                    manifests::Scope::Namespaced
                } else {
                    manifests::Scope::Cluster
                };
                (manifests::Kind::new(group, kind), scope)
            })
            .collect();
        let made = self.common.0.scopes.common(made);
        *scopes = Some((catalogue, Arc::clone(&made)));
        Ok(made)
    }

    /// What charts are told, as it is kept once for all clusters of which they are told the same.
    pub(crate) fn in_common(&self, capabilities: Capabilities) -> Arc<Capabilities> {
        self.common.0.capabilities.common(capabilities)
    }

    /// One kind; `None` when it is not served.
    ///
    /// # Errors
    /// Discovery failed.
    pub async fn resolve(&self, kind: &GroupVersionKind) -> Result<Option<Served>, kube::Error> {
        let key = (kind.group.clone(), kind.version.clone(), kind.kind.clone());
        Ok(self.all().await?.get(&key).cloned())
    }
}
