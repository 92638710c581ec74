//! The tree as the reader makes it, without what nobody wants.

use std::borrow::Cow;

use crate::compose::{Growing, NodeKind, Tree};
use crate::resolve::{Scalar, resolve};

/// Which entries of a document that is a mapping are wanted; `None` = all.
pub(crate) type Wanted<'w> = Option<&'w dyn Fn(&[u8]) -> bool>;

pub(super) struct Wishes<'a, 'w> {
    tree: Growing<'a>,
    wanted: Wanted<'w>,
    /// In an entry that nobody wants.
    skips: bool,
}

impl<'a, 'w> Wishes<'a, 'w> {
    pub(super) fn new(length: usize, wanted: Wanted<'w>) -> Self {
        let nodes = if wanted.is_some() { 32 } else { length / 16 };
        Self {
            tree: Growing::with_capacity(nodes),
            wanted,
            skips: false,
        }
    }

    pub(super) fn finish(self) -> Tree<'a> {
        self.tree.finish()
    }

    /// Whether the text of a scalar is of use.
    pub(super) fn skips(&self) -> bool {
        self.skips
    }

    pub(super) fn open(&mut self, kind: NodeKind<'a>) {
        self.push(kind);
    }

    pub(super) fn close(&mut self) {
        if !self.skips {
            self.tree.close();
        }
    }

    pub(super) fn null(&mut self) {
        self.push(NodeKind::Scalar {
            value: Cow::Borrowed(b""),
            implicit: true,
        });
    }

    /// A key, of the document itself if `is_outermost`. `None` = one that takes more than a look at the entry.
    pub(super) fn key(
        &mut self,
        value: Cow<'a, [u8]>,
        implicit: bool,
        is_outermost: bool,
    ) -> Option<()> {
        let is_text = !implicit
            || match resolve(&value) {
                Scalar::Null | Scalar::Uint(_) => return None,
                Scalar::Str(_) if value.as_ref() == b"<<" => return None,
                Scalar::Str(_) => true,
                _ => false,
            };
        if is_outermost && let Some(wanted) = self.wanted {
            self.skips = is_text && !wanted(&value);
        }
        self.push(NodeKind::Scalar { value, implicit });
        Some(())
    }

    /// A scalar. `None` = it might be an infinity, which is an error wherever it stands.
    pub(super) fn scalar(&mut self, value: Cow<'a, [u8]>, implicit: bool) -> Option<()> {
        if self.skips {
            let may_be_infinite =
                implicit && matches!(value.as_ref(), [b'.', ..] | [b'+' | b'-', b'.', ..]);
            return (!may_be_infinite).then_some(());
        }
        self.push(NodeKind::Scalar { value, implicit });
        Some(())
    }

    fn push(&mut self, kind: NodeKind<'a>) {
        if !self.skips {
            self.tree.push(kind, Cow::Borrowed(b""));
        }
    }
}
