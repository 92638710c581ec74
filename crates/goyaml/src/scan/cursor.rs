//! Moves over the text: characters, line breaks, blanks, and the marks that go with them.

use super::token::Mark;

/// A position in the text. Past its end every byte reads as NUL, which no valid text contains.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    src: &'a [u8],
    pub(crate) pos: usize,
    pub(crate) mark: Mark,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(src: &'a [u8]) -> Self {
        Self {
            src,
            pos: 0,
            mark: Mark::default(),
        }
    }

    /// The byte `offset` after the current one; NUL past the end.
    #[inline]
    pub(crate) fn at(&self, offset: usize) -> u8 {
        self.src.get(self.pos + offset).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn byte(&self) -> u8 {
        self.at(0)
    }

    #[inline]
    pub(crate) fn is_end(&self) -> bool {
        self.pos >= self.src.len()
    }

    pub(crate) fn slice(&self, from: usize) -> &'a [u8] {
        &self.src[from..self.pos]
    }

    pub(crate) fn range(&self, from: usize, to: usize) -> &'a [u8] {
        &self.src[from..to]
    }

    #[inline]
    pub(crate) fn is_blank(&self, offset: usize) -> bool {
        matches!(self.at(offset), b' ' | b'\t')
    }

    /// The bytes of the line break `offset` after the current byte; 0 = there is none. CR LF counts as one break.
    #[inline]
    pub(crate) fn break_len(&self, offset: usize) -> usize {
        match self.at(offset) {
            b'\r' if self.at(offset + 1) == b'\n' => 2,
            b'\n' | b'\r' => 1,
            0xC2 if self.at(offset + 1) == 0x85 => 2,
            0xE2 if self.at(offset + 1) == 0x80 && matches!(self.at(offset + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn is_break(&self) -> bool {
        self.break_len(0) > 0
    }

    /// A break or the end of the text.
    #[inline]
    pub(crate) fn is_breakz(&self) -> bool {
        self.byte() == 0 || self.is_break()
    }

    /// A blank, a break or the end of the text.
    #[inline]
    pub(crate) fn is_blankz(&self, offset: usize) -> bool {
        match self.at(offset) {
            b' ' | b'\t' | b'\n' | b'\r' | 0 => true,
            0x01..=0x7F => false,
            _ => self.break_len(offset) > 0,
        }
    }

    /// Steps over one character.
    #[inline]
    pub(crate) fn skip(&mut self) {
        self.pos += width(self.byte());
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Steps over that many ASCII characters.
    #[inline]
    pub(crate) fn skip_ascii(&mut self, count: usize) {
        self.pos += count;
        self.mark.index += count;
        self.mark.column += count;
    }

    /// Steps over the line break here.
    #[inline]
    pub(crate) fn skip_line(&mut self) {
        let len = self.break_len(0);
        if len > 0 {
            self.mark.index += if self.byte() == b'\r' { len } else { 1 };
            self.pos += len;
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// Steps over the line break here and returns what it stands for: LF, or itself for LS and PS.
    pub(crate) fn read_line(&mut self) -> &'a [u8] {
        let (start, len) = (self.pos, self.break_len(0));
        self.skip_line();
        if len == 3 {
            &self.src[start..start + 3]
        } else {
            b"\n"
        }
    }

    pub(crate) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip_ascii(1);
        }
    }

    /// Steps over spaces.
    #[inline]
    pub(crate) fn skip_spaces(&mut self) {
        let rest = self.src.get(self.pos..).unwrap_or_default();
        self.skip_ascii(rest.iter().take_while(|b| **b == b' ').count());
    }

    /// Steps over ASCII characters up to one of those stops.
    #[inline]
    pub(crate) fn skip_run(&mut self, stops: &Stops) {
        let rest = self.src.get(self.pos..).unwrap_or_default();
        let run = rest.iter().position(|b| stops[usize::from(*b)]);
        self.skip_ascii(run.unwrap_or(rest.len()));
    }

    /// Steps to the end of the line, over its text.
    pub(crate) fn skip_to_break(&mut self) {
        loop {
            let rest = self.src.get(self.pos..).unwrap_or_default();
            let run = rest
                .iter()
                .take_while(|b| matches!(b, 0x20..=0x7F | b'\t'))
                .count();
            self.skip_ascii(run);
            if self.is_breakz() {
                return;
            }
            self.skip();
        }
    }

    /// Whether a document indicator (`---` or `...`, then a blank) stands here, at the start of a line.
    pub(crate) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.byte(), b'-' | b'.')
            && self.at(1) == self.byte()
            && self.at(2) == self.byte()
            && self.is_blankz(3)
    }

    /// The word here: letters, digits, `_` and `-`.
    pub(crate) fn read_word(&mut self) -> &'a [u8] {
        let start = self.pos;
        while is_word(self.byte()) {
            self.skip_ascii(1);
        }
        self.slice(start)
    }
}

/// Which bytes end a run.
pub(crate) type Stops = [bool; 256];

/// Stops at white space, at what is not ASCII, and at those bytes.
pub(crate) const fn stops(more: &[u8]) -> Stops {
    let mut stops = [false; 256];
    let mut i = 0x80;
    while i < 256 {
        stops[i] = true;
        i += 1;
    }
    i = 0;
    while i < more.len() {
        stops[more[i] as usize] = true;
        i += 1;
    }
    let blank = b"\0 \t\n\r";
    i = 0;
    while i < blank.len() {
        stops[blank[i] as usize] = true;
        i += 1;
    }
    stops
}

/// The bytes of the UTF-8 sequence that this byte begins.
#[inline]
pub(crate) fn width(byte: u8) -> usize {
    match byte {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    }
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
