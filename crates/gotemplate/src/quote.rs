//! Go's quoted strings and characters, in both directions: `strconv.Quote`, `Unquote`, `UnquoteChar`.

use std::borrow::Cow;

use crate::utf8;

/// Which characters a quoted text may show as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Unicode,
    Ascii,
}

/// Go's `strconv.Quote`, as `%q` prints a string.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    quote_into(&mut out, bytes, Charset::Unicode);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends the double-quoted form.
pub(crate) fn quote_into(out: &mut Vec<u8>, bytes: &[u8], charset: Charset) {
    out.push(b'"');
    let mut at = 0;
    while at < bytes.len() {
        let (c, width) = utf8::decode(&bytes[at..]);
        if c == char::REPLACEMENT_CHARACTER && width == 1 {
            push_hex(out, 'x', u32::from(bytes[at]), 2);
        } else {
            escape_into(out, c, '"', charset);
        }
        at += width;
    }
    out.push(b'"');
}

/// Appends the single-quoted form of a character.
pub(crate) fn quote_char_into(out: &mut Vec<u8>, c: char, charset: Charset) {
    out.push(b'\'');
    escape_into(out, c, '\'', charset);
    out.push(b'\'');
}

fn escape_into(out: &mut Vec<u8>, c: char, quote: char, charset: Charset) {
    if c == quote || c == '\\' {
        out.push(b'\\');
        utf8::push(out, c);
        return;
    }
    if (c.is_ascii() || charset == Charset::Unicode) && utf8::is_print(c) {
        utf8::push(out, c);
        return;
    }
    let short = match c {
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0c' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0b' => b'v',
        '\0'..=' ' | '\x7f' => return push_hex(out, 'x', u32::from(c), 2),
        '\u{80}'..='\u{ffff}' => return push_hex(out, 'u', u32::from(c), 4),
        _ => return push_hex(out, 'U', u32::from(c), 8),
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn push_hex(out: &mut Vec<u8>, letter: char, value: u32, width: usize) {
    out.extend_from_slice(format!("\\{letter}{value:0width$x}").as_bytes());
}

/// Whether the text may stand between backquotes: `strconv.CanBackquote`.
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|s| {
        s.chars()
            .all(|c| (c >= ' ' || c == '\t') && !matches!(c, '`' | '\x7f' | '\u{feff}'))
    })
}

/// Go's `strconv.Unquote` for the strings the lexer lets through. `None` = `invalid syntax`.
pub(crate) fn unquote(token: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (quote, rest) = token.split_first()?;
    let (_, body) = rest.split_last()?;
    if *quote == b'`' {
        if !body.contains(&b'\r') {
            return Some(Cow::Borrowed(body));
        }
        return Some(body.iter().copied().filter(|b| *b != b'\r').collect());
    }
    if !body.contains(&b'\\') {
        // Go replaces invalid bytes only when it has to rebuild the string.
        return Some(Cow::Borrowed(body));
    }
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let (piece, width) = unquote_char(&body[at..], *quote)?;
        match piece {
            Piece::Byte(b) => out.push(b),
            Piece::Char(c) => utf8::push(&mut out, c),
        }
        at += width;
    }
    Some(Cow::Owned(out))
}

/// One unescaped element of a quoted text.
pub(crate) enum Piece {
    Byte(u8),
    Char(char),
}

/// Go's `strconv.UnquoteChar`: the first element and the bytes it took. `None` = `invalid syntax`.
pub(crate) fn unquote_char(body: &[u8], quote: u8) -> Option<(Piece, usize)> {
    let first = *body.first()?;
    if first == quote {
        return None;
    }
    if first != b'\\' {
        let (c, width) = utf8::decode(body);
        return Some((Piece::Char(c), width));
    }
    let letter = *body.get(1)?;
    let simple = match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if letter == quote => letter,
        b'x' => return Some((Piece::Byte(hex(body, 2)? as u8), 4)),
        b'u' => return Some((Piece::Char(char::from_u32(hex(body, 4)?)?), 6)),
        b'U' => return Some((Piece::Char(char::from_u32(hex(body, 8)?)?), 10)),
        b'0'..=b'7' => {
            let digits = std::str::from_utf8(body.get(1..4)?).ok()?;
            if !digits.bytes().all(|b| matches!(b, b'0'..=b'7')) {
                return None;
            }
            return Some((Piece::Byte(u8::from_str_radix(digits, 8).ok()?), 4));
        }
        _ => return None,
    };
    Some((Piece::Char(char::from(simple)), 2))
}

fn hex(body: &[u8], width: usize) -> Option<u32> {
    let digits = std::str::from_utf8(body.get(2..2 + width)?).ok()?;
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}
