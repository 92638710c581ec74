//! Counts failed passes in a row per object, and turns core's retry into the runtime's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cso_core::retry::{Retry, delay};
use kube::runtime::controller::Action;

/// An object: kind, namespace and name.
pub(crate) type ObjectKey = (&'static str, String, String);

/// The counts. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Attempts(Arc<Mutex<BTreeMap<ObjectKey, u32>>>);

impl Attempts {
    /// When the object is due again.
    pub(crate) fn next(&self, key: ObjectKey, retry: Retry) -> Action {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if retry == Retry::Backoff {
            let count = counts.entry(key).or_default();
            let wait = delay(*count);
            *count = count.saturating_add(1);
            return Action::requeue(wait);
        }
        counts.remove(&key);
        match retry {
            Retry::Now => Action::requeue(Duration::ZERO),
            Retry::After(wait) => Action::requeue(wait),
            Retry::OnChange | Retry::Backoff => Action::await_change(),
        }
    }

    /// Forgets an object that is gone.
    pub(crate) fn forget(&self, key: &ObjectKey) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_wait_longer_and_a_success_starts_over() {
        let attempts = Attempts::default();
        let key = || ("ClusterStack", "a".to_owned(), "b".to_owned());
        let first = attempts.next(key(), Retry::Backoff);
        assert_ne!(first, attempts.next(key(), Retry::Backoff));
        assert_eq!(
            attempts.next(key(), Retry::OnChange),
            Action::await_change()
        );
        assert_eq!(attempts.next(key(), Retry::Backoff), first);
    }
}
