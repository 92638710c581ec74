//! Which block collections a line goes on with, begins or ends, by the column it stands at.

use super::tree::Place;
use super::{MAX_DEPTH, Reader};
use crate::compose::NodeKind;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Around the document.
    Root,
    Mapping,
    Sequence,
    /// A sequence at the indentation of the mapping whose value it is.
    Indentless,
}

/// A block collection that may go on.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) indent: isize,
    pub(super) kind: Kind,
    /// A key or `-` has been read and its value may follow.
    pub(super) awaits: bool,
}

impl Reader<'_, '_> {
    /// Whether a `-` stands here that begins an item.
    pub(super) fn is_entry(&self) -> bool {
        self.byte() == b'-' && matches!(self.at(1), b' ' | b'\n' | 0)
    }

    /// Begins an item at this column.
    pub(super) fn entry(&mut self) -> Option<()> {
        let column = self.column();
        let top = self.top();
        match top.kind {
            _ if top.awaits && top.indent < column => self.open(Kind::Sequence, column)?,
            Kind::Mapping if top.awaits && top.indent == column => {
                self.open(Kind::Indentless, column)?;
            }
            Kind::Sequence | Kind::Indentless if top.indent == column => self.leave_out(),
            _ => return None,
        }
        self.top_mut().awaits = true;
        Some(())
    }

    /// Begins a pair whose key stands at this column.
    pub(super) fn begin_pair(&mut self, column: isize) -> Option<()> {
        if self.top().kind == Kind::Indentless && self.top().indent == column {
            self.close();
        }
        let top = self.top();
        match top.kind {
            _ if top.awaits && top.indent < column => self.open(Kind::Mapping, column)?,
            Kind::Mapping if top.indent == column => self.leave_out(),
            _ => return None,
        }
        self.top_mut().awaits = true;
        Some(())
    }

    /// Says that a value stands at this column, which must be awaited there.
    pub(super) fn take_value(&mut self, column: isize) -> Option<()> {
        let top = self.top_mut();
        let may = top.awaits && top.indent < column;
        top.awaits = false;
        may.then_some(())
    }

    /// The value that was awaited, if any, is null.
    fn leave_out(&mut self) {
        let top = self.top_mut();
        if top.awaits {
            top.awaits = false;
            self.tree.null();
        }
    }

    fn open(&mut self, kind: Kind, indent: isize) -> Option<()> {
        self.top_mut().awaits = false;
        self.levels.push(Level {
            indent,
            kind,
            awaits: false,
        });
        self.tree.open(if kind == Kind::Mapping {
            NodeKind::Mapping
        } else {
            NodeKind::Sequence
        });
        (self.levels.len() <= MAX_DEPTH).then_some(())
    }

    fn close(&mut self) {
        self.leave_out();
        self.levels.pop();
        self.tree.close();
    }

    pub(super) fn close_deeper_than(&mut self, indent: isize) {
        while self.top().indent > indent {
            self.close();
        }
    }

    /// Where the mapping on top stands.
    pub(super) fn place(&self) -> Place {
        match self.levels[1..] {
            [_] => Place::Document,
            [outer, _] if outer.kind == Kind::Mapping => Place::Entry,
            _ => Place::Deeper,
        }
    }

    pub(super) fn top(&self) -> Level {
        self.levels[self.levels.len() - 1]
    }

    pub(super) fn top_mut(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }
}
