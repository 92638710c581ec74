//! Where the reader is in its text, and how it gets to the next line.

use memchr::memchr;

use super::Reader;

impl<'a> Reader<'a, '_> {
    /// Goes to the text of the next line that has one. `false` = there is none.
    pub(super) fn next_line(&mut self) -> bool {
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

    pub(super) fn column(&self) -> isize {
        (self.pos - self.line_start) as isize
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.src.get(self.pos..).unwrap_or_default()
    }

    /// The byte `offset` after the current one; NUL past the end.
    pub(super) fn at(&self, offset: usize) -> u8 {
        self.src.get(self.pos + offset).copied().unwrap_or(0)
    }

    pub(super) fn byte(&self) -> u8 {
        self.at(0)
    }

    pub(super) fn skip_spaces(&mut self) {
        self.pos += self.rest().iter().take_while(|b| **b == b' ').count();
    }

    pub(super) fn skip_line(&mut self) {
        self.pos =
            memchr(b'\n', self.rest()).map_or(self.src.len(), |length| self.pos + length + 1);
    }

    /// Whether nothing but a comment follows on this line, behind a blank.
    pub(super) fn is_blank_to_end(&self) -> bool {
        match self.byte() {
            0 | b'\n' => true,
            b'#' => self.pos > 0 && self.src[self.pos - 1] == b' ',
            _ => false,
        }
    }

    pub(super) fn end_line(&mut self) -> Option<()> {
        self.skip_spaces();
        if !self.is_blank_to_end() {
            return None;
        }
        self.skip_line();
        Some(())
    }
}
