//! `html`, `js`, `urlquery`: text made harmless where it is to stand.

use crate::fmt;
use crate::func::FuncError;
use crate::utf8;
use crate::value::Value;

/// The operands as one text: a single string as it is, anything else printed.
pub(super) fn text(values: &[Value]) -> Result<Vec<u8>, FuncError> {
    if let [Value::Str(s)] = values {
        return Ok(s.as_bytes().to_vec());
    }
    let printable: Vec<Value> = values
        .iter()
        .map(|v| {
            if matches!(v, Value::Nil) {
                "<no value>".into()
            } else {
                v.clone()
            }
        })
        .collect();
    fmt::sprint(&printable)
}

pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        match b {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            other => out.push(*other),
        }
    }
    out
}

pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let (c, width) = utf8::decode(&text[at..]);
        match c {
            '\\' | '\'' | '"' => {
                out.push(b'\\');
                utf8::push(&mut out, c);
            }
            '<' | '>' | '&' | '=' | '\0'..'\x20' => {
                out.extend_from_slice(unicode_escape(c).as_bytes());
            }
            _ if c.is_ascii() || utf8::is_print(c) => out.extend_from_slice(&text[at..at + width]),
            _ => out.extend_from_slice(unicode_escape(c).as_bytes()),
        }
        at += width;
    }
    out
}

fn unicode_escape(c: char) -> String {
    format!("\\u{:04X}", u32::from(c))
}

pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*b),
            b' ' => out.push(b'+'),
            other => out.extend_from_slice(format!("%{other:02X}").as_bytes()),
        }
    }
    out
}
