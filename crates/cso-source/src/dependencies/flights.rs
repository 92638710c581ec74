//! Decides that what several want at the same time is fetched once, and forgotten when nobody holds it any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

/// What is on its way, by address. Clones share it.
#[derive(Debug)]
pub(super) struct Flights<V>(Arc<Mutex<BTreeMap<String, Weak<OnceCell<V>>>>>);

impl<V> Clone for Flights<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V> Default for Flights<V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<V> Flights<V> {
    /// The cell of an address; who holds it spares the next one the way. A failure fills no cell.
    pub(super) fn cell(&self, address: &str) -> Arc<OnceCell<V>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, cell| cell.strong_count() > 0);
        if let Some(cell) = flights.get(address).and_then(Weak::upgrade) {
            return cell;
        }
        let cell = Arc::new(OnceCell::new());
        flights.insert(address.to_owned(), Arc::downgrade(&cell));
        cell
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn u10_who_asks_while_another_fetches_waits_for_that_and_later_ones_fetch_anew() {
        let (flights, fetches) = (Flights::default(), AtomicUsize::new(0));
        let fetch = async || {
            let cell = flights.cell("https://charts.example.com/index.yaml");
            let fetched = cell.get_or_try_init(async || {
                tokio::task::yield_now().await;
                match fetches.fetch_add(1, Ordering::Relaxed) {
                    0 => Err("the first attempt fails"),
                    count => Ok(count),
                }
            });
            fetched.await.copied()
        };
        let all = tokio::join!(fetch(), fetch(), fetch());
        assert_eq!(all, (Err("the first attempt fails"), Ok(1), Ok(1)));
        assert_eq!(fetch().await, Ok(2), "nobody held it any more");
    }
}
