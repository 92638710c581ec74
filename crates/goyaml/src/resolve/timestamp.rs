//! Which texts are timestamps: they stay strings, but a string of that form has to be quoted.

/// Whether one of the forms go-yaml knows fits: a date, or a date and a time after `T`, `t` or a space.
pub(super) fn is_timestamp(text: &[u8]) -> bool {
    let Some((year, rest)) = digits(text, 4, 4) else {
        return false;
    };
    let Some((month, rest)) = after(rest, b"-").and_then(|rest| digits(rest, 1, 2)) else {
        return false;
    };
    let Some((day, rest)) = after(rest, b"-").and_then(|rest| digits(rest, 1, 2)) else {
        return false;
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return false;
    }
    match rest {
        [] => true,
        [b'T' | b't', rest @ ..] => time(rest).is_some_and(is_zone),
        [b' ', ..] => {
            let rest = &rest[rest.iter().take_while(|b| **b == b' ').count()..];
            time(rest).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// The rest after `hh:mm:ss` and a fraction.
fn time(text: &[u8]) -> Option<&[u8]> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, rest) = digits(after(rest, b":")?, 1, 2)?;
    let (second, rest) = digits(after(rest, b":")?, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    match rest {
        [b'.' | b',', b'0'..=b'9', ..] => {
            Some(&rest[1 + rest[1..].iter().take_while(|b| b.is_ascii_digit()).count()..])
        }
        _ => Some(rest),
    }
}

/// `Z` or `+hh:mm`.
fn is_zone(text: &[u8]) -> bool {
    match text {
        b"Z" => true,
        [b'+' | b'-', rest @ ..] => {
            let Some((hour, rest)) = digits(rest, 2, 2) else {
                return false;
            };
            let Some((minute, rest)) = after(rest, b":").and_then(|rest| digits(rest, 2, 2)) else {
                return false;
            };
            hour <= 24 && minute <= 60 && rest.is_empty()
        }
        _ => false,
    }
}

/// A number of at least `min` and at most `max` digits, and what follows it.
fn digits(text: &[u8], min: usize, max: usize) -> Option<(u32, &[u8])> {
    let count = text
        .iter()
        .take(max)
        .take_while(|b| b.is_ascii_digit())
        .count();
    if count < min {
        return None;
    }
    let value = text[..count]
        .iter()
        .fold(0, |value, b| value * 10 + u32::from(b - b'0'));
    Some((value, &text[count..]))
}

fn after<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    text.strip_prefix(prefix)
}

pub(crate) fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
