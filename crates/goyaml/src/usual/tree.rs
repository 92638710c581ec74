//! The tree as the reader makes it, without what nobody wants.

use std::borrow::Cow;

use crate::compose::{Growing, NodeKind, Tree};
use crate::decode::Wanted;
use crate::resolve::{Scalar, resolve};

/// Where a mapping stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// It is the document.
    Document,
    /// It is the value of one of the document's entries.
    Entry,
    Deeper,
}

pub(super) struct Wishes<'a, 'w> {
    tree: Growing<'a>,
    /// `None` = everything is.
    wanted: Option<Wanted<'w>>,
    /// The document's entry that is being read, if its key is a string.
    entry: Option<Cow<'a, [u8]>>,
    /// In an entry that nobody wants; of the document, if not of one of its entries.
    skips: Option<Place>,
    /// The collections that opened since.
    skipped: usize,
}

impl<'a, 'w> Wishes<'a, 'w> {
    pub(super) fn new(length: usize, wanted: Option<Wanted<'w>>) -> Self {
        let nodes = if wanted.is_some() { 32 } else { length / 16 };
        Self {
            tree: Growing::with_capacity(nodes),
            wanted,
            entry: None,
            skips: None,
            skipped: 0,
        }
    }

    pub(super) fn finish(self) -> Tree<'a> {
        self.tree.finish()
    }

    /// Whether the text of a scalar is of use.
    pub(super) fn skips(&self) -> bool {
        self.skips.is_some()
    }

    pub(super) fn open(&mut self, kind: NodeKind<'a>) {
        self.skipped += usize::from(self.skips());
        self.push(kind);
    }

    pub(super) fn close(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else {
            self.skips = None;
            self.tree.close();
        }
    }

    pub(super) fn null(&mut self) {
        self.push(NodeKind::Scalar {
            value: Cow::Borrowed(b""),
            implicit: true,
        });
    }

    /// A key of the mapping at that place. `None` = one that takes more than a look at the entry.
    pub(super) fn key(&mut self, value: Cow<'a, [u8]>, implicit: bool, place: Place) -> Option<()> {
        let is_text = !implicit
            || match resolve(&value) {
                Scalar::Null | Scalar::Uint(_) => return None,
                Scalar::Str(_) if value.as_ref() == b"<<" => return None,
                Scalar::Str(_) => true,
                _ => false,
            };
        if let Some(wanted) = self.wanted {
            self.choose(wanted, is_text.then_some(&value), place);
        }
        self.push(NodeKind::Scalar { value, implicit });
        Some(())
    }

    /// A scalar. `None` = it might be an infinity, which is an error wherever it stands.
    pub(super) fn scalar(&mut self, value: Cow<'a, [u8]>, implicit: bool) -> Option<()> {
        if self.skips() {
            let may_be_infinite =
                implicit && matches!(value.as_ref(), [b'.', ..] | [b'+' | b'-', b'.', ..]);
            return (!may_be_infinite).then_some(());
        }
        self.push(NodeKind::Scalar { value, implicit });
        Some(())
    }

    /// Decides whether the entry with that key is skipped. A key that is no string may turn out to be any.
    fn choose(&mut self, wanted: Wanted<'_>, key: Option<&Cow<'a, [u8]>>, place: Place) {
        match (place, self.skips) {
            (Place::Document, _) => {
                let is_skipped = key.is_some_and(|key| !wanted(None, key));
                self.skips = is_skipped.then_some(place);
                self.entry = key.cloned();
            }
            (Place::Entry, None | Some(Place::Entry)) => {
                let is_skipped = self.entry.as_ref().zip(key);
                let is_skipped = is_skipped.is_some_and(|(entry, key)| !wanted(Some(entry), key));
                self.skips = is_skipped.then_some(place);
            }
            _ => {}
        }
    }

    fn push(&mut self, kind: NodeKind<'a>) {
        if !self.skips() {
            self.tree.push(kind, Cow::Borrowed(b""));
        }
    }
}
