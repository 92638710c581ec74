//! Decides when a repository is listed: once per interval however many stacks use it, and never "empty" on failure.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::{Error, Retry};
use crate::source::{Source, TagList};
use crate::spec::{Access, SourceSpec};

/// What is known of the releases of a source.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The last successful listing; `None` until there was one. A failure never empties it.
    pub tags: Option<Arc<TagList>>,
    /// Why the latest attempt failed, `None` when it succeeded.
    pub error: Option<Arc<Error>>,
}

/// The pollers of all sources in use.
#[derive(Debug, Clone, Default)]
pub struct Pollers {
    running: Arc<Mutex<BTreeMap<Key, Running>>>,
}

type Key = (SourceSpec, Arc<Access>);

#[derive(Debug)]
struct Running {
    listing: watch::Sender<Listing>,
    /// The shortest interval anybody asked for.
    interval: watch::Sender<Duration>,
    task: JoinHandle<()>,
}

impl Pollers {
    /// Follows the releases of a source. Whoever asks first starts the poller, whoever drops the last receiver ends it.
    ///
    /// Must be called within a Tokio runtime.
    pub fn follow(&self, source: &Source, interval: Duration) -> watch::Receiver<Listing> {
        let key = source.key();
        let mut running = self.lock();
        // What is in the map has not ended, except by a panic.
        if let Some(poller) = running.get(&key)
            && !poller.task.is_finished()
        {
            poller.interval.send_if_modified(|shortest| {
                let shorter = interval < *shortest;
                *shortest = interval.min(*shortest);
                shorter
            });
            return poller.listing.subscribe();
        }
        let (listing, receiver) = watch::channel(Listing::default());
        let (interval, wanted) = watch::channel(interval);
        let task = tokio::spawn(self.clone().run(source.clone(), listing.clone(), wanted));
        let poller = Running {
            listing,
            interval,
            task,
        };
        running.insert(key, poller);
        receiver
    }

    async fn run(
        self,
        source: Source,
        listing: watch::Sender<Listing>,
        mut interval: watch::Receiver<Duration>,
    ) {
        loop {
            tokio::select! {
                () = poll(&source, &listing, &mut interval) => {}
                () = listing.closed() => {}
            }
            // Decided under the lock: who comes later finds no poller and starts one, who came before is served on.
            let mut running = self.lock();
            if listing.receiver_count() == 0 {
                running.remove(&source.key());
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lists again and again, until nobody sets intervals any more.
async fn poll(
    source: &Source,
    listing: &watch::Sender<Listing>,
    interval: &mut watch::Receiver<Duration>,
) {
    let mut failures = 0;
    loop {
        let answer = source.list_tags().await;
        let base = *interval.borrow_and_update();
        let pause = match &answer {
            Ok(_) => base,
            Err(error) => failed(error, failures, base),
        };
        failures = if answer.is_ok() { 0 } else { failures + 1 };
        listing.send_modify(|listing| match answer {
            Ok(tags) => {
                *listing = Listing {
                    tags: Some(Arc::new(tags)),
                    error: None,
                }
            }
            Err(error) => listing.error = Some(Arc::new(error)),
        });
        tokio::select! {
            () = tokio::time::sleep(jitter(pause)) => {}
            changed = interval.changed() => if changed.is_err() { return },
        }
    }
}

/// The pause after a failure: what the server asks for, else five seconds doubling up to the interval.
fn failed(error: &Error, failures: u32, interval: Duration) -> Duration {
    match error.retry() {
        Retry::After(wait) => wait.max(Duration::from_secs(1)),
        Retry::OnChange => interval,
        Retry::Backoff => Duration::from_secs(5)
            .saturating_mul(1 << failures.min(10))
            .min(interval),
    }
}

/// Up to a tenth more, so that a fleet of pollers does not march in step.
fn jitter(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 1000;
    pause + pause.mul_f64(random as f64 / 10_000.0)
}

#[cfg(test)]
mod tests;
