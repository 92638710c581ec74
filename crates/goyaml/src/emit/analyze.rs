//! Which styles a scalar's text allows.

use super::order::Version;

/// What was found in a text. The names are libyaml's.
#[derive(Clone, Copy, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent findings about one text"
)]
pub(super) struct Analysis {
    pub(super) is_multiline: bool,
    pub(super) block_plain_allowed: bool,
    pub(super) single_quoted_allowed: bool,
    pub(super) block_allowed: bool,
}

/// Analyses a text of valid UTF-8.
pub(super) fn analyze(value: &[u8], version: Version) -> Analysis {
    if value.is_empty() {
        return Analysis {
            block_plain_allowed: true,
            single_quoted_allowed: true,
            ..Analysis::default()
        };
    }
    let mut has_indicator =
        value.starts_with(b"---") || value.starts_with(b"...") || begins_with_indicator(value);
    let (mut has_break, mut has_tab, mut is_special) = (false, false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut previous_space, mut previous_break, mut previous_blank) = (false, false, true);
    let mut i = 0;
    while i < value.len() {
        let byte = value[i];
        if matches!(byte, 0x21..=0x7E) && !matches!(byte, b':' | b'#') {
            (previous_space, previous_break, previous_blank) = (false, false, false);
            i += 1;
            continue;
        }
        let break_len = break_len(&value[i..]);
        let width = if break_len > 0 {
            break_len
        } else {
            crate::scan::cursor::width(byte)
        };
        if i > 0 {
            let is_followed_by_blank = value
                .get(i + width)
                .is_none_or(|b| matches!(b, b' ' | b'\t'));
            has_indicator |=
                (byte == b':' && is_followed_by_blank) || (byte == b'#' && previous_blank);
        }
        if byte == b'\t' && version == Version::V3 {
            has_tab = true;
        } else {
            is_special |= !is_printable(&value[i..]);
        }
        let is_space = byte == b' ';
        break_space |= is_space && previous_break;
        space_break |= break_len > 0 && previous_space;
        has_break |= break_len > 0;
        previous_space = is_space;
        previous_break = break_len > 0;
        previous_blank = is_space || byte == b'\t' || break_len > 0;
        i += width;
    }
    let leading = value[0] == b' ' || self::break_len(value) > 0;
    let trailing_space = previous_space;
    let trailing = trailing_space || previous_break;
    let is_ragged = space_break || is_special;
    Analysis {
        is_multiline: has_break,
        block_plain_allowed: !(leading
            || has_tab
            || trailing
            || break_space
            || is_ragged
            || has_break
            || has_indicator),
        single_quoted_allowed: !(break_space || has_tab || is_ragged),
        block_allowed: !(trailing_space || is_ragged),
    }
}

fn begins_with_indicator(value: &[u8]) -> bool {
    let is_followed_by_blank = value.get(1).is_none_or(|b| matches!(b, b' ' | b'\t'));
    match value[0] {
        b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' => true,
        b'?' | b':' | b'-' => is_followed_by_blank,
        _ => false,
    }
}

/// The bytes of the break character at the start; 0 = there is none.
#[inline]
pub(super) fn break_len(text: &[u8]) -> usize {
    match text {
        [b'\n' | b'\r', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

/// Whether the character at the start is printable by libyaml's table, which stops at U+FFFF.
#[inline]
pub(super) fn is_printable(text: &[u8]) -> bool {
    match text {
        [0xC2, second, ..] => *second >= 0xA0,
        [0xED, second, ..] => *second < 0xA0,
        [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [b'\n' | 0x20..=0x7E | 0xC3..=0xEF, ..] => true,
        _ => false,
    }
}
