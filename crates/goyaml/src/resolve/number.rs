//! Integers and floats: signs, bases, `_` between digits, and what Go's `strconv` accepts.

use std::borrow::Cow;

use super::Scalar;

/// The number a text beginning with a sign or digit stands for.
pub(super) fn number(text: &[u8]) -> Option<Scalar<'static>> {
    if !text
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
    {
        return None;
    }
    let plain: Cow<'_, [u8]> = if text.contains(&b'_') {
        text.iter()
            .copied()
            .filter(|b| *b != b'_')
            .collect::<Vec<_>>()
            .into()
    } else {
        text.into()
    };
    let plain = std::str::from_utf8(&plain).ok()?;
    integer(plain)
        .or_else(|| {
            if is_float(plain) {
                float(plain.as_bytes()).map(Scalar::Float)
            } else {
                None
            }
        })
        .or_else(|| signed_binary(plain))
}

/// Go's `ParseInt` and `ParseUint` with base 0: `0x`, `0o`, `0b`, and a leading `0` for octal.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, base) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'o' | b'O', ..] => (&digits[2..], 8),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    if !digits.as_bytes().first()?.is_ascii_hexdigit() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if is_negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    match i64::try_from(magnitude) {
        Ok(i) => Some(Scalar::Int(i)),
        // Only ParseUint reaches these, and it takes no sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Scalar::Uint(magnitude)),
    }
}

/// `0b` with a sign after it, which only go-yaml's own fallback accepts.
fn signed_binary(text: &str) -> Option<Scalar<'static>> {
    let digits = text.strip_prefix("0b")?;
    if !digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, 2).ok().map(Scalar::Int)
}

/// YAML 1.1's decimal floats: digits and a point in any order, at least one digit, and an exponent.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.find('.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, ""),
    };
    let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    let is_exponent = |s: &str| {
        let digits = s.strip_prefix(['+', '-']).unwrap_or(s);
        !digits.is_empty() && is_digits(digits)
    };
    has_digit && is_digits(whole) && is_digits(fraction) && exponent.is_none_or(is_exponent)
}

/// Go's `ParseFloat` of a decimal float; out of range is no float. `_` may stand between digits.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    if text.contains('_') {
        let is_between_digits = |at: usize| {
            let bytes = text.as_bytes();
            at > 0
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        };
        return if text.match_indices('_').all(|(at, _)| is_between_digits(at)) {
            float(text.replace('_', "").as_bytes())
        } else {
            None
        };
    }
    if !is_float(text) {
        return None;
    }
    text.parse::<f64>().ok().filter(|f| f.is_finite())
}
