//! Replacement texts: `$1`, `${1}`, `$name`, `$$`.

use ::regex::bytes::Captures;

/// Appends the replacement; groups that do not exist are empty, a `$` that begins nothing stays.
pub(super) fn expand(
    out: &mut Vec<u8>,
    template: &[u8],
    groups: &Captures<'_>,
    names: &[Option<String>],
) {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(b"$") {
            out.push(b'$');
            rest = after;
            continue;
        }
        let Some((name, after)) = reference(rest) else {
            out.push(b'$');
            continue;
        };
        rest = after;
        let found = match number(name) {
            Some(index) => groups.get(index),
            None => names
                .iter()
                .enumerate()
                .filter(|(_, n)| n.as_ref().is_some_and(|n| n.as_bytes() == name))
                .find_map(|(index, _)| groups.get(index)),
        };
        out.extend_from_slice(found.map_or(b"", |m| m.as_bytes()));
    }
    out.extend_from_slice(rest);
}

/// The name behind a `$` and what follows it.
fn reference(s: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, braced) = match s.strip_prefix(b"{") {
        Some(body) => (body, true),
        None => (s, false),
    };
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let end = body.iter().position(|b| !is_word(b)).unwrap_or(body.len());
    let (name, after) = body.split_at(end);
    if name.is_empty() {
        return None;
    }
    if braced {
        return after.strip_prefix(b"}").map(|after| (name, after));
    }
    Some((name, after))
}

/// A group number; it has no leading zero.
fn number(name: &[u8]) -> Option<usize> {
    if name.len() > 1 && name[0] == b'0' || name.len() > 8 {
        return None;
    }
    std::str::from_utf8(name).ok()?.parse().ok()
}
