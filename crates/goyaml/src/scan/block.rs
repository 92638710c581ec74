//! Block scalars (`|` and `>`): their header, indentation, folding and final breaks.

use std::borrow::Cow;

use super::Scanner;
use super::token::{Style, TokenKind};
use crate::error::SyntaxError;

/// What becomes of the breaks at the end.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

impl<'a> Scanner<'a> {
    pub(super) fn scan_block_scalar(
        &mut self,
        is_literal: bool,
    ) -> Result<TokenKind<'a>, SyntaxError> {
        self.cursor.skip_ascii(1);
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = match increment {
            0 => 0,
            n => usize::try_from(self.indent).unwrap_or(0) + n,
        };
        let mut text = Vec::new();
        let mut leading: &[u8] = b"";
        let mut trailing = Vec::new();
        let mut leading_blank = false;
        self.scan_block_breaks(&mut indent, &mut trailing)?;
        while self.cursor.mark.column == indent && self.cursor.byte() != 0 {
            let is_blank = self.cursor.is_blank(0);
            if !is_literal && !leading_blank && !is_blank && leading == b"\n" {
                if trailing.is_empty() {
                    text.push(b' ');
                }
            } else {
                text.extend_from_slice(leading);
            }
            text.append(&mut trailing);
            leading_blank = is_blank;
            let start = self.cursor.pos;
            self.cursor.skip_to_break();
            text.extend_from_slice(self.cursor.slice(start));
            leading = if self.cursor.is_break() {
                self.cursor.read_line()
            } else {
                b""
            };
            self.scan_block_breaks(&mut indent, &mut trailing)?;
        }
        if chomping != Chomping::Strip {
            text.extend_from_slice(leading);
        }
        if chomping == Chomping::Keep {
            text.append(&mut trailing);
        }
        Ok(TokenKind::Scalar(Cow::Owned(text), Style::Quoted))
    }

    /// The indicators after `|` or `>`, in either order, and the rest of that line.
    fn scan_block_header(&mut self) -> Result<(Chomping, usize), SyntaxError> {
        let mut chomping = self.scan_chomping();
        let mut increment = 0;
        if self.cursor.byte().is_ascii_digit() {
            if self.cursor.byte() == b'0' {
                return Err(self.error("found an indentation indicator equal to 0"));
            }
            increment = usize::from(self.cursor.byte() - b'0');
            self.cursor.skip_ascii(1);
            if chomping.is_none() {
                chomping = self.scan_chomping();
            }
        }
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_breakz() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.cursor.byte() {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.cursor.skip_ascii(1);
        Some(chomping)
    }

    /// Skips indentation and empty lines; finds the indentation if it is not known yet (0).
    fn scan_block_breaks(
        &mut self,
        indent: &mut usize,
        breaks: &mut Vec<u8>,
    ) -> Result<(), SyntaxError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte() == b' '
            {
                self.cursor.skip_ascii(1);
            }
            deepest = deepest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte() == b'\t' {
                return Err(
                    self.error("found a tab character where an indentation space is expected")
                );
            }
            if !self.cursor.is_break() {
                break;
            }
            breaks.extend_from_slice(self.cursor.read_line());
        }
        if *indent == 0 {
            *indent = deepest
                .max(usize::try_from(self.indent + 1).unwrap_or(0))
                .max(1);
        }
        Ok(())
    }
}
