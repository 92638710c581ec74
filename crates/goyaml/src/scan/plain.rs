//! Plain scalars: where they end, and how their lines are folded.

use std::borrow::Cow;

use super::Scanner;
use super::cursor::{Stops, stops};
use super::token::{Style, TokenKind};
use crate::error::SyntaxError;

/// Blanks and line breaks between two pieces of a scalar. What they become shows only when another piece follows.
#[derive(Default)]
pub(super) struct Gap<'a> {
    pub(super) blanks: &'a [u8],
    pub(super) first_break: Option<&'a [u8]>,
    pub(super) more_breaks: Vec<u8>,
}

impl Gap<'_> {
    /// Folds the gap into the text: one break is a space, more keep all but the first.
    pub(super) fn fold_into(&self, text: &mut Vec<u8>) {
        match self.first_break {
            None => text.extend_from_slice(self.blanks),
            Some(b"\n") if self.more_breaks.is_empty() => text.push(b' '),
            Some(b"\n") => text.extend_from_slice(&self.more_breaks),
            Some(first) => {
                text.extend_from_slice(first);
                text.extend_from_slice(&self.more_breaks);
            }
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn scan_plain(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        let indent = self.indent + 1;
        let mut text: Cow<'a, [u8]> = Cow::Borrowed(&[]);
        // The last piece's range: as long as there is only a blank between pieces of a line, they are one slice.
        let mut from = self.cursor.pos;
        let mut gap = Gap::default();
        let mut broke = false;
        loop {
            if self.cursor.is_document_indicator() || self.cursor.byte() == b'#' {
                break;
            }
            let start = self.cursor.pos;
            self.skip_plain_piece();
            if self.cursor.pos > start {
                if broke {
                    gap.fold_into(text.to_mut());
                    from = start;
                    broke = false;
                }
                let piece = self.cursor.slice(from);
                match &mut text {
                    Cow::Borrowed(all) => *all = piece,
                    Cow::Owned(all) => {
                        if start == from {
                            all.extend_from_slice(piece);
                        } else {
                            gap.fold_into(all);
                            all.extend_from_slice(self.cursor.slice(start));
                        }
                    }
                }
            }
            if !(self.cursor.is_blank(0) || self.cursor.is_break()) {
                break;
            }
            gap = self.scan_plain_gap(indent)?;
            broke = gap.first_break.is_some();
            if self.flow_level == 0 && (self.cursor.mark.column as isize) < indent {
                break;
            }
        }
        if broke {
            self.simple_key_allowed = true;
        }
        Ok(TokenKind::Scalar(text, Style::Plain))
    }

    /// Steps over characters up to a blank, or what ends the scalar.
    fn skip_plain_piece(&mut self) {
        static BLOCK: Stops = stops(b":");
        static FLOW: Stops = stops(b":,?[]{}");
        let stops = if self.flow_level > 0 { &FLOW } else { &BLOCK };
        loop {
            self.cursor.skip_run(stops);
            match self.cursor.byte() {
                b':' if !self.cursor.is_blankz(1) => self.cursor.skip_ascii(1),
                0x80.. if !self.cursor.is_break() => self.cursor.skip(),
                _ => return,
            }
        }
    }

    fn scan_plain_gap(&mut self, indent: isize) -> Result<Gap<'a>, SyntaxError> {
        let start = self.cursor.pos;
        let mut gap = Gap::default();
        loop {
            if self.cursor.is_blank(0) {
                let is_in_indent =
                    gap.first_break.is_some() && (self.cursor.mark.column as isize) < indent;
                if is_in_indent && self.cursor.byte() == b'\t' {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                self.cursor.skip_ascii(1);
                if gap.first_break.is_none() {
                    gap.blanks = self.cursor.slice(start);
                }
            } else if self.cursor.is_break() {
                let line = self.cursor.read_line();
                if gap.first_break.is_none() {
                    gap.first_break = Some(line);
                } else {
                    gap.more_breaks.extend_from_slice(line);
                }
            } else {
                return Ok(gap);
            }
        }
    }
}
