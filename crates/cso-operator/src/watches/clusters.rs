//! Which class each Cluster of any namespace uses, in whatever version Cluster API serves them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cso_api::capi::CLUSTER_GROUP;
use cso_core::cluster::{ClassUse, ClusterHead, class_use};
use cso_core::failure::{Cause, Failure};
use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedSender;
use kube::core::{DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use crate::tracker::ReleaseKey;

use crate::discovery::{Kinds, Served};
use crate::watches::Definitions;

/// Newest first.
const VERSIONS: [&str; 2] = ["v1beta2", "v1beta1"];
/// Pause before discovery is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Uses by Cluster, as `namespace/name`.
type Uses = BTreeMap<String, ClassUse>;

/// The Clusters. Clones share what they know.
#[derive(Clone)]
pub(crate) struct Clusters {
    client: Client,
    kinds: Kinds,
    /// Namespaces of classes that a Cluster began or ceased to use.
    touched: UnboundedSender<String>,
    known: watch::Sender<Result<Uses, Failure>>,
    /// Clusters that were seen, by namespace and name, and who is told of each.
    heads: Arc<Mutex<BTreeMap<ReleaseKey, ClusterHead>>>,
    seen: UnboundedSender<ReleaseKey>,
}

/// The kind of Clusters in the newest version that we can read; `None` if there is none.
///
/// # Errors
/// Discovery failed.
pub(crate) async fn cluster_kind(kinds: &Kinds) -> Result<Option<Served>, kube::Error> {
    for version in VERSIONS {
        let kind = GroupVersionKind::gvk(CLUSTER_GROUP, version, "Cluster");
        if let Some(served) = kinds.resolve(&kind).await? {
            return Ok(Some(served));
        }
    }
    Ok(None)
}

impl Clusters {
    pub(crate) fn new(
        client: Client,
        kinds: Kinds,
        touched: UnboundedSender<String>,
        seen: UnboundedSender<ReleaseKey>,
    ) -> Self {
        let unknown = Failure::new(Cause::Unreachable, "the Clusters are not listed yet");
        Self {
            client,
            kinds,
            touched,
            known: watch::Sender::new(Err(unknown)),
            heads: Arc::default(),
            seen,
        }
    }

    /// The classes in use; a failure as long as the Clusters could not be listed.
    pub(crate) fn uses(&self) -> Result<Vec<ClassUse>, Failure> {
        let known = self.known.borrow();
        known
            .as_ref()
            .map(|uses| uses.values().cloned().collect())
            .map_err(Clone::clone)
    }

    /// Every Cluster that was seen.
    pub(crate) fn heads(&self) -> Vec<ClusterHead> {
        self.lock().values().cloned().collect()
    }

    /// Waits until the Clusters were listed, or are known not to be served.
    pub(crate) async fn listed(&self) {
        let mut known = self.known.subscribe();
        // The sender lives in `self`, so this cannot fail.
        drop(known.wait_for(Result::is_ok).await);
    }

    /// Watches until the operator stops; starts over when definitions change what is served.
    pub(crate) async fn run(&self, definitions: &Definitions) {
        let mut changes = definitions.subscribe();
        definitions.watched().await;
        loop {
            changes.mark_unchanged();
            let Some(served) = self.served().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            tokio::select! {
                () = self.follow(served.clone()) => {}
                () = self.replaced(served, &mut changes) => {}
            }
        }
    }

    /// The Cluster kind, or that it is not served; `None` if discovery failed.
    async fn served(&self) -> Option<Option<Served>> {
        match cluster_kind(&self.kinds).await {
            Ok(served) => Some(served),
            Err(error) => {
                tracing::warn!(%error, "failed to discover the version of Clusters");
                None
            }
        }
    }

    /// Returns when another version is to be watched.
    async fn replaced(&self, watched: Option<Served>, definitions: &mut watch::Receiver<u64>) {
        while definitions.changed().await.is_ok() {
            match self.served().await {
                Some(served) if served == watched => {}
                _ => return,
            }
        }
    }

    async fn follow(&self, served: Option<Served>) {
        let Some(served) = served else {
            self.replace(&Uses::new());
            self.lock().clear();
            return std::future::pending().await;
        };
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &served.resource);
        let mut events = watcher(api, watcher::Config::default())
            .default_backoff()
            .boxed();
        let version = &served.resource.api_version;
        let mut listed = Uses::new();
        let mut heads = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => {
                    listed.clear();
                    heads.clear();
                }
                Ok(watcher::Event::InitApply(cluster)) => {
                    listed.extend(class_use(&cluster).map(|one| (one.cluster.clone(), one)));
                    heads.push(ClusterHead::of(&cluster, version));
                }
                Ok(watcher::Event::InitDone) => {
                    self.lock().clear();
                    for head in std::mem::take(&mut heads) {
                        self.see(head);
                    }
                    self.replace(&std::mem::take(&mut listed));
                }
                Ok(watcher::Event::Apply(cluster)) => {
                    self.see(ClusterHead::of(&cluster, version));
                    self.change(&cluster, class_use(&cluster).as_ref());
                }
                Ok(watcher::Event::Delete(cluster)) => {
                    let gone = ClusterHead::of(&cluster, version);
                    let key = (gone.namespace, gone.name);
                    self.lock().remove(&key);
                    self.news(key);
                    self.change(&cluster, None);
                }
                Err(error) => tracing::debug!(%error, "watch of Clusters failed"),
            }
        }
    }

    fn see(&self, head: ClusterHead) {
        let key = (head.namespace.clone(), head.name.clone());
        self.lock().insert(key.clone(), head);
        self.news(key);
    }

    fn news(&self, cluster: ReleaseKey) {
        // The receiver lives as long as the controllers.
        let _stopped = self.seen.unbounded_send(cluster);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReleaseKey, ClusterHead>> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, uses: &Uses) {
        let before = self
            .known
            .send_replace(Ok(uses.clone()))
            .unwrap_or_default();
        let changed = before
            .iter()
            .filter(|(cluster, one)| uses.get(*cluster) != Some(*one));
        let appeared = uses
            .iter()
            .filter(|(cluster, one)| before.get(*cluster) != Some(*one));
        self.tell(
            changed
                .chain(appeared)
                .map(|(_, one)| one.class.namespace.clone()),
        );
    }

    fn change(&self, cluster: &DynamicObject, now: Option<&ClassUse>) {
        let key = format!(
            "{}/{}",
            cluster.metadata.namespace.as_deref().unwrap_or_default(),
            cluster.metadata.name.as_deref().unwrap_or_default()
        );
        let mut namespaces = Vec::new();
        self.known.send_if_modified(|known| {
            let Ok(uses) = known else { return false };
            let before = match now {
                Some(one) => uses.insert(key, one.clone()),
                None => uses.remove(&key),
            };
            if before.as_ref() == now {
                return false;
            }
            namespaces.extend(
                before
                    .iter()
                    .chain(now)
                    .map(|one| one.class.namespace.clone()),
            );
            true
        });
        self.tell(namespaces);
    }

    fn tell(&self, namespaces: impl IntoIterator<Item = String>) {
        for namespace in namespaces.into_iter().collect::<BTreeSet<_>>() {
            // The receiver lives as long as the controllers.
            let _stopped = self.touched.unbounded_send(namespace);
        }
    }
}
