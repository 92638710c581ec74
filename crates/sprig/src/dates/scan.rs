//! The small parts of a written time: numbers, names, offsets, fractions.

use std::ops::RangeInclusive;

use super::calendar;
use super::duration::whole_number;
use super::layout::Parts;

/// Why an element cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not there, or spelled in another way.
    Syntax,
    /// There is no such month, hour …
    Range(&'static str),
}

type Scan<T> = Result<T, Unreadable>;

/// The text behind what the layout has before its next element. A space stands for any number of spaces.
///
/// # Errors
/// Where they differ.
pub(super) fn skip<'a>(mut text: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let [first, rest @ ..] = prefix {
        if *first == b' ' {
            if text.first().is_some_and(|b| *b != b' ') {
                return Err(text);
            }
            prefix = without_spaces(prefix);
            text = without_spaces(text);
            continue;
        }
        text = text.strip_prefix(&[*first]).ok_or(text)?;
        prefix = rest;
    }
    Ok(text)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    &text[spaces..]
}

/// The first bytes and the others.
pub(super) fn take(text: &[u8], length: usize) -> Scan<(&[u8], &[u8])> {
    text.split_at_checked(length).ok_or(Unreadable::Syntax)
}

/// How many digits the text begins with.
pub(super) fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// One digit or two; exactly two if `fixed`.
pub(super) fn number(text: &[u8], fixed: bool) -> Scan<(i64, &[u8])> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => {
            Ok((i64::from(a - b'0') * 10 + i64::from(b - b'0'), rest))
        }
        [a @ b'0'..=b'9', rest @ ..] if !fixed => Ok((i64::from(a - b'0'), rest)),
        _ => Err(Unreadable::Syntax),
    }
}

/// The number, if it is one of those.
pub(super) fn within(number: i64, range: RangeInclusive<i64>, what: &'static str) -> Scan<i64> {
    if range.contains(&number) {
        return Ok(number);
    }
    Err(Unreadable::Range(what))
}

/// Digits with an optional sign.
pub(super) fn integer(text: &[u8]) -> Scan<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Unreadable::Syntax);
    }
    let number = whole_number(digits).ok_or(Unreadable::Syntax)? as i64;
    Ok(if negative {
        number.wrapping_neg()
    } else {
        number
    })
}

/// Which of the names the text begins with, whatever the case.
pub(super) fn name<'a, const N: usize>(
    text: &'a [u8],
    names: [&str; N],
) -> Scan<(usize, &'a [u8])> {
    for (index, name) in names.iter().enumerate() {
        if let Some((found, rest)) = text.split_at_checked(name.len())
            && found.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((index, rest));
        }
    }
    Err(Unreadable::Syntax)
}

/// A separator and the digits behind it as nanoseconds; digits beyond the ninth are left out.
pub(super) fn nanoseconds(text: &[u8]) -> Scan<u32> {
    let [b'.' | b',', digits @ ..] = text else {
        return Err(Unreadable::Syntax);
    };
    let digits = &digits[..digits.len().min(9)];
    let number = integer(digits)?;
    if number < 0 {
        return Err(Unreadable::Range("fractional second"));
    }
    Ok(number as u32 * 10u32.pow(9 - digits.len() as u32))
}

/// `+hh:mm` and its kin as seconds. 24 hours, 60 minutes and 60 seconds are let through.
pub(super) fn offset(text: &[u8], colon: bool, parts: Parts) -> Scan<(i64, &[u8])> {
    let count = match parts {
        Parts::Hours => 1,
        Parts::Minutes => 2,
        Parts::Seconds => 3,
    };
    let width = if colon { 3 } else { 2 };
    let (written, rest) = take(text, 1 + width * count - usize::from(colon))?;
    let (sign, body) = (written[0], &written[1..]);
    let colons = (1..count).all(|part| !colon || body[part * 3 - 1] == b':');
    if !colons {
        return Err(Unreadable::Syntax);
    }
    let mut numbers = [0; 3];
    let mut readable = matches!(sign, b'+' | b'-');
    for part in 0..count {
        let Ok((number, _)) = number(&body[part * width..part * width + 2], true) else {
            readable = false;
            break;
        };
        numbers[part] = number;
    }
    let [hours, minutes, seconds] = numbers;
    within(seconds, 0..=60, "time zone offset second")?;
    within(minutes, 0..=60, "time zone offset minute")?;
    within(hours, 0..=24, "time zone offset hour")?;
    if !readable {
        return Err(Unreadable::Syntax);
    }
    let total = (hours * 60 + minutes) * 60 + seconds;
    Ok((if sign == b'-' { -total } else { total }, rest))
}

/// How long the time zone's abbreviation is that the text begins with.
pub(super) fn abbreviation(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours(rest));
    }
    if matches!(text[0], b'+' | b'-') {
        return Some(signed_hours(text)).filter(|length| *length > 0);
    }
    let capitals = text.iter().take(6).take_while(|b| b.is_ascii_uppercase());
    match (capitals.count(), text) {
        (5, [_, _, _, _, b'T', ..]) => Some(5),
        (4, [_, _, _, b'T', ..] | [b'W', b'I', b'T', b'A', ..]) => Some(4),
        (3, _) => Some(3),
        _ => None,
    }
}

/// The length of a sign and hours up to 23; 0 if they are not there.
fn signed_hours(text: &[u8]) -> usize {
    let [b'+' | b'-', rest @ ..] = text else {
        return 0;
    };
    let length = digits(rest);
    match whole_number(&rest[..length]) {
        Some(0..=23) if length > 0 => 1 + length,
        _ => 0,
    }
}

/// Whether Go's short cut for RFC 3339 takes the text. It differs from the layout in what it lets through.
pub(super) fn is_rfc3339(text: &[u8]) -> bool {
    let number = |from: usize, to: usize| integer_between(text, from, to);
    let Some(seconds) = text.get(..19) else {
        return false;
    };
    let places = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if places.iter().any(|(at, byte)| seconds[*at] != *byte) {
        return false;
    }
    let fields = (number(0, 4), number(5, 7), number(8, 10));
    let (Some(year), Some(month @ 1..=12), Some(day)) = fields else {
        return false;
    };
    let clock = (number(11, 13), number(14, 16), number(17, 19));
    let (Some(0..=23), Some(0..=59), Some(0..=59)) = clock else {
        return false;
    };
    if day < 1 || day > calendar::days_in(year, month) {
        return false;
    }
    let mut rest = &text[19..];
    if let [b'.', b'0'..=b'9', ..] = rest {
        rest = &rest[1 + digits(&rest[1..])..];
    }
    match rest {
        b"Z" => true,
        [b'+' | b'-', offset @ ..] if offset.len() == 5 && offset[2] == b':' => {
            matches!(integer_between(offset, 0, 2), Some(0..=23))
                && matches!(integer_between(offset, 3, 5), Some(0..=59))
        }
        _ => false,
    }
}

fn integer_between(text: &[u8], from: usize, to: usize) -> Option<i64> {
    let digits = text.get(from..to)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    whole_number(digits).map(|number| number as i64)
}
