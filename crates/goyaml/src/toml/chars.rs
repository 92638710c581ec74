//! Which characters a TOML document is made of, where they stand, and how errors name their place.

use crate::text::go_quote;

/// Text that is not TOML. Displays as `BurntSushi/toml` words it: `toml: line 2 (last key "a"): …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("toml: line {line}{}: {problem}", if last_key.is_empty() { String::new() } else { format!(" (last key {})", go_quote(last_key.as_bytes())) })]
pub struct Error {
    /// The line, from 1; 0 where the library loses count at the end of the text.
    pub line: usize,
    /// The key being read, with its tables; empty = none.
    pub last_key: String,
    /// What is wrong.
    pub problem: String,
}

/// An error that does not know yet which key was being read.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Stands for the end of the text; no valid text contains it.
pub(super) const END: char = '\0';

/// A position in the text.
pub(super) struct Chars<'a> {
    src: &'a [u8],
    pos: usize,
    start: usize,
    /// From 1.
    pub(super) line: usize,
    /// The end has been read, not only seen.
    at_end: bool,
}

impl<'a> Chars<'a> {
    pub(super) fn new(src: &'a [u8]) -> Self {
        Self {
            src,
            pos: 0,
            start: 0,
            line: 1,
            at_end: false,
        }
    }

    /// The next character and its bytes.
    fn decode(&self) -> Result<(char, usize), Problem> {
        let rest = &self.src[self.pos..];
        let Some(&first) = rest.first() else {
            return Ok((END, 0));
        };
        if (0x20..0x7F).contains(&first) || matches!(first, b'\t' | b'\n') {
            return Ok((char::from(first), 1));
        }
        if first == b'\r' && rest.get(1) == Some(&b'\n') {
            return Ok(('\r', 1));
        }
        if first < 0x80 {
            return Err(self.problem(format!(
                "TOML files cannot contain control characters: '0x{first:02x}'"
            )));
        }
        let decoded = rest[..rest.len().min(4)].utf8_chunks().next();
        match decoded.and_then(|chunk| chunk.valid().chars().next()) {
            Some(c) => Ok((c, c.len_utf8())),
            None => Err(self.problem(format!("invalid UTF-8 byte: 0x{first:02x}"))),
        }
    }

    pub(super) fn peek(&self) -> Result<char, Problem> {
        self.decode().map(|(c, _)| c)
    }

    pub(super) fn next(&mut self) -> Result<char, Problem> {
        let (c, width) = self.decode()?;
        self.at_end = width == 0;
        self.pos += width;
        if c == '\n' {
            self.line += 1;
        }
        Ok(c)
    }

    /// Steps back over that many ASCII characters that are no line breaks.
    pub(super) fn back(&mut self, count: usize) {
        self.pos -= count;
    }

    /// Takes that character if it is next.
    pub(super) fn accept(&mut self, wanted: char) -> Result<bool, Problem> {
        let found = self.peek()? == wanted;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Steps over characters of that class.
    pub(super) fn skip(&mut self, class: impl Fn(char) -> bool) -> Result<(), Problem> {
        while class(self.peek()?) {
            self.next()?;
        }
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) -> Result<(), Problem> {
        self.skip(is_blank)?;
        self.ignore();
        Ok(())
    }

    /// Begins a piece of text here.
    pub(super) fn ignore(&mut self) {
        self.start = self.pos;
    }

    /// The piece of text since its beginning. All of it has been decoded.
    pub(super) fn current(&self) -> &'a str {
        std::str::from_utf8(&self.src[self.start..self.pos]).unwrap_or_default()
    }

    /// An error here.
    pub(super) fn problem(&self, text: impl Into<String>) -> Problem {
        let is_after_break = self.pos > 0 && self.src[self.pos - 1] == b'\n';
        let line = if self.at_end && is_after_break {
            self.line - 1
        } else {
            self.line
        };
        Problem {
            line,
            text: text.into(),
        }
    }

    /// An error that shows on the line before.
    pub(super) fn problem_before(&self, text: impl Into<String>) -> Problem {
        Problem {
            line: self.line - 1,
            text: text.into(),
        }
    }

    /// An error without a cause in the library's texts but with one of its own errors: the end shows a line early.
    pub(super) fn problem_at_end(&self, text: impl Into<String>) -> Problem {
        if self.at_end {
            self.problem_before(text)
        } else {
            self.problem(text)
        }
    }
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

pub(super) fn is_bare_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// `%q` of a rune.
pub(super) fn quoted(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let text = go_quote(c.encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", &text[1..text.len() - 1])
        }
    }
}
