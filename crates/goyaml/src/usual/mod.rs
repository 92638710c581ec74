//! Reads documents written the usual way line by line, without tokens and events: block collections, scalars that end on
//! their line, block scalars, short flow sequences, comments.
//!
//! It either makes the tree that [`compose`](crate::compose::compose) would make, or nothing: whatever is unusual, and
//! every error, is left to the scanner and parser.

mod flow;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use memchr::{memchr, memchr3_iter};

use crate::compose::{NodeKind, Tree};
use crate::decode::Wanted;
use crate::scan::reader::Text;
use scalar::Ended;
use tree::{Place, Wishes};

/// Deeper documents are unusual.
const MAX_DEPTH: usize = 100;

/// The tree of the text's first document; `None` = it is not written the usual way. What nobody wants of a
/// document that is a mapping is checked and left out.
pub(crate) fn compose<'a>(text: &'a Text<'_>, wanted: Option<Wanted<'_>>) -> Option<Tree<'a>> {
    let src: &[u8] = &text.bytes;
    if text.problem.is_some() || src.first().is_none_or(|b| !b.is_ascii()) || has_rare_breaks(src) {
        return None;
    }
    let mut reader = Reader {
        src,
        pos: 0,
        line_start: 0,
        levels: vec![Level {
            indent: -1,
            kind: Kind::Root,
            awaits: true,
        }],
        tree: Wishes::new(src.len(), wanted),
    };
    reader.document()?;
    Some(reader.tree.finish())
}

/// Whether there is a line break other than LF.
fn has_rare_breaks(src: &[u8]) -> bool {
    memchr3_iter(b'\r', 0xC2, 0xE2, src).any(|at| {
        matches!(
            &src[at..],
            [b'\r', ..] | [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..]
        )
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Around the document.
    Root,
    Mapping,
    Sequence,
    /// A sequence at the indentation of the mapping whose value it is.
    Indentless,
}

/// A block collection that may go on.
#[derive(Clone, Copy)]
struct Level {
    indent: isize,
    kind: Kind,
    /// A key or `-` has been read and its value may follow.
    awaits: bool,
}

struct Reader<'a, 'w> {
    src: &'a [u8],
    pos: usize,
    line_start: usize,
    levels: Vec<Level>,
    tree: Wishes<'a, 'w>,
}

impl<'a> Reader<'a, '_> {
    fn document(&mut self) -> Option<()> {
        let mut is_first = true;
        while self.next_line() {
            let is_marker = self.column() == 0
                && matches!(self.rest(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..]);
            if is_marker {
                if !is_first || !self.rest().starts_with(b"---\n") {
                    return None;
                }
                self.pos += 3;
            } else {
                self.line()?;
            }
            is_first = false;
        }
        self.close_deeper_than(-1);
        (!self.top().awaits).then_some(())
    }

    /// Goes to the text of the next line that has one. `false` = there is none.
    fn next_line(&mut self) -> bool {
        loop {
            self.line_start = self.pos;
            self.skip_spaces();
            match self.byte() {
                0 => return false,
                b'\n' => self.pos += 1,
                b'#' => self.skip_line(),
                _ => return true,
            }
        }
    }

    /// A line: any number of `-`, then a key and its value, or only a value.
    fn line(&mut self) -> Option<()> {
        self.close_deeper_than(self.column());
        while self.is_entry() {
            self.entry()?;
            self.pos += 1;
            self.skip_spaces();
            if self.is_blank_to_end() {
                return self.end_line();
            }
        }
        let column = self.column();
        match self.byte() {
            b'\'' | b'"' => {
                let start = self.pos;
                let text = self.quoted()?;
                if self.byte() != b':' {
                    self.take_value(column)?;
                    self.tree.scalar(text, false)?;
                    return self.end_line();
                }
                self.pos += 1;
                if !matches!(self.byte(), b' ' | b'\n' | 0) || self.pos - start > scalar::KEY_LENGTH
                {
                    return None;
                }
                self.begin_pair(column)?;
                self.tree.key(text, false, self.place())?;
            }
            _ if self.may_start_plain() => match self.plain()? {
                (text, Ended::ByColon) => {
                    self.begin_pair(column)?;
                    self.tree.key(text.into(), true, self.place())?;
                }
                (text, Ended::WithLine) => {
                    self.take_value(column)?;
                    self.tree.scalar(text.into(), true)?;
                    return self.end_line();
                }
            },
            _ => {
                self.take_value(column)?;
                return self.special_value();
            }
        }
        self.value()
    }

    /// What follows a key on its line.
    fn value(&mut self) -> Option<()> {
        self.skip_spaces();
        if self.is_blank_to_end() {
            return self.end_line();
        }
        self.top_mut().awaits = false;
        match self.byte() {
            b'\'' | b'"' => {
                let text = self.quoted()?;
                self.tree.scalar(text, false)?;
            }
            _ if self.may_start_plain() => {
                let (text, Ended::WithLine) = self.plain()? else {
                    return None;
                };
                self.tree.scalar(text.into(), true)?;
            }
            _ => return self.special_value(),
        }
        self.end_line()
    }

    /// A value that is neither plain nor quoted.
    fn special_value(&mut self) -> Option<()> {
        match self.byte() {
            b'|' => return self.block_scalar(true),
            b'>' => return self.block_scalar(false),
            b'[' => self.flow_sequence()?,
            b'{' if self.at(1) == b'}' => {
                self.tree.open(NodeKind::Mapping);
                self.tree.close();
                self.pos += 2;
            }
            _ => return None,
        }
        self.end_line()
    }

    /// Whether a `-` stands here that begins an item.
    fn is_entry(&self) -> bool {
        self.byte() == b'-' && matches!(self.at(1), b' ' | b'\n' | 0)
    }

    /// Begins an item at this column.
    fn entry(&mut self) -> Option<()> {
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
    fn begin_pair(&mut self, column: isize) -> Option<()> {
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
    fn take_value(&mut self, column: isize) -> Option<()> {
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

    fn close_deeper_than(&mut self, indent: isize) {
        while self.top().indent > indent {
            self.close();
        }
    }

    /// Where the mapping on top stands.
    fn place(&self) -> Place {
        match self.levels[1..] {
            [_] => Place::Document,
            [outer, _] if outer.kind == Kind::Mapping => Place::Entry,
            _ => Place::Deeper,
        }
    }

    fn top(&self) -> Level {
        self.levels[self.levels.len() - 1]
    }

    fn top_mut(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn column(&self) -> isize {
        (self.pos - self.line_start) as isize
    }

    fn rest(&self) -> &'a [u8] {
        self.src.get(self.pos..).unwrap_or_default()
    }

    /// The byte `offset` after the current one; NUL past the end.
    fn at(&self, offset: usize) -> u8 {
        self.src.get(self.pos + offset).copied().unwrap_or(0)
    }

    fn byte(&self) -> u8 {
        self.at(0)
    }

    fn skip_spaces(&mut self) {
        self.pos += self.rest().iter().take_while(|b| **b == b' ').count();
    }

    fn skip_line(&mut self) {
        self.pos =
            memchr(b'\n', self.rest()).map_or(self.src.len(), |length| self.pos + length + 1);
    }

    /// Whether nothing but a comment follows on this line, behind a blank.
    fn is_blank_to_end(&self) -> bool {
        match self.byte() {
            0 | b'\n' => true,
            b'#' => self.pos > 0 && self.src[self.pos - 1] == b' ',
            _ => false,
        }
    }

    fn end_line(&mut self) -> Option<()> {
        self.skip_spaces();
        if !self.is_blank_to_end() {
            return None;
        }
        self.skip_line();
        Some(())
    }
}
