//! Watches the definitions of custom resources: when one changes, discovery is made anew.

use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::discovery::Kinds;

/// The API server lists a new kind some time after its definition is established, and says nothing when it does:
/// discovery is made anew this long after a change, too.
const LAG: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// Counts changes of definitions.
#[derive(Clone)]
pub(crate) struct Definitions {
    client: Client,
    kinds: Kinds,
    changes: watch::Sender<u64>,
    /// Whether they were listed, or could not be.
    tried: watch::Sender<bool>,
}

/// Longest wait for the first list: discovery that is made before it has to be made again.
const FIRST_LIST: Duration = Duration::from_secs(2);

impl Definitions {
    pub(crate) fn new(client: Client, kinds: Kinds) -> Self {
        Self {
            client,
            kinds,
            changes: watch::Sender::new(0),
            tried: watch::Sender::new(false),
        }
    }

    /// Waits until the definitions are watched, so that discovery can miss no change; not for long.
    pub(crate) async fn watched(&self) {
        let mut tried = self.tried.subscribe();
        // Neither a timeout nor a watch that is gone stands in the way of discovery.
        let _waited = tokio::time::timeout(FIRST_LIST, tried.wait_for(|tried| *tried)).await;
    }

    /// Follows the changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Watches until the operator stops.
    pub(crate) async fn run(&self) {
        let api: Api<PartialObjectMeta<CustomResourceDefinition>> = Api::all(self.client.clone());
        let mut events = watcher(api, watcher::Config::default())
            .default_backoff()
            .boxed();
        let mut echoes: Vec<Instant> = Vec::new();
        loop {
            let echo = echoes.first().copied().unwrap_or_else(Instant::now);
            let event = tokio::select! {
                () = tokio::time::sleep_until(echo), if !echoes.is_empty() => {
                    echoes.remove(0);
                    self.changed().await;
                    continue;
                }
                event = events.next() => event,
            };
            match event {
                Some(Ok(watcher::Event::InitDone)) => {
                    let was_known = self.kinds.invalidate().await;
                    if was_known || *self.tried.borrow() {
                        self.tell();
                    }
                    self.tried.send_replace(true);
                }
                Some(Ok(watcher::Event::Apply(_) | watcher::Event::Delete(_))) => {
                    self.changed().await;
                    echoes = LAG.map(|lag| Instant::now() + lag).to_vec();
                }
                Some(Ok(watcher::Event::Init | watcher::Event::InitApply(_))) => {}
                Some(Err(error)) => {
                    self.tried.send_replace(true);
                    tracing::debug!(%error, "watch of definitions failed");
                }
                None => return,
            }
        }
    }

    async fn changed(&self) {
        self.kinds.invalidate().await;
        self.tell();
    }

    fn tell(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}
