//! Decides how much work that keeps a processor busy runs at once: rendering and unpacking, as many as there are
//! processors. More would gain nothing, and every thread keeps memory of its own.

use std::num::NonZero;
use std::sync::Arc;

use cso_core::failure::Failure;
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant};

use crate::execute::internal;

/// The processors. Clones share them.
#[derive(Clone)]
pub(crate) struct Processors(Arc<Semaphore>);

impl Processors {
    /// All there are.
    pub(crate) fn all() -> Self {
        let count = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Does the work as soon as there is a processor for it; what came of it, and how long it took.
    ///
    /// # Errors
    /// The work, named by `what`, ended unexpectedly.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Duration), Failure> {
        // Nobody closes the semaphore, so there is a permit.
        let permit = Arc::clone(&self.0).acquire_owned().await.ok();
        let timed = move || {
            let began = Instant::now();
            let result = work();
            drop(permit);
            (result, began.elapsed())
        };
        let done = tokio::task::spawn_blocking(timed).await;
        done.map_err(|_| internal(format!("{what} ended unexpectedly")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_runs_at_once_than_there_are_processors() {
        let processors = Processors(Arc::new(Semaphore::new(2)));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let one = || {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            processors.run("counting", move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
            })
        };
        let done = futures::future::join_all((0..50).map(|_| one())).await;
        assert!(done.iter().all(Result::is_ok));
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn work_that_panics_is_a_failure_and_gives_its_place_back() {
        let processors = Processors(Arc::new(Semaphore::new(1)));
        let failure = processors.run("dividing", || panic!("by zero")).await;
        let failure = failure.map(|(never, _): ((), _)| never).unwrap_err();
        assert!(failure.message.contains("dividing"), "{}", failure.message);
        assert!(processors.run("adding", || 1 + 1).await.is_ok());
    }
}
