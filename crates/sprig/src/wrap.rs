//! Where a line of text is broken: goutils' rules, which count bytes and know only blanks.

/// What happens to a word longer than the line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LongWords {
    /// It sticks out.
    Keep,
    /// It is cut at the width.
    Break,
}

/// Breaks `s` at blanks so that lines have at most `width` bytes; widths below 1 count as 1.
pub(crate) fn wrap(s: &[u8], width: i64, new_line: &[u8], long_words: LongWords) -> Vec<u8> {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let mut rest = s;
    let mut out = Vec::with_capacity(s.len());
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let blank = rest[..=width].iter().rposition(|b| *b == b' ');
        let (end, skip) = match (blank, long_words) {
            (Some(at), _) => (at, 1),
            (None, LongWords::Break) => (width, 0),
            (None, LongWords::Keep) => match rest[width..].iter().position(|b| *b == b' ') {
                Some(at) => (width + at, 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(new_line);
        rest = &rest[end + skip..];
    }
    out.extend_from_slice(rest);
    out
}
