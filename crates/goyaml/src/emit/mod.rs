//! Writes YAML as go-yaml v2 does: block style, two spaces, sequences not indented under their key.

mod analyze;
mod json_text;
pub(crate) mod order;
mod scalar;

use std::borrow::Cow;

use gotemplate::{Data, Str, Value};

use order::Version;

use crate::float;
use crate::text::go_utf8;
use crate::walk::{EncodeError, Sink, walk_data, walk_value};

/// Writes a template value as `sigs.k8s.io/yaml`'s `Marshal` does: as JSON first, then that as YAML. Ends with a line break.
///
/// # Errors
/// Functions, infinite numbers, cyclic values, and the texts that survive JSON but not the way into YAML
/// (control characters, keys over 1024 characters).
pub fn to_vec(value: &Value) -> Result<Vec<u8>, EncodeError> {
    let mut emitter = Emitter::new(Version::V2);
    walk_value(value, &mut emitter, 0)?;
    Ok(emitter.finish())
}

/// Writes plain data as [`to_vec`] does.
///
/// # Errors
/// As [`to_vec`].
pub fn data_to_vec(data: &Data) -> Result<Vec<u8>, EncodeError> {
    let mut emitter = Emitter::new(Version::V2);
    walk_data(data, &mut emitter, 0)?;
    Ok(emitter.finish())
}

/// Writes a template value as `toYamlPretty` does, by go-yaml v3 with two spaces: straight from the value instead of
/// through JSON, sequences indented under their key, lines never broken. Ends with a line break.
///
/// # Errors
/// Functions and cyclic values.
pub fn to_string_pretty(value: &Value) -> Result<String, EncodeError> {
    let mut emitter = Emitter::new(Version::V3);
    walk_value(value, &mut emitter, 0)?;
    into_string(emitter.finish())
}

/// [`to_vec`] as a string: the output is always UTF-8.
///
/// # Errors
/// As [`to_vec`].
pub fn to_string(value: &Value) -> Result<String, EncodeError> {
    into_string(to_vec(value)?)
}

/// [`data_to_vec`] as a string.
///
/// # Errors
/// As [`to_vec`].
pub fn data_to_string(data: &Data) -> Result<String, EncodeError> {
    into_string(data_to_vec(data)?)
}

fn into_string(bytes: Vec<u8>) -> Result<String, EncodeError> {
    String::from_utf8(bytes).map_err(|e| EncodeError::new(format!("yaml: {e}")))
}

/// Where the next node goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    Root,
    SequenceItem,
    MappingKey,
    /// After `key:`.
    MappingValue,
    /// After `:` on its own line, because the key was not simple.
    ComplexValue,
}

#[derive(Debug)]
struct Emitter {
    version: Version,
    out: Vec<u8>,
    column: usize,
    /// The last character was a blank or an indicator that needs none after it.
    whitespace: bool,
    /// The line holds only indentation and block indicators so far.
    indention: bool,
    /// Columns of the open block collections; empty collections open none.
    indents: Vec<usize>,
    position: Position,
}

impl Emitter {
    fn new(version: Version) -> Self {
        Self {
            version,
            out: Vec::with_capacity(256),
            column: 0,
            whitespace: true,
            indention: true,
            indents: Vec::new(),
            position: Position::Root,
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.write_indent(0);
        self.out
    }

    /// The string as it arrives at the writer.
    fn text<'s>(&self, s: &'s [u8]) -> Result<Cow<'s, [u8]>, EncodeError> {
        match self.version {
            Version::V2 => json_text::string(s),
            Version::V3 => Ok(go_utf8(s)),
        }
    }

    fn indent(&self) -> usize {
        self.indents.last().copied().unwrap_or(0)
    }

    fn put(&mut self, byte: u8) {
        self.out.push(byte);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
    }

    /// Goes to the given column of a fresh line, unless already there.
    fn write_indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(b' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// `-`, `?` or `:` of a block collection: more of them may follow on the line.
    fn write_block_indicator(&mut self, byte: u8) {
        if !self.whitespace {
            self.put(b' ');
        }
        self.put(byte);
        self.whitespace = false;
    }

    fn write_indicator(&mut self, text: &[u8]) {
        if !self.whitespace {
            self.put(b' ');
        }
        self.out.extend_from_slice(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = false;
    }

    /// The column of a collection that begins here.
    fn push_indent(&mut self, is_sequence: bool) {
        let indent = match self.indents.last() {
            None => 0,
            // A sequence stands at the column of its key.
            Some(&indent)
                if is_sequence
                    && self.position == Position::MappingValue
                    && self.version == Version::V2 =>
            {
                indent
            }
            Some(&indent) => indent + 2,
        };
        self.indents.push(indent);
    }
}

impl Sink for Emitter {
    fn sort<'a, T>(&self, entries: Vec<(&'a Str, &'a T)>) -> Vec<(&'a Str, &'a T)> {
        order::sort(entries, self.version)
    }

    fn float(&mut self, f: f64) -> Result<(), EncodeError> {
        match self.version {
            Version::V2 if !f.is_finite() => {
                return Err(EncodeError::new(format!(
                    "json: unsupported value: {}",
                    float::go_special(f)
                )));
            }
            Version::V2 => self.number(&float::json(f)),
            Version::V3 => self.write_indicator(float::yaml(f).as_bytes()),
        }
        Ok(())
    }

    fn null(&mut self) {
        self.write_indicator(b"null");
    }

    fn bool(&mut self, b: bool) {
        self.write_indicator(if b { b"true" } else { b"false" });
    }

    fn number(&mut self, text: &str) {
        self.write_indicator(json_text::number(text).as_bytes());
    }

    fn string(&mut self, s: &[u8]) -> Result<(), EncodeError> {
        let text = self.text(s)?;
        self.write_string(&text);
        Ok(())
    }

    fn key(&mut self, s: &[u8]) -> Result<(), EncodeError> {
        if self.version == Version::V2 {
            json_text::check_key(s)?;
        }
        let text = self.text(s)?;
        let analysis = analyze::analyze(&text, self.version);
        self.write_indent(self.indent());
        if !analysis.is_multiline && text.len() <= 128 {
            self.position = Position::MappingKey;
            self.write_analyzed(&text, analysis);
            self.put(b':');
            self.whitespace = false;
            self.indention = false;
            self.position = Position::MappingValue;
        } else {
            self.write_block_indicator(b'?');
            self.position = Position::ComplexValue;
            self.write_analyzed(&text, analysis);
            self.write_indent(self.indent());
            self.write_block_indicator(b':');
            self.position = Position::ComplexValue;
        }
        Ok(())
    }

    fn start_list(&mut self, len: usize) {
        if len == 0 {
            return self.write_indicator(b"[]");
        }
        self.push_indent(true);
    }

    fn end_list(&mut self, len: usize) {
        if len > 0 {
            self.indents.pop();
        }
    }

    fn start_item(&mut self, _index: usize) {
        self.write_indent(self.indent());
        self.write_block_indicator(b'-');
        self.position = Position::SequenceItem;
    }

    fn start_map(&mut self, len: usize) {
        if len == 0 {
            return self.write_indicator(b"{}");
        }
        self.push_indent(false);
    }

    fn end_map(&mut self, len: usize) {
        if len > 0 {
            self.indents.pop();
        }
    }

    fn start_entry(&mut self, _index: usize) {}
}
