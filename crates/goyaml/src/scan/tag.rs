//! Anchors, aliases and tags.

use std::borrow::Cow;

use super::Scanner;
use super::cursor::{is_word, width};
use super::token::TokenKind;
use crate::error::SyntaxError;

impl<'a> Scanner<'a> {
    pub(super) fn scan_anchor(&mut self) -> Result<&'a [u8], SyntaxError> {
        self.cursor.skip_ascii(1);
        let name = self.cursor.read_word();
        let may_end = self.cursor.is_blankz(0)
            || matches!(
                self.cursor.byte(),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !may_end {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        Ok(name)
    }

    pub(super) fn scan_tag(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        let kind = if self.cursor.at(1) == b'<' {
            self.cursor.skip_ascii(2);
            let suffix = self.scan_tag_uri(b"")?;
            if self.cursor.byte() != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.cursor.skip_ascii(1);
            TokenKind::Tag {
                handle: Cow::Borrowed(b""),
                suffix: suffix.into(),
            }
        } else {
            let handle = self.scan_tag_handle()?;
            if handle.len() > 1 && handle.ends_with(b"!") {
                let suffix = self.scan_tag_uri(b"")?;
                TokenKind::Tag {
                    handle: handle.into(),
                    suffix: suffix.into(),
                }
            } else {
                match self.scan_tag_uri(handle)? {
                    // The tag `!` alone.
                    suffix if suffix.is_empty() => TokenKind::Tag {
                        handle: Cow::Borrowed(b""),
                        suffix: Cow::Borrowed(b"!"),
                    },
                    suffix => TokenKind::Tag {
                        handle: Cow::Borrowed(b"!"),
                        suffix: suffix.into(),
                    },
                }
            }
        };
        if !self.cursor.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(kind)
    }

    /// `!`, `!!` or `!name!`; or the `!name` that turns out to be no handle.
    pub(super) fn scan_tag_handle(&mut self) -> Result<&'a [u8], SyntaxError> {
        if self.cursor.byte() != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let start = self.cursor.pos;
        self.cursor.skip_ascii(1);
        self.cursor.read_word();
        if self.cursor.byte() == b'!' {
            self.cursor.skip_ascii(1);
        }
        Ok(self.cursor.slice(start))
    }

    /// The rest of a tag whose `head` has been read already.
    pub(super) fn scan_tag_uri(&mut self, head: &[u8]) -> Result<Vec<u8>, SyntaxError> {
        let mut uri = head.get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        loop {
            match self.cursor.byte() {
                b'%' => self.scan_uri_escape(&mut uri)?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.cursor.skip_ascii(1);
                }
                _ if found => return Ok(uri),
                _ => return Err(self.error("did not find expected tag URI")),
            }
            found = true;
        }
    }

    /// The `%XX` sequences of one character.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let mut missing = 0;
        let mut is_first = true;
        while is_first || missing > 0 {
            let digits = (
                char::from(self.cursor.at(1)).to_digit(16),
                char::from(self.cursor.at(2)).to_digit(16),
            );
            let (b'%', (Some(high), Some(low))) = (self.cursor.byte(), digits) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = (high << 4 | low) as u8;
            if is_first {
                if matches!(octet, 0x80..=0xBF | 0xF8..) {
                    return Err(self.error("found an incorrect leading UTF-8 octet"));
                }
                missing = width(octet);
            } else if octet & 0xC0 != 0x80 {
                return Err(self.error("found an incorrect trailing UTF-8 octet"));
            }
            uri.push(octet);
            self.cursor.skip_ascii(3);
            missing -= 1;
            is_first = false;
        }
        Ok(())
    }
}
