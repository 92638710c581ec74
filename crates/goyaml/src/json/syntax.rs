//! Whether a text is JSON at all; if not, what `encoding/json` says about it.

use super::decode::DecodeError;
use crate::scan::MAX_DEPTH;
use crate::text::go_quote;

/// What the collection we are in waits for.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Array,
    Object,
}

/// Checks a whole document.
pub(super) fn check(input: &[u8]) -> Result<(), DecodeError> {
    let mut checker = Checker { input, at: 0 };
    check_value(&mut checker)?;
    checker.end()
}

/// Checks the value a text begins with, whatever follows it; returns where it ends.
pub(super) fn check_start(input: &[u8]) -> Result<usize, DecodeError> {
    let mut checker = Checker { input, at: 0 };
    check_value(&mut checker)?;
    Ok(checker.at)
}

fn check_value(checker: &mut Checker<'_>) -> Result<(), DecodeError> {
    let mut open: Vec<Open> = Vec::new();
    // The outer loop begins values, the inner one ends them.
    loop {
        match checker.space()? {
            bracket @ (b'[' | b'{') => {
                if open.len() >= MAX_DEPTH {
                    return Err(checker.invalid("exceeded max depth"));
                }
                checker.at += 1;
                let (kind, end) = if bracket == b'[' {
                    (Open::Array, b']')
                } else {
                    (Open::Object, b'}')
                };
                if checker.space()? != end {
                    open.push(kind);
                    if kind == Open::Object {
                        checker.key()?;
                    }
                    continue;
                }
                checker.at += 1;
            }
            _ => checker.scalar()?,
        }
        loop {
            let Some(kind) = open.last() else {
                return Ok(());
            };
            match (checker.space()?, kind) {
                (b',', Open::Array) => checker.at += 1,
                (b',', Open::Object) => {
                    checker.at += 1;
                    checker.key()?;
                }
                (b']', Open::Array) | (b'}', Open::Object) => {
                    checker.at += 1;
                    open.pop();
                    continue;
                }
                (_, Open::Array) => return Err(checker.invalid("after array element")),
                (_, Open::Object) => return Err(checker.invalid("after object key:value pair")),
            }
            break;
        }
    }
}

struct Checker<'a> {
    input: &'a [u8],
    at: usize,
}

impl Checker<'_> {
    fn byte(&self) -> Result<u8, DecodeError> {
        self.input
            .get(self.at)
            .copied()
            .ok_or_else(|| DecodeError::new("unexpected end of JSON input"))
    }

    /// The next byte inside a token. Go finds out that a token is cut off by giving it a space.
    fn token_byte(&self) -> u8 {
        self.byte().unwrap_or(b' ')
    }

    /// The next byte that is no white space.
    fn space(&mut self) -> Result<u8, DecodeError> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    fn end(&mut self) -> Result<(), DecodeError> {
        match self.space() {
            Ok(_) => Err(self.invalid("after top-level value")),
            Err(_) => Ok(()),
        }
    }

    /// An error about the byte here.
    fn invalid(&self, context: &str) -> DecodeError {
        let shown = match self.token_byte() {
            b'\'' => "\\'".to_owned(),
            b'"' => "\"".to_owned(),
            byte => {
                let quoted = go_quote(char::from(byte).to_string().as_bytes());
                quoted[1..quoted.len() - 1].to_owned()
            }
        };
        DecodeError::new(format!("invalid character '{shown}' {context}"))
    }

    fn key(&mut self) -> Result<(), DecodeError> {
        if self.space()? != b'"' {
            return Err(self.invalid("looking for beginning of object key string"));
        }
        self.string()?;
        if self.space()? != b':' {
            return Err(self.invalid("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), DecodeError> {
        match self.byte()? {
            b'"' => self.string(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(self.invalid("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), DecodeError> {
        for expected in word.bytes() {
            if self.token_byte() != expected {
                let expected = char::from(expected);
                return Err(self.invalid(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), DecodeError> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => self.escape()?,
                0..=0x1F => return Err(self.invalid("in string literal")),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), DecodeError> {
        self.at += 1;
        match self.token_byte() {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
            b'u' => {
                for _ in 0..4 {
                    self.at += 1;
                    if !self.token_byte().is_ascii_hexdigit() {
                        return Err(self.invalid("in \\u hexadecimal character escape"));
                    }
                }
                self.at += 1;
            }
            _ => return Err(self.invalid("in string escape code")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), DecodeError> {
        if self.token_byte() == b'-' {
            self.at += 1;
        }
        if self.token_byte() == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.token_byte() == b'.' {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.token_byte(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.token_byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// One digit at least.
    fn digits(&mut self, context: &str) -> Result<(), DecodeError> {
        if !self.token_byte().is_ascii_digit() {
            return Err(self.invalid(context));
        }
        while self.token_byte().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }
}
