//! Reads JSON: the grammar, the values, and the errors about either.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

use super::syntax::{check, check_start};
use crate::text::go_utf8;

/// A text that is not JSON, or not the JSON asked for. Displays as `encoding/json`'s error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// The text of Go's error.
    pub message: String,
}

impl DecodeError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// Reads a document as `json.Unmarshal` into an `interface{}`: all numbers are `Float`.
///
/// # Errors
/// Texts that are not JSON, and numbers beyond `float64`.
pub fn from_slice(input: &[u8]) -> Result<Data, DecodeError> {
    let (data, problem) = read(input)?;
    problem.map_or(Ok(data), Err)
}

/// Reads the value a text begins with, as Go's `json.Decoder`; returns it and where it ends.
///
/// # Errors
/// As [`from_slice`].
pub fn from_start_of(input: &[u8]) -> Result<(Data, usize), DecodeError> {
    let end = check_start(input)?;
    let (data, problem) = build(&input[..end]);
    problem.map_or(Ok((data, end)), Err)
}

/// The document, and the first value in it that cannot be represented.
fn read(input: &[u8]) -> Result<(Data, Option<DecodeError>), DecodeError> {
    check(input)?;
    Ok(build(input))
}

/// The value of a text that has been checked.
fn build(input: &[u8]) -> (Data, Option<DecodeError>) {
    let mut reader = Reader {
        input,
        at: 0,
        problem: None,
    };
    let data = reader.value();
    (data, reader.problem)
}

/// Reads an object, as `fromJson` does. `None` = the document is `null`, which leaves Go a nil map.
/// `go_type` is the type that the error names.
///
/// # Errors
/// As [`from_slice`], and documents that are neither.
pub fn map_from_slice(
    input: &[u8],
    go_type: &str,
) -> Result<Option<BTreeMap<Str, Data>>, DecodeError> {
    let (data, problem) = read(input)?;
    match data {
        Data::Map(entries) => problem.map_or(Ok(Some(entries)), Err),
        Data::Null => Ok(None),
        other => Err(DecodeError::new(super::mismatch(&other, go_type))),
    }
}

/// Reads an array, as `fromJsonArray` does. `None` = the document is `null`, which leaves Go a nil slice.
///
/// # Errors
/// As [`from_slice`], and documents that are neither.
pub fn list_from_slice(input: &[u8]) -> Result<Option<Vec<Data>>, DecodeError> {
    let (data, problem) = read(input)?;
    match data {
        Data::List(items) => problem.map_or(Ok(Some(items)), Err),
        Data::Null => Ok(None),
        other => Err(DecodeError::new(super::mismatch(&other, "[]interface {}"))),
    }
}

/// Builds the values of a text that has been checked.
struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    problem: Option<DecodeError>,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.input.get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Data {
        self.skip_space();
        match self.peek() {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => Data::Str(self.string()),
            b't' => self.word(4, Data::Bool(true)),
            b'f' => self.word(5, Data::Bool(false)),
            b'n' => self.word(4, Data::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, len: usize, data: Data) -> Data {
        self.at += len;
        data
    }

    fn number(&mut self) -> Data {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let len = rest
            .iter()
            .take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .count();
        self.at += len.max(1);
        let text = String::from_utf8_lossy(&rest[..len]);
        let number = text.parse::<f64>().unwrap_or(f64::INFINITY);
        if !number.is_finite() {
            let message =
                format!("json: cannot unmarshal number {text} into Go value of type float64");
            self.problem.get_or_insert(DecodeError::new(message));
        }
        Data::Float(number)
    }

    /// Steps over a comma, or over the bracket that ends the collection.
    fn has_more(&mut self) -> bool {
        self.skip_space();
        self.at += 1;
        self.input.get(self.at - 1) == Some(&b',')
    }

    fn is_empty(&mut self, end: u8) -> bool {
        self.at += 1;
        self.skip_space();
        let is_empty = self.peek() == end;
        self.at += usize::from(is_empty);
        is_empty
    }

    fn array(&mut self) -> Data {
        let mut items = Vec::new();
        if self.is_empty(b']') {
            return Data::List(items);
        }
        loop {
            items.push(self.value());
            if !self.has_more() {
                return Data::List(items);
            }
        }
    }

    fn object(&mut self) -> Data {
        let mut entries = BTreeMap::new();
        if self.is_empty(b'}') {
            return Data::Map(entries);
        }
        loop {
            self.skip_space();
            let key = self.string();
            self.skip_space();
            self.at += 1;
            entries.insert(key, self.value());
            if !self.has_more() {
                return Data::Map(entries);
            }
        }
    }

    fn string(&mut self) -> Str {
        self.at += 1;
        let start = self.at;
        while !matches!(self.peek(), b'"' | b'\\' | 0) {
            self.at += 1;
        }
        let plain = &self.input[start..self.at];
        if self.peek() != b'\\' {
            self.at += 1;
            return Str::from(go_utf8(plain).as_ref());
        }
        let mut text = plain.to_vec();
        loop {
            match self.peek() {
                b'"' | 0 => break,
                b'\\' => self.escape(&mut text),
                byte => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Str::from(go_utf8(&text).as_ref())
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let letter = self.input.get(self.at + 1).copied().unwrap_or(0);
        if letter == b'u' {
            return self.unicode(text);
        }
        self.at += 2;
        text.push(match letter {
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            other => other,
        });
    }

    /// `\uXXXX`, or two of them for a surrogate pair; half a pair is U+FFFD.
    fn unicode(&mut self, text: &mut Vec<u8>) {
        let first = self.unit(self.at);
        self.at += 6;
        let mut decoded = char::from_u32(first);
        if (0xD800..0xDC00).contains(&first) && self.input[self.at..].starts_with(b"\\u") {
            let second = self.unit(self.at);
            if (0xDC00..0xE000).contains(&second) {
                self.at += 6;
                decoded = char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
        }
        let c = decoded.unwrap_or('\u{FFFD}');
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn unit(&self, at: usize) -> u32 {
        let digits = self
            .input
            .get(at + 2..at + 6)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .unwrap_or(0xFFFD)
    }
}
