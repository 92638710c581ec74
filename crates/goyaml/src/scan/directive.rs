//! The directives `%YAML` and `%TAG`.

use super::Scanner;
use super::token::TokenKind;
use crate::error::SyntaxError;

impl<'a> Scanner<'a> {
    pub(super) fn scan_directive(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        self.cursor.skip_ascii(1);
        let name = self.cursor.read_word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.cursor.is_blankz(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            b"YAML" => self.scan_version()?,
            b"TAG" => self.scan_tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_breakz() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok(kind)
    }

    fn scan_version(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        self.cursor.skip_blanks();
        let major = self.scan_version_number()?;
        if self.cursor.byte() != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.cursor.skip_ascii(1);
        let minor = self.scan_version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8, SyntaxError> {
        let (mut value, mut length) = (0, 0);
        while self.cursor.byte().is_ascii_digit() {
            length += 1;
            if length > 2 {
                return Err(self.error("found extremely long version number"));
            }
            value = value * 10 + (self.cursor.byte() - b'0');
            self.cursor.skip_ascii(1);
        }
        if length == 0 {
            return Err(self.error("did not find expected version number"));
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        self.cursor.skip_blanks();
        let handle = self.scan_tag_handle()?;
        if handle != b"!" && !(handle.len() > 1 && handle.ends_with(b"!")) {
            return Err(self.error("did not find expected '!'"));
        }
        if !self.cursor.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_tag_uri(b"")?;
        if !self.cursor.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective {
            handle: handle.into(),
            prefix: prefix.into(),
        })
    }
}
