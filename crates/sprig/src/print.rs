//! How values look as text: `%v`, `%q`, and Sprig's `strval`.

use gotemplate::{IntKind, Kind, Value};

/// Sprig's conversion to string: strings and bytes as they are, everything else as `%v` prints it.
pub(crate) fn strval(value: &Value) -> Vec<u8> {
    match value {
        Value::Str(s) => s.as_bytes().to_vec(),
        Value::List(list) if list.type_name() == "[]uint8" => list
            .borrow()
            .iter()
            .map(|v| match v {
                Value::Num(b, _) | Value::Int(b) => *b as u8,
                _ => 0,
            })
            .collect(),
        other => display(other),
    }
}

/// `fmt.Sprintf("%v", value)`.
pub(crate) fn display(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value);
    out
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::TypedNil(Kind::Map, _) => out.extend_from_slice(b"map[]"),
        Value::TypedNil(Kind::Slice, _) => out.extend_from_slice(b"[]"),
        Value::Nil | Value::TypedNil(..) => out.extend_from_slice(b"<nil>"),
        Value::Bool(b) => out.extend_from_slice(b.to_string().as_bytes()),
        Value::Num(i, IntKind::Uint | IntKind::Uint64) => {
            out.extend_from_slice((*i as u64).to_string().as_bytes());
        }
        Value::Int(i) | Value::Num(i, _) => out.extend_from_slice(i.to_string().as_bytes()),
        Value::Float(f) => out.extend_from_slice(float(*f).as_bytes()),
        Value::Str(s) => out.extend_from_slice(s.as_bytes()),
        Value::List(list) => write_items(out, &list.to_vec()),
        Value::Map(map) => {
            out.extend_from_slice(b"map[");
            for (i, (key, item)) in map.entries().iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                write(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => match (object.string(), object.elements()) {
            (Some(s), _) => out.extend_from_slice(s.as_bytes()),
            (None, Some(items)) => write_items(out, &items),
            (None, None) => {
                out.push(b'{');
                for (i, (_, field)) in object.fields().iter().enumerate() {
                    if i > 0 {
                        out.push(b' ');
                    }
                    write(out, field);
                }
                out.push(b'}');
            }
        },
        Value::Func(_) => out.extend_from_slice(b"func"),
    }
}

fn write_items(out: &mut Vec<u8>, items: &[Value]) {
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        write(out, item);
    }
    out.push(b']');
}

/// `strconv.FormatFloat(f, 'g', -1, 64)` which turns to exponents from 1e+06 on and below 1e-04.
fn float(f: f64) -> String {
    if f.is_nan() {
        return "NaN".to_owned();
    }
    if f.is_infinite() {
        return if f > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{f:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    f.to_string()
}

/// The bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// `strconv.Quote`, as `%q` prints a string.
pub(crate) fn quote(s: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for chunk in s.utf8_chunks() {
        for c in chunk.valid().chars() {
            quote_char(&mut out, c);
        }
        for b in chunk.invalid() {
            hex(&mut out, 'x', 2, u32::from(*b));
        }
    }
    out.push('"');
    out.into_bytes()
}

fn quote_char(out: &mut String, c: char) {
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\0'..'\x20' | '\x7f' => hex(out, 'x', 2, c as u32),
        '\'' => out.push(c),
        _ if c.is_ascii() || c.escape_debug().len() == 1 => out.push(c),
        _ if c as u32 > 0xffff => hex(out, 'U', 8, c as u32),
        _ => hex(out, 'u', 4, c as u32),
    }
}

fn hex(out: &mut String, letter: char, width: usize, value: u32) {
    out.extend(['\\', letter]);
    let digits = format!("{value:0width$x}");
    out.push_str(&digits);
}
