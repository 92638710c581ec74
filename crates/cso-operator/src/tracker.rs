//! Knows the objects of releases in the cluster: one metadata watch per kind, restricted to objects with our label.
//! What is known of them, and when a change is drift, is decided in [`known`].

mod known;
mod listing;
mod search;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cso_api::labels;
use cso_core::cluster_addon::tells_health;
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kind, LiveObject, ObjectId};
use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedSender;
use kube::api::PartialObjectMeta;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, ObjectMeta};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::discovery::Kinds;
use crate::execute::of_api;
use crate::metrics::Metrics;
use known::{Change, Known};
use listing::{Listing, refused};

/// A release by namespace and name.
pub type ReleaseKey = (String, String);

/// Longest wait for the first list of a new watch.
const FIRST_LIST: Duration = Duration::from_secs(20);

/// The tracker. Clones share what they know.
#[derive(Clone)]
pub struct Tracker {
    client: Client,
    kinds: Kinds,
    metrics: Metrics,
    drifted: UnboundedSender<ReleaseKey>,
    whose: Whose,
    state: Arc<Mutex<State>>,
}

/// Whose the objects of an API server are: who is told of a change.
#[derive(Clone, Debug)]
pub enum Whose {
    /// The release that the object's labels name.
    Labelled,
    /// All of one object's: of the add-ons of a workload cluster.
    Of(ReleaseKey),
}

#[derive(Default)]
struct State {
    known: Known,
    watches: BTreeMap<(Kind, String), Running>,
}

/// A watch that runs: how far it got, and how it is ended.
#[derive(Clone)]
struct Running {
    listing: watch::Receiver<Listing>,
    task: AbortHandle,
}

impl Tracker {
    /// A tracker that reports to `drifted` whose objects were changed.
    pub fn new(
        client: Client,
        kinds: Kinds,
        metrics: Metrics,
        drifted: UnboundedSender<ReleaseKey>,
        whose: Whose,
    ) -> Self {
        Self {
            client,
            kinds,
            metrics,
            drifted,
            whose,
            state: Arc::default(),
        }
    }

    /// Ends every watch: nobody asks for this API server any more.
    pub(crate) fn stop(&self) {
        for (_, running) in std::mem::take(&mut self.lock().watches) {
            running.task.abort();
        }
    }

    /// Looks these objects up. What nobody labelled as an object of a release counts as missing: it is applied over, and
    /// never removed.
    pub async fn look_up(
        &self,
        reads: &BTreeMap<ObjectId, String>,
    ) -> BTreeMap<ObjectId, Fetched<LiveObject>> {
        let mut kinds: BTreeMap<(&Kind, &str), Result<(), Failure>> = BTreeMap::new();
        for (id, version) in reads {
            if let Entry::Vacant(kind) = kinds.entry((&id.kind, version.as_str())) {
                kind.insert(self.watched(&(id.kind.clone(), version.clone())).await);
            }
        }
        let state = self.lock();
        let look = |(id, version): (&ObjectId, &String)| {
            let answer = match kinds.get(&(&id.kind, version.as_str())) {
                Some(Err(failure)) if failure.cause != Cause::KindUnknown => {
                    Fetched::Failed(failure.clone())
                }
                Some(Ok(())) => state.known.of(id).map_or(Fetched::Missing, Fetched::Found),
                _ => Fetched::Missing,
            };
            (id.clone(), answer)
        };
        reads.iter().map(look).collect()
    }

    /// Takes the answer to a write of ours in, so that the watch event it causes is no news.
    pub fn wrote(&self, id: &ObjectId, live: LiveObject) {
        self.lock().known.wrote(id, live);
    }

    /// Notes that we delete the object with that uid, so that it goes without being missed.
    pub fn deletes(&self, id: &ObjectId, uid: &str) {
        self.lock().known.deletes(id, uid);
    }

    /// Makes a pass over a release due.
    pub(crate) fn due(&self, release: ReleaseKey) {
        // The receiver lives as long as the operator; after that nobody repairs.
        let _ended = self.drifted.unbounded_send(release);
    }

    /// Starts the watch of a kind, if it does not run, and waits for its first list.
    async fn watched(&self, key: &(Kind, String)) -> Result<(), Failure> {
        let mut listing = if let Some(running) = self.running(key) {
            running.listing
        } else {
            let gvk = GroupVersionKind::gvk(&key.0.group, &key.1, &key.0.kind);
            let any = ObjectId {
                kind: key.0.clone(),
                ..ObjectId::default()
            };
            let served = self
                .kinds
                .resolve(&gvk)
                .await
                .map_err(|error| of_api("discover the kind of", &any, &error))?;
            let Some(served) = served else {
                return Err(Failure::new(
                    Cause::KindUnknown,
                    format!("{} is not served", gvk.kind),
                ));
            };
            self.start(key.clone(), served.resource)
        };
        let is_known = |listing: &Listing| !matches!(listing, Listing::NotYet);
        match tokio::time::timeout(FIRST_LIST, listing.wait_for(is_known)).await {
            Ok(Ok(listing)) => match &*listing {
                Listing::Refused(failure) => Err(failure.clone()),
                Listing::NotYet | Listing::Done => Ok(()),
            },
            _ => Err(Failure::new(
                Cause::Unreachable,
                format!("objects of kind {} cannot be listed", key.0.kind),
            )),
        }
    }

    /// The watch of a kind, if there is one that is not refused: rights may have been given since, so each pass asks again.
    fn running(&self, key: &(Kind, String)) -> Option<Running> {
        let mut state = self.lock();
        let running = state.watches.get(key)?.clone();
        if matches!(*running.listing.borrow(), Listing::Refused(_)) {
            running.task.abort();
            state.watches.remove(key);
            return None;
        }
        Some(running)
    }

    fn start(&self, key: (Kind, String), resource: ApiResource) -> watch::Receiver<Listing> {
        let mut state = self.lock();
        if let Some(running) = state.watches.get(&key) {
            return running.listing.clone();
        }
        let (sender, listing) = watch::channel(Listing::NotYet);
        let (tracker, of) = (self.clone(), key.clone());
        // The task cannot note its end before its start is noted: that needs the lock held here.
        let task = tokio::spawn(async move {
            tracker.follow(&of, &resource, &sender).await;
            tracker.lock().watches.remove(&of);
        });
        let running = Running {
            listing: listing.clone(),
            task: task.abort_handle(),
        };
        state.watches.insert(key, running);
        listing
    }

    async fn follow(
        &self,
        key: &(Kind, String),
        resource: &ApiResource,
        listing: &watch::Sender<Listing>,
    ) {
        let api: Api<PartialObjectMeta<DynamicObject>> =
            Api::all_with(self.client.clone(), resource);
        let selector = format!("{}={}", labels::OWNED_LABEL, labels::OWNED);
        let config = watcher::Config::default().labels(&selector);
        let mut events = watcher(api, config).default_backoff().boxed();
        let mut listed: Option<BTreeMap<ObjectId, LiveObject>> = None;
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => listed = Some(BTreeMap::new()),
                Ok(watcher::Event::InitApply(object)) => {
                    if let Some(listed) = listed.as_mut() {
                        let live = LiveObject::with(&object.metadata);
                        listed.insert(id_of(&key.0, &object.metadata), live);
                    }
                }
                Ok(watcher::Event::InitDone) => {
                    let listed = listed.take().unwrap_or_default();
                    let changes = self.lock().known.replace(&key.0, listed);
                    self.report(changes);
                    listing.send_replace(Listing::Done);
                }
                Ok(watcher::Event::Apply(object)) => {
                    let change = self.changed(&key.0, &object.metadata);
                    // What runs pods tells its health in its status, which is not part of what is known.
                    if let (None, Whose::Of(owner)) = (&change, &self.whose)
                        && tells_health(&key.0)
                    {
                        self.due(owner.clone());
                    }
                    self.report(change);
                }
                Ok(watcher::Event::Delete(object)) => {
                    let (id, uid) = (id_of(&key.0, &object.metadata), object.metadata.uid);
                    let change = self.lock().known.gone(&id, &uid.unwrap_or_default());
                    self.report(change);
                }
                Err(error) => {
                    tracing::debug!(kind = %key.0.kind, %error, "watch of applied objects failed");
                    if let Some(failure) = refused(&self.whose, &key.0, &error) {
                        listing.send_replace(Listing::Refused(failure));
                    }
                    self.kinds.invalidate_unknown().await;
                }
            }
        }
    }

    /// Takes in that an object appeared or changed.
    fn changed(&self, kind: &Kind, metadata: &ObjectMeta) -> Option<Change> {
        let id = id_of(kind, metadata);
        if self.lock().known.is_known(&id, metadata) {
            return None;
        }
        let live = LiveObject::with(metadata);
        self.lock().known.changed(id, live)
    }

    /// Reports what a change means.
    fn report(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            let owner = match &self.whose {
                Whose::Labelled => change.release,
                Whose::Of(owner) => Some(owner.clone()),
            };
            let Some(owner) = owner else { continue };
            if change.drift {
                self.metrics.drift.inc();
            }
            self.due(owner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id_of(kind: &Kind, metadata: &ObjectMeta) -> ObjectId {
    ObjectId {
        kind: kind.clone(),
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone().unwrap_or_default(),
    }
}
