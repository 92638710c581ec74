//! The provider objects of releases: one watch per kind that a stack names, started when it is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedSender;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::core::{DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use serde_json::Value;
use tokio::sync::watch;

use crate::discovery::Kinds;
use crate::tracker::ReleaseKey;

/// Longest wait for the first list of a new watch.
const FIRST_LIST: Duration = Duration::from_secs(10);

/// Objects of one kind by namespace and name.
type Objects = BTreeMap<ReleaseKey, Arc<Value>>;

/// What each watch knows, by `apiVersion` and kind; `None` until the first list.
type Watches = BTreeMap<(String, String), watch::Receiver<Option<Objects>>>;

/// The provider objects. Clones share what they know.
#[derive(Clone)]
pub(crate) struct Providers {
    client: Client,
    kinds: Kinds,
    /// The only namespace that is looked at, if there is one.
    namespace: Option<String>,
    /// Names of provider objects that changed; they are those of their releases.
    moved: UnboundedSender<ReleaseKey>,
    watches: Arc<Mutex<Watches>>,
}

impl Providers {
    pub(crate) fn new(
        client: Client,
        kinds: Kinds,
        namespace: Option<String>,
        moved: UnboundedSender<ReleaseKey>,
    ) -> Self {
        Self {
            client,
            kinds,
            namespace,
            moved,
            watches: Arc::default(),
        }
    }

    /// The object a reference names, in that namespace.
    pub(crate) async fn get(&self, namespace: &str, reference: &ObjectReference) -> Fetched<Value> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let kind = (text(&reference.api_version), text(&reference.kind));
        let mut objects = match self.watched(&kind).await {
            Ok(objects) => objects,
            Err(failure) => return Fetched::Failed(failure),
        };
        match tokio::time::timeout(FIRST_LIST, objects.wait_for(Option::is_some)).await {
            Ok(Ok(known)) => {
                let key = (namespace.to_owned(), text(&reference.name));
                let found = known.as_ref().and_then(|objects| objects.get(&key));
                found.map_or(Fetched::Missing, |object| {
                    Fetched::Found(Value::clone(object))
                })
            }
            _ => Fetched::Failed(Failure::new(
                Cause::Unreachable,
                format!("objects of kind {} cannot be listed", kind.1),
            )),
        }
    }

    async fn watched(
        &self,
        kind: &(String, String),
    ) -> Result<watch::Receiver<Option<Objects>>, Failure> {
        if let Some(running) = self
            .lock()
            .get(kind)
            .filter(|running| running.has_changed().is_ok())
        {
            return Ok(running.clone());
        }
        let (group, version) = kind.0.split_once('/').unwrap_or(("", &kind.0));
        let gvk = GroupVersionKind::gvk(group, version, &kind.1);
        let served = self.kinds.resolve(&gvk).await.map_err(|_| {
            Failure::new(
                Cause::Unreachable,
                "the API server's kinds cannot be discovered",
            )
        })?;
        let Some(served) = served else {
            let message = format!("{} {} is not served: install the provider", kind.0, kind.1);
            return Err(Failure::new(Cause::KindUnknown, message));
        };
        let (sender, receiver) = watch::channel(None);
        self.lock().insert(kind.clone(), receiver.clone());
        let client = self.client.clone();
        let api = match &self.namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &served.resource),
            None => Api::all_with(client, &served.resource),
        };
        tokio::spawn(follow(
            api,
            served.resource.kind,
            sender,
            self.moved.clone(),
        ));
        Ok(receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Watches> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn follow(
    api: Api<DynamicObject>,
    kind: String,
    objects: watch::Sender<Option<Objects>>,
    moved: UnboundedSender<ReleaseKey>,
) {
    let mut events = watcher(api, watcher::Config::default())
        .default_backoff()
        .boxed();
    let mut listed = Objects::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Init) => listed.clear(),
            Ok(watcher::Event::InitApply(object)) => {
                let (key, value) = entry(&object);
                listed.extend(value.map(|value| (key, value)));
            }
            Ok(watcher::Event::InitDone) => {
                let keys: Vec<ReleaseKey> = listed.keys().cloned().collect();
                objects.send_replace(Some(std::mem::take(&mut listed)));
                for key in keys {
                    drop(moved.unbounded_send(key));
                }
            }
            Ok(watcher::Event::Apply(object)) => {
                let (key, value) = entry(&object);
                objects.send_modify(|known| {
                    if let (Some(known), Some(value)) = (known, value) {
                        known.insert(key.clone(), value);
                    }
                });
                drop(moved.unbounded_send(key));
            }
            Ok(watcher::Event::Delete(object)) => {
                let (key, _) = entry(&object);
                objects.send_modify(|known| {
                    if let Some(known) = known {
                        known.remove(&key);
                    }
                });
                drop(moved.unbounded_send(key));
            }
            Err(error) => {
                tracing::debug!(kind, %error, "watch of provider objects failed");
            }
        }
        if moved.is_closed() {
            return;
        }
    }
}

fn entry(object: &DynamicObject) -> (ReleaseKey, Option<Arc<Value>>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let key = (
        text(&object.metadata.namespace),
        text(&object.metadata.name),
    );
    (key, serde_json::to_value(object).ok().map(Arc::new))
}
