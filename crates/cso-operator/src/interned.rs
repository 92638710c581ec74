//! Decides which values are kept once although many hold them: most workload clusters serve the same kinds.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Values that somebody holds.
pub(crate) struct Interned<T>(Mutex<Vec<Weak<T>>>);

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: PartialEq> Interned<T> {
    /// The value that is held already and equals this one, else this one.
    pub(crate) fn common(&self, value: T) -> Arc<T> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|one| one.strong_count() > 0);
        let mut known = held.iter().filter_map(Weak::upgrade);
        if let Some(known) = known.find(|known| **known == value) {
            return known;
        }
        let value = Arc::new(value);
        held.push(Arc::downgrade(&value));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_as_long_as_somebody_holds_them() {
        let interned = Interned::default();
        let first = interned.common("a".to_owned());
        assert!(Arc::ptr_eq(&first, &interned.common("a".to_owned())));
        assert_ne!(first, interned.common("b".to_owned()));
        drop(first);
        interned.common("c".to_owned());
        assert_eq!(interned.0.lock().unwrap().len(), 1);
    }
}
