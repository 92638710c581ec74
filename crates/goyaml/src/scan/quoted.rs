//! Quoted scalars: escapes, folding of their lines, and what may not stand in them.

use std::borrow::Cow;

use super::Scanner;
use super::cursor::{Stops, stops};
use super::plain::Gap;
use super::token::{Style, TokenKind};
use crate::error::SyntaxError;

impl<'a> Scanner<'a> {
    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<TokenKind<'a>, SyntaxError> {
        self.cursor.skip_ascii(1);
        // Until something has to be rewritten, the text is the slice from here.
        let whole = self.cursor.pos;
        let mut rewritten: Option<Vec<u8>> = None;
        loop {
            if self.cursor.is_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.cursor.byte() == 0 {
                return Err(self.error("found unexpected end of stream"));
            }
            let start = self.cursor.pos;
            self.skip_quoted_piece(quote);
            let end = self.cursor.pos;
            if let Some(text) = &mut rewritten {
                text.extend_from_slice(self.cursor.range(start, end));
            }
            let byte = self.cursor.byte();
            if byte == quote && !(quote == b'\'' && self.cursor.at(1) == b'\'') {
                break;
            }
            let before = self.cursor.range(whole, end);
            if self.cursor.is_blank(0) || self.cursor.is_break() {
                let gap = self.scan_quoted_gap(None);
                if gap.first_break.is_some() {
                    rewritten.get_or_insert_with(|| before.to_vec());
                }
                if let Some(text) = &mut rewritten {
                    gap.fold_into(text);
                }
            } else if byte != 0 {
                let text = rewritten.get_or_insert_with(|| before.to_vec());
                if byte == b'\'' {
                    text.push(b'\'');
                    self.cursor.skip_ascii(2);
                } else {
                    self.scan_escape(text)?;
                }
            }
        }
        let text = rewritten.map_or_else(|| Cow::Borrowed(self.cursor.slice(whole)), Cow::Owned);
        self.cursor.skip_ascii(1);
        Ok(TokenKind::Scalar(text, Style::Quoted))
    }

    /// Steps over characters up to a blank, a break, a quote or a backslash.
    fn skip_quoted_piece(&mut self, quote: u8) {
        static SINGLE: Stops = stops(b"'");
        static DOUBLE: Stops = stops(b"\"\\");
        let stops = if quote == b'"' { &DOUBLE } else { &SINGLE };
        loop {
            self.cursor.skip_run(stops);
            if self.cursor.byte() < 0x80 || self.cursor.is_break() {
                return;
            }
            self.cursor.skip();
        }
    }

    fn scan_quoted_gap(&mut self, first_break: Option<&'a [u8]>) -> Gap<'a> {
        let start = self.cursor.pos;
        let mut gap = Gap {
            first_break,
            ..Gap::default()
        };
        loop {
            if self.cursor.is_blank(0) {
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
                return gap;
            }
        }
    }

    fn scan_escape(&mut self, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        if self.cursor.break_len(1) > 0 {
            self.cursor.skip_ascii(1);
            self.cursor.skip_line();
            if self.cursor.byte() != b'"' {
                // The break itself is nothing; the ones after it count.
                self.scan_quoted_gap(Some(b"")).fold_into(text);
            }
            return Ok(());
        }
        let plain: &[u8] = match self.cursor.at(1) {
            b'0' => b"\0",
            b'a' => b"\x07",
            b'b' => b"\x08",
            b't' | b'\t' => b"\t",
            b'n' => b"\n",
            b'v' => b"\x0B",
            b'f' => b"\x0C",
            b'r' => b"\r",
            b'e' => b"\x1B",
            b' ' => b" ",
            b'"' => b"\"",
            b'\'' => b"'",
            b'\\' => b"\\",
            b'N' => "\u{85}".as_bytes(),
            b'_' => "\u{A0}".as_bytes(),
            b'L' => "\u{2028}".as_bytes(),
            b'P' => "\u{2029}".as_bytes(),
            b'x' => return self.scan_code(2, text),
            b'u' => return self.scan_code(4, text),
            b'U' => return self.scan_code(8, text),
            _ => return Err(self.error("found unknown escape character")),
        };
        text.extend_from_slice(plain);
        self.cursor.skip_ascii(2);
        Ok(())
    }

    fn scan_code(&mut self, digits: usize, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        self.cursor.skip_ascii(2);
        let mut code: u64 = 0;
        for i in 0..digits {
            let Some(digit) = char::from(self.cursor.at(i)).to_digit(16) else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            code = code << 4 | u64::from(digit);
        }
        let Some(c) = u32::try_from(code).ok().and_then(char::from_u32) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.cursor.skip_ascii(digits);
        Ok(())
    }
}
