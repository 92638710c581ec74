//! A fact that was looked up: there, not there, or not known because the look-up failed.

use crate::failure::Failure;

/// The result of looking something up. Only [`Missing`](Fetched::Missing) says that it does not exist.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched<T> {
    /// It exists.
    Found(T),
    /// It does not exist.
    Missing,
    /// The look-up failed; nothing is known.
    Failed(Failure),
}

impl<T> Fetched<T> {
    /// The value, if it was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Missing | Self::Failed(_) => None,
        }
    }

    /// Why the look-up failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Found(_) | Self::Missing => None,
        }
    }
}
