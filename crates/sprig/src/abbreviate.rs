//! Shortening a text with an ellipsis, and to its initials: goutils' rules, which count bytes.

use crate::runes;

const ELLIPSIS: &[u8] = b"...";

/// `abbrev`: at most `width` bytes; widths below 4 change nothing.
pub(crate) fn abbrev(width: i64, s: &[u8]) -> Vec<u8> {
    if width < 4 {
        return s.to_vec();
    }
    abbreviate(s, 0, width).unwrap_or_default()
}

/// `abbrevboth`: an ellipsis on both sides, the text from `left` on.
pub(crate) fn abbrev_both(left: i64, right: i64, s: &[u8]) -> Vec<u8> {
    if right < 4 || left > 0 && right < 7 {
        return s.to_vec();
    }
    abbreviate(s, left, right).unwrap_or_default()
}

/// `None` = goutils refuses the width; Sprig makes that an empty string.
fn abbreviate(s: &[u8], offset: i64, width: i64) -> Option<Vec<u8>> {
    let len = s.len() as i64;
    if s.is_empty() || width < 4 {
        return None;
    }
    if len <= width {
        return Some(s.to_vec());
    }
    let kept = (width - 3) as usize;
    let mut offset = offset.min(len);
    if len - offset < width - 3 {
        offset = len - (width - 3);
    }
    if offset <= 4 {
        return Some([&s[..kept], ELLIPSIS].concat());
    }
    if width < 7 {
        return None;
    }
    if offset + width - 3 < len {
        let end = abbreviate(&s[offset as usize..], 0, width - 3).unwrap_or_default();
        return Some([ELLIPSIS, &end].concat());
    }
    Some([ELLIPSIS, &s[s.len() - kept..]].concat())
}

/// The first byte of every word, read as Latin-1.
pub(crate) fn initials(s: &[u8]) -> String {
    let mut gap = true;
    let mut out = String::new();
    for c in runes::latin1(s) {
        let space = c.is_whitespace();
        if gap && !space {
            out.push(c);
        }
        gap = space;
    }
    out
}
