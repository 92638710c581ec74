//! Reads documents written the usual way line by line, without tokens and events: block collections, scalars that end on
//! their line, block scalars, short flow sequences, comments.
//!
//! It either makes the tree that [`compose`](crate::compose::compose) would make, or nothing: whatever is unusual, and
//! every error, is left to the scanner and parser.

mod cursor;
mod flow;
mod levels;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use memchr::memchr3_iter;

use crate::compose::{NodeKind, Tree};
use crate::decode::Wanted;
use crate::scan::reader::Text;
use levels::{Kind, Level};
use scalar::Ended;
use tree::Wishes;

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

struct Reader<'a, 'w> {
    src: &'a [u8],
    pos: usize,
    line_start: usize,
    levels: Vec<Level>,
    tree: Wishes<'a, 'w>,
}

impl Reader<'_, '_> {
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
}
