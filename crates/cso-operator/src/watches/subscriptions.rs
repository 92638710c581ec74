//! The listings that subscribed stacks follow: one poller per source, however many stacks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cso_core::cluster_stack::Remote;
use cso_source::{Listing, Pollers, Source, SourceSpec};
use futures::channel::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::execute::of_source;

/// A stack by namespace and name.
type StackKey = (String, String);

/// The subscriptions. Clones share them.
#[derive(Clone)]
pub(crate) struct Subscriptions {
    pollers: Pollers,
    /// Stacks whose source was listed.
    listed: UnboundedSender<StackKey>,
    following: Arc<Mutex<BTreeMap<StackKey, Following>>>,
}

struct Following {
    place: SourceSpec,
    interval: Duration,
    listing: watch::Receiver<Listing>,
    /// Ends with the subscription.
    teller: tokio::task::JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

impl Subscriptions {
    pub(crate) fn new(listed: UnboundedSender<StackKey>) -> Self {
        Self {
            pollers: Pollers::default(),
            listed,
            following: Arc::default(),
        }
    }

    /// What the source of a stack offers, as last listed; the first call subscribes.
    pub(crate) fn listing(&self, key: &StackKey, source: &Source, interval: Duration) -> Remote {
        let mut following = self.lock();
        let current = following
            .get(key)
            .filter(|one| one.place == *source.spec() && one.interval == interval);
        let listing = if let Some(one) = current {
            one.listing.borrow().clone()
        } else {
            let listing = self.pollers.follow(source, interval);
            let teller = tokio::spawn(tell(key.clone(), listing.clone(), self.listed.clone()));
            let known = listing.borrow().clone();
            let one = Following {
                place: source.spec().clone(),
                interval,
                listing,
                teller,
            };
            following.insert(key.clone(), one);
            known
        };
        match (listing.error, listing.tags) {
            (Some(error), _) => Remote::Failed(of_source(&error)),
            (None, Some(tags)) => Remote::Tags(
                tags.releases
                    .iter()
                    .map(cluster_stack::ReleaseTag::dash)
                    .collect(),
            ),
            (None, None) => Remote::NotListed,
        }
    }

    /// Ends the subscription of a stack.
    pub(crate) fn end(&self, key: &StackKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StackKey, Following>> {
        self.following
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn tell(
    key: StackKey,
    mut listing: watch::Receiver<Listing>,
    listed: UnboundedSender<StackKey>,
) {
    while listing.changed().await.is_ok() {
        if listed.unbounded_send(key.clone()).is_err() {
            return;
        }
    }
}
