//! Go's view of characters: runes decoded from bytes, its categories and its one-to-one case mapping.

use std::borrow::Cow;
use std::sync::LazyLock;

use ::regex::Regex;

/// The text of a Go string. Every byte that belongs to no valid sequence becomes one U+FFFD
/// (Rust's lossy conversion makes one of a whole truncated sequence).
pub(crate) fn to_text(bytes: &[u8]) -> Cow<'_, str> {
    let mut text = match std::str::from_utf8(bytes) {
        Ok(valid) => return Cow::Borrowed(valid),
        Err(_) => String::with_capacity(bytes.len()),
    };
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

/// The bytes read as runes one by one (`rune(s[i])`), as goutils does: Latin-1.
pub(crate) fn latin1(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    bytes.iter().map(|b| char::from(*b))
}

fn matches(class: &Regex, c: char) -> bool {
    class.is_match(c.encode_utf8(&mut [0; 4]))
}

macro_rules! category {
    ($(#[$doc:meta])* $name:ident, $ascii:expr, $class:literal) => {
        $(#[$doc])*
        pub(crate) fn $name(c: char) -> bool {
            static CLASS: LazyLock<Regex> =
                LazyLock::new(|| Regex::new($class).expect("the pattern is constant and valid"));
            if c.is_ascii() {
                let ascii: fn(&char) -> bool = $ascii;
                return ascii(&c);
            }
            matches(&CLASS, c)
        }
    };
}

category!(/** `unicode.IsUpper`: category Lu. */ is_upper, char::is_ascii_uppercase, r"^\p{Lu}");
category!(/** `unicode.IsLower`: category Ll. */ is_lower, char::is_ascii_lowercase, r"^\p{Ll}");
category!(/** `unicode.IsTitle`: category Lt. */ is_title, |_| false, r"^\p{Lt}");
category!(/** `unicode.IsLetter`: category L. */ is_letter, char::is_ascii_alphabetic, r"^\p{L}");
category!(/** `unicode.IsDigit`: category Nd. */ is_digit, char::is_ascii_digit, r"^\p{Nd}");
category!(/** `unicode.IsNumber`: category N. */ is_number, char::is_ascii_digit, r"^\p{N}");
category!(/** `unicode.IsPunct`: category P. */ is_punct,
    |c| c.is_ascii_punctuation() && !"$+<=>^`|~".contains(*c), r"^\p{P}");

/// `unicode.ToUpper`: the one-character mapping; `ß` stays.
pub(crate) fn to_upper(c: char) -> char {
    single(c.to_uppercase()).unwrap_or_else(|| to_title(c))
}

/// `unicode.ToLower`.
pub(crate) fn to_lower(c: char) -> char {
    if c == 'İ' {
        return 'i';
    }
    single(c.to_lowercase()).unwrap_or(c)
}

/// `unicode.ToTitle`: differs from upper case for the digraphs and for Georgian.
pub(crate) fn to_title(c: char) -> char {
    let moved = |by: u32| char::from_u32(c as u32 + by).unwrap_or(c);
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10ff}' => c,
        // Greek with iota subscript: the full mapping has two characters, the simple one is a title case letter.
        '\u{1f80}'..='\u{1faf}' if c as u32 & 8 == 0 => moved(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => moved(9),
        _ => single(c.to_uppercase()).unwrap_or(c),
    }
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next();
    if mapped.next().is_some() { None } else { first }
}

/// `strings.TrimSpace`.
pub(crate) fn trim_space(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes, char::is_whitespace), char::is_whitespace)
}

/// `strings.Trim` with a set of characters.
pub(crate) fn trim_set<'a>(bytes: &'a [u8], set: &str) -> &'a [u8] {
    let in_set = |c: char| set.contains(c);
    trim_end(trim_start(bytes, in_set), in_set)
}

fn trim_start(mut bytes: &[u8], drop: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, width)) = first(bytes) {
        if !drop(c) {
            break;
        }
        bytes = &bytes[width..];
    }
    bytes
}

fn trim_end(mut bytes: &[u8], drop: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, width)) = last(bytes) {
        if !drop(c) {
            break;
        }
        bytes = &bytes[..bytes.len() - width];
    }
    bytes
}

/// The first rune and its width in bytes; an invalid byte is U+FFFD of width 1 (`utf8.DecodeRune`).
pub(crate) fn first(bytes: &[u8]) -> Option<(char, usize)> {
    let longest = &bytes[..bytes.len().min(4)];
    if longest.is_empty() {
        return None;
    }
    let chunk = longest.utf8_chunks().next()?;
    Some(match chunk.valid().chars().next() {
        Some(c) => (c, c.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, 1),
    })
}

/// The last rune and its width in bytes (`utf8.DecodeLastRune`).
fn last(bytes: &[u8]) -> Option<(char, usize)> {
    if bytes.is_empty() {
        return None;
    }
    let found = (1..=bytes.len().min(4)).find_map(|width| {
        let tail = std::str::from_utf8(&bytes[bytes.len() - width..]).ok()?;
        tail.chars().next().map(|c| (c, width))
    });
    Some(found.unwrap_or((char::REPLACEMENT_CHARACTER, 1)))
}
