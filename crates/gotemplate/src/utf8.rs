//! UTF-8 as Go decodes it: an invalid byte is U+FFFD of width one. Also the classes of characters Go's syntax knows.

/// The first character and its width. The slice must not be empty.
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> (char, usize) {
    let first = bytes[0];
    if first < 0x80 {
        (char::from(first), 1)
    } else {
        decode_long(bytes)
    }
}

fn decode_long(bytes: &[u8]) -> (char, usize) {
    let width = match bytes[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    bytes
        .get(..width)
        .and_then(|b| std::str::from_utf8(b).ok())
        .and_then(|s| s.chars().next())
        .map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, width))
}

/// The number of line breaks.
pub(crate) fn line_breaks(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |count, b| count + u32::from(*b == b'\n'))
}

/// The number of characters, an invalid byte counting as one.
pub(crate) fn rune_count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        at += decode(&bytes[at..]).1;
        count += 1;
    }
    count
}

/// The length of the prefix that holds that many characters.
pub(crate) fn prefix_len(bytes: &[u8], runes: usize) -> usize {
    let mut at = 0;
    for _ in 0..runes {
        if at >= bytes.len() {
            break;
        }
        at += decode(&bytes[at..]).1;
    }
    at
}

/// Appends a character.
pub(crate) fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // The standard library escapes exactly the other categories, except that a mark at the very start
    // of a string is escaped too; hence the letter before it.
    let mut text = [0; 5];
    text[0] = b'a';
    let width = c.encode_utf8(&mut text[1..]).len();
    std::str::from_utf8(&text[..=width]).is_ok_and(|s| s.escape_debug().count() == 2)
}

/// The characters of names: letters, digits, underscore.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && (c.is_alphabetic() || is_digit(c)))
}

/// A decimal digit of any script.
fn is_digit(c: char) -> bool {
    // `is_numeric` also takes fractions and letters-as-numbers: superscripts, Roman numerals, CJK ideographs.
    c.is_numeric()
        && DECIMAL_ZEROS
            .iter()
            .any(|zero| (*zero..*zero + 10).contains(&u32::from(c)))
}

/// The zero of each script's decimal digits (Unicode category Nd).
const DECIMAL_ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950,
    0x1FBF0,
];
