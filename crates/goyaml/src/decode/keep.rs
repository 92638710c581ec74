//! Which entries of a document become data. The others are checked and left out.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

/// What is kept of a mapping.
#[derive(Clone, Copy)]
pub(super) enum Keep<'k> {
    All,
    Nothing,
    /// The document's entries that are wanted.
    Wanted(Wanted<'k>),
    /// Of the value of such an entry, the entries that are wanted.
    Inside(Wanted<'k>, &'k [u8]),
}

/// Whether an entry of a document is wanted: it is given its key, before it the key of the entry that it stands in, if it
/// is not one of the document's own.
pub(crate) type Wanted<'w> = &'w dyn Fn(Option<&[u8]>, &[u8]) -> bool;

impl Keep<'_> {
    /// What is kept of the value under that key.
    pub(super) fn below<'k>(&'k self, key: &'k [u8]) -> Keep<'k> {
        match self {
            Self::Wanted(wanted) => Keep::Inside(*wanted, key),
            Self::Nothing => Keep::Nothing,
            Self::All | Self::Inside(..) => Keep::All,
        }
    }
}

/// The entries of a mapping that are kept.
pub(super) struct Entries<'k> {
    pub(super) kept: BTreeMap<Str, Data>,
    pub(super) keep: Keep<'k>,
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
            Keep::Wanted(wanted) => wanted(None, key),
            Keep::Inside(wanted, outer) => wanted(Some(outer), key),
        }
    }
}
