//! Which bytes may be scanned at all: decides the encoding and finds the first forbidden character.

use std::borrow::Cow;

/// Text in UTF-8, cut before the block in which a forbidden byte stands.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// What is wrong with the bytes after the cut.
    pub(crate) problem: Option<&'static str>,
}

/// go-yaml decodes its input in blocks of this size and reports a forbidden byte when it enters the block.
const BLOCK: usize = 512;

/// Decodes the input: UTF-8, or UTF-16 with a byte order mark. The mark is dropped.
pub(crate) fn read(input: &[u8]) -> Text<'_> {
    match input {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3),
        _ => utf8(input, 0),
    }
}

fn utf8(input: &[u8], skipped: usize) -> Text<'_> {
    match forbidden(input) {
        None => Text {
            bytes: Cow::Borrowed(input),
            problem: None,
        },
        Some((at, problem)) => {
            let start = ((at + skipped) / BLOCK * BLOCK).saturating_sub(skipped);
            // A character that straddles the blocks belongs to the second one.
            let cut = (0..=start)
                .rev()
                .find(|&i| input[i] & 0xC0 != 0x80)
                .unwrap_or(0);
            Text {
                bytes: Cow::Borrowed(&input[..cut]),
                problem: Some(problem),
            }
        }
    }
}

/// The offset of the first byte that may not stand there, and why.
fn forbidden(input: &[u8]) -> Option<(usize, &'static str)> {
    let mut at = 0;
    while at < input.len() {
        // Whole chunks first: without a branch in the chunk they are many times faster.
        let (chunks, _) = input[at..].as_chunks();
        at += CHUNK * chunks.iter().take_while(|chunk| are_plain(chunk)).count();
        at += input[at..].iter().take_while(|b| is_plain(**b)).count();
        if at == input.len() {
            break;
        }
        match sequence(&input[at..]) {
            Ok(width) => at += width,
            Err((offset, problem)) => return Some((at + offset, problem)),
        }
    }
    None
}

const CHUNK: usize = 32;

fn are_plain(chunk: &[u8; CHUNK]) -> bool {
    chunk.iter().fold(0, |odd, b| odd | u8::from(!is_plain(*b))) == 0
}

/// The ASCII characters that are allowed.
#[inline]
#[allow(
    clippy::needless_bitwise_bool,
    reason = "without a branch, one instruction looks at many bytes"
)]
fn is_plain(byte: u8) -> bool {
    (byte.wrapping_sub(b' ') < 0x5F) | (byte == b'\n') | (byte == b'\t') | (byte == b'\r')
}

/// The width of the UTF-8 sequence at the start of the bytes, or where it goes wrong.
fn sequence(bytes: &[u8]) -> Result<usize, (usize, &'static str)> {
    let first = bytes[0];
    let (width, head) = match first {
        0x00..=0x7F => (1, first),
        0xC0..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF7 => (4, first & 0x07),
        _ => return Err((0, "invalid leading UTF-8 octet")),
    };
    if bytes.len() < width {
        return Err((0, "incomplete UTF-8 octet sequence"));
    }
    let mut value = u32::from(head);
    for (i, &byte) in bytes[..width].iter().enumerate().skip(1) {
        if byte & 0xC0 != 0x80 {
            return Err((i, "invalid trailing UTF-8 octet"));
        }
        value = value << 6 | u32::from(byte & 0x3F);
    }
    let shortest = [0, 0, 0x80, 0x800, 0x1_0000][width];
    if value < shortest {
        return Err((0, "invalid length of a UTF-8 sequence"));
    }
    if char::from_u32(value).is_none() {
        return Err((0, "invalid Unicode character"));
    }
    if is_allowed(value) {
        Ok(width)
    } else {
        Err((0, CONTROL))
    }
}

const CONTROL: &str = "control characters are not allowed";

/// The characters YAML 1.1 allows in a stream.
fn is_allowed(value: u32) -> bool {
    matches!(value, 0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0x85 | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

fn utf16(input: &[u8], unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let units = input.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut out = String::new();
    let mut problem = None;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) if is_allowed(u32::from(c)) => out.push(c),
            Ok(_) => problem = Some(CONTROL),
            Err(e) if e.unpaired_surrogate() >= 0xDC00 => {
                problem = Some("unexpected low surrogate area");
            }
            Err(_) => problem = Some("expected low surrogate area"),
        }
        if problem.is_some() {
            break;
        }
    }
    if problem.is_none() && input.len() % 2 == 1 {
        problem = Some("incomplete UTF-16 character");
    }
    Text {
        bytes: Cow::Owned(out.into_bytes()),
        problem,
    }
}
