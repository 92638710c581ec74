//! Which entries of a document become data. The others are checked and left out.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

/// What is kept of a mapping.
#[derive(Clone, Copy)]
pub(super) enum Keep<'k> {
    All,
    Nothing,
    /// The entries whose keys the function wants.
    Keys(&'k dyn Fn(&[u8]) -> bool),
}

/// The entries of a mapping that are kept.
pub(super) struct Entries<'k> {
    pub(super) kept: BTreeMap<Str, Data>,
    keep: Keep<'k>,
}

impl<'k> Entries<'k> {
    pub(super) fn new(keep: Keep<'k>) -> Self {
        Self {
            kept: BTreeMap::new(),
            keep,
        }
    }

    pub(super) fn wants(&self, key: &[u8]) -> bool {
        match self.keep {
            Keep::All => true,
            Keep::Nothing => false,
            Keep::Keys(wanted) => wanted(key),
        }
    }
}
