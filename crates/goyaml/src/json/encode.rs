//! Writes JSON: escapes, number formats, sorted keys, indentation.

use gotemplate::{Data, Value};

use crate::text::go_utf8;
use crate::walk::{EncodeError, Sink, walk_data, walk_value};

/// Whether `<`, `>` and `&` are written as `\u003c` and so on: `json.Marshal` does, `SetEscapeHTML(false)` stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "described above")]
pub enum Escaping {
    Html,
    Plain,
}

/// One line, or indented by two spaces as `json.MarshalIndent(v, "", "  ")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "described above")]
pub enum Layout {
    Compact,
    Indented,
}

/// Writes a template value. No line break at the end.
///
/// # Errors
/// Functions, infinite numbers, cyclic values.
pub fn to_vec(value: &Value, escaping: Escaping, layout: Layout) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder {
        out: Vec::new(),
        escaping,
        layout,
        depth: 0,
    };
    walk_value(value, &mut encoder, 0)?;
    Ok(encoder.out)
}

/// Writes plain data as [`to_vec`] does.
///
/// # Errors
/// As [`to_vec`].
pub fn data_to_vec(
    data: &Data,
    escaping: Escaping,
    layout: Layout,
) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder {
        out: Vec::new(),
        escaping,
        layout,
        depth: 0,
    };
    walk_data(data, &mut encoder, 0)?;
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
    escaping: Escaping,
    layout: Layout,
    depth: usize,
}

impl Encoder {
    fn line(&mut self) {
        if self.layout == Layout::Indented {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', self.depth * 2));
        }
    }

    fn start(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
    }

    fn end(&mut self, bracket: u8, len: usize) {
        self.depth -= 1;
        if len > 0 {
            self.line();
        }
        self.out.push(bracket);
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(b',');
        }
        self.line();
    }

    fn is_escaped(&self, byte: u8) -> bool {
        match byte {
            b'"' | b'\\' | 0..=0x1F => true,
            b'<' | b'>' | b'&' => self.escaping == Escaping::Html,
            _ => false,
        }
    }

    fn quote(&mut self, s: &[u8]) {
        let is_valid = std::str::from_utf8(s).is_ok();
        let text = go_utf8(s);
        self.out.push(b'"');
        let mut rest: &[u8] = &text;
        while let Some(at) = rest
            .iter()
            .position(|b| self.is_escaped(*b) || *b == 0xE2 || *b == 0xEF)
        {
            self.out.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            let width = match rest {
                [0xE2, 0x80, last @ (0xA8 | 0xA9), ..] => {
                    self.out.extend_from_slice(if *last == 0xA8 {
                        b"\\u2028"
                    } else {
                        b"\\u2029"
                    });
                    3
                }
                // What was invalid is written as an escape; a U+FFFD of the text's own is not.
                [0xEF, 0xBF, 0xBD, ..] if !is_valid => {
                    self.out.extend_from_slice(b"\\ufffd");
                    3
                }
                [byte, ..] => {
                    self.escape(*byte);
                    1
                }
                [] => 0,
            };
            rest = &rest[width..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0C => b'f',
            _ if self.is_escaped(byte) => {
                self.out
                    .extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                return;
            }
            _ => {
                self.out.push(byte);
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

impl Sink for Encoder {
    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn bool(&mut self, b: bool) {
        self.out
            .extend_from_slice(if b { b"true" } else { b"false" });
    }

    fn number(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, s: &[u8]) -> Result<(), EncodeError> {
        self.quote(s);
        Ok(())
    }

    fn key(&mut self, s: &[u8]) -> Result<(), EncodeError> {
        self.quote(s);
        self.out.push(b':');
        if self.layout == Layout::Indented {
            self.out.push(b' ');
        }
        Ok(())
    }

    fn start_list(&mut self, _len: usize) {
        self.start(b'[');
    }

    fn end_list(&mut self, len: usize) {
        self.end(b']', len);
    }

    fn start_item(&mut self, index: usize) {
        self.separate(index);
    }

    fn start_map(&mut self, _len: usize) {
        self.start(b'{');
    }

    fn end_map(&mut self, len: usize) {
        self.end(b'}', len);
    }

    fn start_entry(&mut self, index: usize) {
        self.separate(index);
    }
}
