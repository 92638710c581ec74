//! Writes a string: chooses its style and breaks long lines.

use super::analyze::{Analysis, analyze, break_len, is_printable};
use super::order::Version;
use super::{Emitter, Position};
use crate::resolve::is_plain_string;
use crate::scan::cursor::width;

/// Lines longer than this are broken at the next single space.
const BEST_WIDTH: usize = 80;

impl Emitter {
    fn best_width(&self) -> usize {
        match self.version {
            Version::V2 => BEST_WIDTH,
            Version::V3 => usize::MAX,
        }
    }

    pub(super) fn write_string(&mut self, text: &[u8]) {
        self.write_analyzed(text, analyze(text, self.version));
    }

    pub(super) fn write_analyzed(&mut self, text: &[u8], analysis: Analysis) {
        let indent = self.indents.last().map_or(2, |indent| indent + 2);
        let is_simple_key = self.position == Position::MappingKey;
        if text.contains(&b'\n') {
            if analysis.block_allowed && !is_simple_key {
                self.write_literal(text, indent);
            } else {
                self.write_double_quoted(text, indent, is_simple_key);
            }
        } else if !is_plain_string(text) || is_base60_float(text) {
            self.write_double_quoted(text, indent, is_simple_key);
        } else if analysis.block_plain_allowed && !(text.is_empty() && is_simple_key) {
            self.write_plain(text, indent, is_simple_key);
        } else if analysis.single_quoted_allowed && !(analysis.is_multiline && is_simple_key) {
            self.write_single_quoted(text, indent, is_simple_key);
        } else {
            self.write_double_quoted(text, indent, is_simple_key);
        }
    }

    fn begin_scalar(&mut self) {
        if !self.whitespace {
            self.put(b' ');
        }
    }

    fn end_scalar(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes the character at the start of the text; returns its width.
    fn write_char(&mut self, text: &[u8]) -> usize {
        let width = width(text[0]).min(text.len());
        self.out.extend_from_slice(&text[..width]);
        self.column += 1;
        width
    }

    fn write_plain(&mut self, text: &[u8], indent: usize, is_key: bool) {
        self.begin_scalar();
        // The usual case: too short to be broken.
        if text.is_ascii() && (is_key || self.column + text.len() <= self.best_width()) {
            self.out.extend_from_slice(text);
            self.column += text.len();
        } else {
            self.write_folded(text, indent, is_key, 0);
        }
        self.end_scalar();
    }

    fn write_single_quoted(&mut self, text: &[u8], indent: usize, is_key: bool) {
        self.begin_scalar();
        self.put(b'\'');
        self.indention = false;
        self.write_folded(text, indent, is_key, 1);
        self.put(b'\'');
        self.end_scalar();
    }

    /// The text of a plain or single-quoted scalar. `edge`: characters at either end that must not be broken at.
    fn write_folded(&mut self, text: &[u8], indent: usize, is_key: bool, edge: usize) {
        let (mut spaces, mut breaks) = (false, false);
        let mut i = 0;
        while i < text.len() {
            let rest = &text[i..];
            if rest[0] == b' ' {
                let is_inside = edge == 0 || (i > 0 && i < text.len() - 1);
                let is_single = rest.get(1) != Some(&b' ');
                if !is_key && !spaces && self.column > self.best_width() && is_inside && is_single {
                    self.write_indent(indent);
                    i += 1;
                } else {
                    i += self.write_char(rest);
                }
                spaces = true;
            } else if break_len(rest) > 0 {
                i += self.write_char(rest);
                self.column = 0;
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent(indent);
                }
                if rest[0] == b'\'' && edge == 1 {
                    self.put(b'\'');
                }
                i += self.write_char(rest);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    fn write_double_quoted(&mut self, text: &[u8], indent: usize, is_key: bool) {
        self.begin_scalar();
        self.put(b'"');
        self.indention = false;
        // libyaml asks for a byte order mark at the start of the text when it means this character.
        let escapes_all = text.starts_with("\u{FEFF}".as_bytes());
        let mut spaces = false;
        let mut i = 0;
        while i < text.len() {
            let rest = &text[i..];
            if escapes_all
                || !is_printable(rest)
                || break_len(rest) > 0
                || matches!(rest[0], b'"' | b'\\')
            {
                i += self.write_escaped(rest);
                spaces = false;
            } else if rest[0] == b' ' {
                if !is_key
                    && !spaces
                    && self.column > self.best_width()
                    && i > 0
                    && i < text.len() - 1
                {
                    self.write_indent(indent);
                    if rest[1] == b' ' {
                        self.put(b'\\');
                    }
                    i += 1;
                } else {
                    i += self.write_char(rest);
                }
                spaces = true;
            } else {
                i += self.write_char(rest);
                spaces = false;
            }
        }
        self.put(b'"');
        self.end_scalar();
    }

    /// Writes the character at the start as an escape sequence; returns its width.
    fn write_escaped(&mut self, text: &[u8]) -> usize {
        let width = width(text[0]).min(text.len());
        let c = std::str::from_utf8(&text[..width])
            .ok()
            .and_then(|s| s.chars().next())
            .unwrap_or('\u{FFFD}');
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => '\0',
        };
        let escape = match u32::from(c) {
            _ if short != '\0' => format!("\\{short}"),
            code @ ..=0xFF => format!("\\x{code:02X}"),
            code @ ..=0xFFFF => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        };
        self.out.extend_from_slice(escape.as_bytes());
        self.column += escape.len();
        width
    }

    fn write_literal(&mut self, text: &[u8], indent: usize) {
        self.begin_scalar();
        self.put(b'|');
        if text[0] == b' ' || break_len(text) > 0 {
            self.put(b'2');
        }
        if let Some(hint) = chomping_hint(text) {
            self.put(hint);
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        let mut i = 0;
        while i < text.len() {
            let rest = &text[i..];
            if break_len(rest) == 0 {
                if breaks {
                    self.write_indent(indent);
                }
                i += self.write_char(rest);
                self.indention = false;
                breaks = false;
            } else {
                i += self.write_char(rest);
                self.column = 0;
                self.indention = true;
                breaks = true;
            }
        }
    }
}

/// `-` if the text does not end in a break, `+` if it ends in several or is one.
fn chomping_hint(text: &[u8]) -> Option<u8> {
    let last = last_char(text);
    if break_len(last) == 0 {
        return Some(b'-');
    }
    let before = &text[..text.len() - last.len()];
    (before.is_empty() || break_len(last_char(before)) > 0).then_some(b'+')
}

fn last_char(text: &[u8]) -> &[u8] {
    let start = text.iter().rposition(|b| b & 0xC0 != 0x80).unwrap_or(0);
    &text[start..]
}

/// YAML 1.1's sexagesimal floats (`1:30`), which go-yaml does not read but quotes for the sake of others.
fn is_base60_float(text: &[u8]) -> bool {
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    if !unsigned.first().is_some_and(u8::is_ascii_digit) || !unsigned.contains(&b':') {
        return false;
    }
    let (body, fraction) = match unsigned.iter().position(|b| *b == b'.') {
        Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
        None => (unsigned, &b""[..]),
    };
    let is_digits = |part: &[u8]| part.iter().all(|b| b.is_ascii_digit() || *b == b'_');
    let mut groups = body.split(|b| *b == b':');
    groups.next().is_some_and(is_digits)
        && is_digits(fraction)
        && groups.all(|group| match group {
            [units] => units.is_ascii_digit(),
            [tens, units] => matches!(tens, b'0'..=b'5') && units.is_ascii_digit(),
            _ => false,
        })
}
