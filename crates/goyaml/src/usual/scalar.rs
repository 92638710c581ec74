//! Scalars that end on their line, and block scalars.

use std::borrow::Cow;

use memchr::memchr;

use super::Reader;

/// Longer keys are unusual, or no keys.
pub(super) const KEY_LENGTH: usize = 1000;

/// What came after a plain scalar.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ended {
    /// A `:`, which is behind us.
    ByColon,
    /// A comment or the end of the line, to which we have come.
    WithLine,
}

/// What becomes of the breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

enum BlockLine<'a> {
    Inside(&'a [u8]),
    /// The scalar ended before it.
    Over,
}

impl<'a> Reader<'a, '_> {
    /// Whether the byte here begins a plain scalar, whatever follows it.
    pub(super) fn may_start_plain(&self) -> bool {
        match self.byte() {
            b'-' => !matches!(self.at(1), b' ' | b'\t' | b'\n' | 0),
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'.'
            | b'_'
            | b'+'
            | b'$'
            | b'('
            | b'<'
            | b'~'
            | b'^' => true,
            byte => !byte.is_ascii(),
        }
    }

    /// A plain scalar on this line. `None` = one with a tab, a blank before its colon, or too long for a key.
    pub(super) fn plain(&mut self) -> Option<(&'a [u8], Ended)> {
        static STOPS: [bool; 256] = stops(b":#\n\t");
        let start = self.pos;
        loop {
            self.skip_to(&STOPS);
            match self.byte() {
                b':' if matches!(self.at(1), b' ' | b'\n' | 0) => {
                    let text = &self.src[start..self.pos];
                    self.pos += 1;
                    let is_usual = text.len() <= KEY_LENGTH && !text.ends_with(b" ");
                    return is_usual.then_some((text, Ended::ByColon));
                }
                b':' if self.at(1) == b'\t' => return None,
                b'\n' | 0 => break,
                b'#' if self.src[self.pos - 1] == b' ' => break,
                b'\t' => return None,
                _ => self.pos += 1,
            }
        }
        Some((self.src[start..self.pos].trim_ascii_end(), Ended::WithLine))
    }

    /// A quoted scalar on this line. `None` = it goes on, or has escapes but the simplest.
    pub(super) fn quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        static SINGLE: [bool; 256] = stops(b"'\n");
        static DOUBLE: [bool; 256] = stops(b"\"\\\n");
        let quote = self.byte();
        let stops = if quote == b'"' { &DOUBLE } else { &SINGLE };
        self.pos += 1;
        let mut text: Cow<'a, [u8]> = Cow::Borrowed(b"");
        loop {
            let start = self.pos;
            self.skip_to(stops);
            let piece = &self.src[start..self.pos];
            match &mut text {
                Cow::Borrowed(b"") => text = Cow::Borrowed(piece),
                all => all.to_mut().extend_from_slice(piece),
            }
            let escaped = match (self.byte(), self.at(1)) {
                (b'\'', b'\'') => b'\'',
                (b'\\', b'n') => b'\n',
                (b'\\', b't') => b'\t',
                (b'\\', byte @ (b'"' | b'\\')) => byte,
                (b'\'' | b'"', _) => break,
                _ => return None,
            };
            text.to_mut().push(escaped);
            self.pos += 2;
        }
        self.pos += 1;
        Some(text)
    }

    /// A word in a flow sequence, of characters that mean nothing there.
    pub(super) fn flow_word(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let is_inner =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'.' | b'-' | b'*');
        let length = rest.iter().take_while(|b| is_inner(b)).count();
        let is_usual = rest.first().is_some_and(|b| !matches!(b, b'-' | b'*')) && length > 0;
        self.pos += length;
        is_usual.then(|| &rest[..length])
    }

    /// A block scalar, from its `|` or `>` to the line after it. `None` = it is empty or has an indentation indicator.
    pub(super) fn block_scalar(&mut self, is_literal: bool) -> Option<()> {
        let chomping = match self.at(1) {
            b'-' => Chomping::Strip,
            b'+' => Chomping::Keep,
            _ => Chomping::Clip,
        };
        self.pos += if chomping == Chomping::Clip { 1 } else { 2 };
        self.end_line()?;
        let indent = self.block_indent()?;
        if self.tree.skips() {
            while let BlockLine::Inside(_) = self.block_line(indent)? {}
            return Some(());
        }
        if !is_literal {
            return None;
        }
        let mut text = Vec::new();
        // Breaks count when a line follows that is not empty.
        let mut breaks = 0;
        while let BlockLine::Inside(line) = self.block_line(indent)? {
            if !line.is_empty() {
                text.resize(text.len() + breaks, b'\n');
                breaks = 0;
                text.extend_from_slice(line);
            }
            breaks += usize::from(self.src[self.pos - 1] == b'\n');
        }
        let kept = match chomping {
            Chomping::Strip => 0,
            Chomping::Clip => breaks.min(1),
            Chomping::Keep => breaks,
        };
        text.resize(text.len() + kept, b'\n');
        self.tree.scalar(text.into(), false)
    }

    /// The indentation of a block scalar: its first line's that is not empty. Empty lines before it may not be longer.
    fn block_indent(&self) -> Option<usize> {
        let mut deepest = 0;
        let mut rest = self.rest();
        loop {
            let indent = rest.iter().take_while(|b| **b == b' ').count();
            deepest = deepest.max(indent);
            match rest.get(indent) {
                Some(b'\n') => rest = &rest[indent + 1..],
                Some(b'\t') | None => return None,
                Some(_) => {
                    let is_inside = indent as isize > self.top().indent.max(0);
                    return (is_inside && indent == deepest).then_some(indent);
                }
            }
        }
    }

    /// The next line of a block scalar without its indentation. `None` = it cannot be told simply.
    fn block_line(&mut self, indent: usize) -> Option<BlockLine<'a>> {
        let rest = self.rest();
        let spaces = rest.iter().take(indent).take_while(|b| **b == b' ').count();
        match rest.get(spaces) {
            Some(b'\n') => {
                self.pos += spaces + 1;
                return Some(BlockLine::Inside(b""));
            }
            None if spaces > 0 => return None,
            None => return Some(BlockLine::Over),
            Some(b'\t') if spaces < indent => return None,
            Some(_) if spaces < indent => return Some(BlockLine::Over),
            Some(_) => {}
        }
        let line = &rest[spaces..];
        let length = memchr(b'\n', line);
        self.pos += spaces + length.map_or(line.len(), |length| length + 1);
        Some(BlockLine::Inside(&line[..length.unwrap_or(line.len())]))
    }

    fn skip_to(&mut self, stops: &[bool; 256]) {
        let rest = self.rest();
        let length = rest.iter().position(|b| stops[usize::from(*b)]);
        self.pos += length.unwrap_or(rest.len());
    }
}

const fn stops(bytes: &[u8]) -> [bool; 256] {
    let mut stops = [false; 256];
    let mut i = 0;
    while i < bytes.len() {
        stops[bytes[i] as usize] = true;
        i += 1;
    }
    stops
}
