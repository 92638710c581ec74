//! The type of a scalar, by YAML 1.1's rules as go-yaml v2 applies them.

mod number;
pub(crate) mod timestamp;

use std::borrow::Cow;

use crate::error::SyntaxError;

/// A scalar's value. Timestamps are told from strings only because they must be quoted when written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond `i64`.
    Uint(u64),
    Float(f64),
    Timestamp,
    Str(Cow<'a, [u8]>),
}

/// The prefix of YAML's own tags.
const CORE: &[u8] = b"tag:yaml.org,2002:";

/// The value of a plain scalar without a tag.
#[inline]
pub(crate) fn resolve(text: &[u8]) -> Scalar<'_> {
    if may_be_typed(text) {
        resolve_typed(text, true)
    } else {
        Scalar::Str(Cow::Borrowed(text))
    }
}

/// Whether the first byte can begin anything but a string.
#[inline]
fn may_be_typed(text: &[u8]) -> bool {
    matches!(
        text.first(),
        None | Some(
            b'+' | b'-' | b'.' | b'0'
                ..=b'9'
                    | b'~'
                    | b'y'
                    | b'Y'
                    | b'n'
                    | b'N'
                    | b't'
                    | b'T'
                    | b'f'
                    | b'F'
                    | b'o'
                    | b'O'
        )
    )
}

fn resolve_typed(text: &[u8], with_timestamps: bool) -> Scalar<'_> {
    if let Some(known) = word(text) {
        return known;
    }
    let value = match text.first() {
        Some(b'.') => number::float(text).map(Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') if with_timestamps && timestamp::is_timestamp(text) => {
            Some(Scalar::Timestamp)
        }
        Some(b'+' | b'-' | b'0'..=b'9') => number::number(text),
        _ => None,
    };
    value.unwrap_or(Scalar::Str(Cow::Borrowed(text)))
}

/// The words that are booleans, null or special floats.
fn word(text: &[u8]) -> Option<Scalar<'static>> {
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"true" | b"True" | b"TRUE" | b"on" | b"On"
        | b"ON" => Scalar::Bool(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"false" | b"False" | b"FALSE" | b"off" | b"Off"
        | b"OFF" => Scalar::Bool(false),
        b"" | b"~" | b"null" | b"Null" | b"NULL" => Scalar::Null,
        b".nan" | b".NaN" | b".NAN" => Scalar::Float(f64::NAN),
        b".inf" | b".Inf" | b".INF" | b"+.inf" | b"+.Inf" | b"+.INF" => {
            Scalar::Float(f64::INFINITY)
        }
        b"-.inf" | b"-.Inf" | b"-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// The value of a scalar with that tag.
pub(crate) fn resolve_tagged<'a>(tag: &[u8], text: &'a [u8]) -> Result<Scalar<'a>, SyntaxError> {
    let Some(name) = tag.strip_prefix(CORE) else {
        return Ok(Scalar::Str(Cow::Borrowed(text)));
    };
    let value = match name {
        b"binary" => return binary(text),
        b"bool" | b"int" | b"float" | b"null" if may_be_typed(text) => resolve_typed(text, false),
        b"timestamp" if may_be_typed(text) => resolve_typed(text, true),
        _ => Scalar::Str(Cow::Borrowed(text)),
    };
    let is_wanted = match (name, &value) {
        (b"float", Scalar::Int(i)) => return Ok(Scalar::Float(*i as f64)),
        (b"bool", Scalar::Bool(_))
        | (b"int", Scalar::Int(_) | Scalar::Uint(_))
        | (b"float", Scalar::Float(_))
        | (b"null", Scalar::Null)
        | (b"timestamp", Scalar::Timestamp) => true,
        (b"bool" | b"int" | b"float" | b"null" | b"timestamp", _) => false,
        _ => true,
    };
    if is_wanted {
        return Ok(value);
    }
    Err(SyntaxError::new(format!(
        "cannot decode {} `{}` as a !!{}",
        short_tag(&value),
        String::from_utf8_lossy(text),
        String::from_utf8_lossy(name)
    )))
}

fn short_tag(value: &Scalar<'_>) -> &'static str {
    match value {
        Scalar::Null => "!!null",
        Scalar::Bool(_) => "!!bool",
        Scalar::Int(_) | Scalar::Uint(_) => "!!int",
        Scalar::Float(_) => "!!float",
        Scalar::Timestamp => "!!timestamp",
        Scalar::Str(_) => "!!str",
    }
}

/// Base64 with padding; line breaks are skipped, as Go's decoder does.
fn binary(text: &[u8]) -> Result<Scalar<'static>, SyntaxError> {
    let invalid = || SyntaxError::new("!!binary value contains invalid base64 data");
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = Vec::with_capacity(4);
    let mut is_padded = false;
    for &byte in text.iter().filter(|b| !matches!(b, b'\n' | b'\r')) {
        if is_padded {
            return Err(invalid());
        }
        group.push(byte);
        if group.len() == 4 {
            let padding = group.iter().rev().take_while(|b| **b == b'=').count();
            let mut bits: u32 = 0;
            for &byte in &group[..4 - padding] {
                bits = bits << 6 | u32::from(sextet(byte).ok_or_else(invalid)?);
            }
            if padding > 2 {
                return Err(invalid());
            }
            bits <<= 6 * padding;
            out.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
            is_padded = padding > 0;
            group.clear();
        }
    }
    if group.is_empty() {
        Ok(Scalar::Str(Cow::Owned(out)))
    } else {
        Err(invalid())
    }
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Whether the text would be read as a string: then it may be written without quotes.
pub(crate) fn is_plain_string(text: &[u8]) -> bool {
    matches!(resolve(text), Scalar::Str(_))
}
