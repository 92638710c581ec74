//! Changing the case of words: `title`, `untitle`, `swapcase`, `camelcase`.

use crate::runes::{
    is_digit, is_letter, is_lower, is_title, is_upper, to_lower, to_title, to_upper,
};

/// `strings.Title`: the first letter of every word; words end at everything but letters, digits and `_`.
pub(crate) fn title(s: &str) -> String {
    let mut previous = ' ';
    s.chars()
        .map(|c| {
            let mapped = if separates(previous) { to_title(c) } else { c };
            previous = c;
            mapped
        })
        .collect()
}

fn separates(c: char) -> bool {
    match c {
        '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => false,
        _ if c.is_ascii() => true,
        _ => !is_letter(c) && !is_digit(c) && c.is_whitespace(),
    }
}

/// The first character of every word in lower case; words end at white space.
pub(crate) fn untitle(s: &str) -> String {
    let mut first = true;
    s.chars()
        .map(|c| {
            let mapped = if first && !c.is_whitespace() {
                to_lower(c)
            } else {
                c
            };
            first = c.is_whitespace();
            mapped
        })
        .collect()
}

/// Upper and title case become lower; lower becomes title case at the start of a word and upper elsewhere.
pub(crate) fn swap(s: &str) -> String {
    let mut start = true;
    s.chars()
        .map(|c| {
            if is_upper(c) || is_title(c) {
                start = false;
                return to_lower(c);
            }
            if is_lower(c) {
                let mapped = if start { to_title(c) } else { to_upper(c) };
                start = false;
                return mapped;
            }
            start = c.is_whitespace();
            c
        })
        .collect()
}

/// Whether the character joins words.
pub(crate) fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// `xstrings.ToPascalCase`: connectors vanish between words, stay in front and at the end.
pub(crate) fn pascal(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s.chars();
    let mut current = None;
    let mut upper_word = false;
    for c in rest.by_ref() {
        if is_connector(c) {
            out.push(c);
            current = Some(c);
            continue;
        }
        upper_word = is_upper(c);
        current = Some(to_upper(c));
        break;
    }
    let Some(mut current) = current else {
        return out;
    };
    if rest.as_str().is_empty() {
        // The last rune is written once more when it is a connector: `_` becomes `__`.
        out.push(current);
        return out;
    }
    for next in rest {
        let previous = std::mem::replace(&mut current, next);
        if is_connector(current) && is_connector(previous) {
            out.push(previous);
        } else if is_connector(previous) {
            upper_word = is_upper(current);
            current = to_upper(current);
        } else {
            if upper_word {
                if is_upper(current) {
                    current = to_lower(current);
                } else {
                    upper_word = false;
                }
            }
            out.push(previous);
        }
    }
    out.push(current);
    out
}
