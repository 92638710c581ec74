//! Watches the definitions of custom resources: when one changes, discovery is made anew.

use futures::StreamExt as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use crate::discovery::Kinds;

/// Counts changes of definitions.
#[derive(Clone)]
pub(crate) struct Definitions {
    client: Client,
    kinds: Kinds,
    changes: watch::Sender<u64>,
}

impl Definitions {
    pub(crate) fn new(client: Client, kinds: Kinds) -> Self {
        Self {
            client,
            kinds,
            changes: watch::Sender::new(0),
        }
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
        while let Some(event) = events.next().await {
            match event {
                Ok(
                    watcher::Event::InitDone | watcher::Event::Apply(_) | watcher::Event::Delete(_),
                ) => {
                    self.kinds.invalidate().await;
                    self.changes.send_modify(|changes| *changes += 1);
                }
                Ok(watcher::Event::Init | watcher::Event::InitApply(_)) => {}
                Err(error) => tracing::debug!(%error, "watch of definitions failed"),
            }
        }
    }
}
