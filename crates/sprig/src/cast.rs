//! How any value becomes a number: the rules of spf13/cast, which Sprig uses, and those of slim-sprig. What cannot be converted is 0.

use gotemplate::{IntKind, Kind, Value};

/// One set of conversion rules.
pub(crate) trait Cast: 'static {
    /// To `int64` (and `int`).
    fn int64(value: &Value) -> i64;
    /// To `float64`.
    fn float64(value: &Value) -> f64;
}

/// Sprig's rules: strings may have a base prefix, and zeros behind a point.
pub(crate) struct Full;

/// slim-sprig's rules: strings are decimal.
pub(crate) struct Slim;

impl Cast for Full {
    fn int64(value: &Value) -> i64 {
        match value {
            Value::Str(s) => parse_int(trim_zero_decimal(s.as_bytes()), 0).unwrap_or(0),
            // A named integer type other than `time.Month` and `time.Weekday` is not known to cast.
            Value::Num(_, IntKind::Duration) => 0,
            other => number_to_int(other, |u| u as i64),
        }
    }

    fn float64(value: &Value) -> f64 {
        match value {
            Value::Num(_, IntKind::Duration) => 0.0,
            other => number_to_float(other),
        }
    }
}

impl Cast for Slim {
    fn int64(value: &Value) -> i64 {
        match value {
            Value::Str(s) => parse_int(s.as_bytes(), 10).unwrap_or(0),
            other => number_to_int(other, |u| i64::try_from(u).unwrap_or(i64::MAX)),
        }
    }

    fn float64(value: &Value) -> f64 {
        number_to_float(value)
    }
}

fn number_to_int(value: &Value, unsigned: fn(u64) -> i64) -> i64 {
    match value {
        Value::Int(i) => *i,
        Value::Num(bits, IntKind::Float32) => float_to_int(f64::from_bits(*bits as u64)),
        Value::Num(i, kind) => match kind.kind() {
            Kind::Uint | Kind::Uint64 => unsigned(*i as u64),
            _ => *i,
        },
        Value::Float(f) => float_to_int(*f),
        Value::Bool(b) => i64::from(*b),
        _ => 0,
    }
}

fn number_to_float(value: &Value) -> f64 {
    match value {
        Value::Int(i) => *i as f64,
        Value::Num(bits, IntKind::Float32) => f64::from_bits(*bits as u64),
        Value::Num(i, kind) => match kind.kind() {
            Kind::Uint | Kind::Uint64 => *i as u64 as f64,
            _ => *i as f64,
        },
        Value::Float(f) => *f,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Str(s) => parse_float(s.as_bytes()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's `int64(f)` on amd64: NaN and what is out of range become the smallest integer.
pub(crate) fn float_to_int(f: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&f) {
        f as i64
    } else {
        i64::MIN
    }
}

/// Drops `.0`, `.00` … from the end.
fn trim_zero_decimal(s: &[u8]) -> &[u8] {
    let zeros = s.iter().rev().take_while(|b| **b == b'0').count();
    match s[..s.len() - zeros].strip_suffix(b".") {
        Some(whole) if zeros > 0 => whole,
        _ => s,
    }
}

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotInt {
    /// It is not spelled as one.
    Syntax,
    /// It does not fit; the nearest integer that does.
    Range(i64),
}

/// `strconv.ParseInt(s, base, 64)`; base 0 takes the base from the prefix and allows `_` between digits.
pub(crate) fn parse_int(s: &[u8], base: u32) -> Result<i64, NotInt> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let (radix, body) = match (base, digits) {
        (0, [b'0', b'x' | b'X', rest @ ..]) if !rest.is_empty() => (16, rest),
        (0, [b'0', b'b' | b'B', rest @ ..]) if !rest.is_empty() => (2, rest),
        (0, [b'0', b'o' | b'O', rest @ ..] | [b'0', rest @ ..]) if !rest.is_empty() => (8, rest),
        (0, _) => (10, digits),
        _ => (base, digits),
    };
    if body.is_empty() || base == 0 && !underscores_ok(digits) {
        return Err(NotInt::Syntax);
    }
    let mut magnitude: Option<u64> = Some(0);
    for b in body {
        if base == 0 && *b == b'_' {
            continue;
        }
        let digit = char::from(*b).to_digit(radix).ok_or(NotInt::Syntax)?;
        magnitude = magnitude
            .and_then(|m| m.checked_mul(u64::from(radix)))
            .and_then(|m| m.checked_add(u64::from(digit)));
    }
    let limit = if negative { 1 << 63 } else { i64::MAX as u64 };
    match magnitude {
        Some(m) if m <= limit && negative => Ok((m as i64).wrapping_neg()),
        Some(m) if m <= limit => Ok(m as i64),
        _ if negative => Err(NotInt::Range(i64::MIN)),
        _ => Err(NotInt::Range(i64::MAX)),
    }
}

/// Go's rule for `_`: only between digits, or between a base prefix and a digit.
fn underscores_ok(digits: &[u8]) -> bool {
    if !digits.contains(&b'_') {
        return true;
    }
    let (body, hex) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (rest, true),
        [b'0', b'b' | b'B' | b'o' | b'O', rest @ ..] => (rest, false),
        _ => (digits, false),
    };
    let mut previous = if body.len() < digits.len() {
        b'0'
    } else {
        b'^'
    };
    for b in body {
        let class = match b {
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if hex => b'0',
            b'_' => b'_',
            _ => b'!',
        };
        if class == b'_' && previous != b'0' || previous == b'_' && class != b'0' {
            return false;
        }
        previous = class;
    }
    previous != b'_'
}

/// `strconv.ParseFloat(s, 64)`; `None` = an error, overflow included.
pub(crate) fn parse_float(s: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(s).ok()?;
    let unsigned = text.trim_start_matches(['+', '-']);
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        return parse_hex_float(text);
    }
    if !underscores_ok(unsigned.as_bytes()) {
        return None;
    }
    let value: f64 = text.replace('_', "").parse().ok()?;
    let spelled = unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity");
    (value.is_finite() || value.is_nan() || spelled).then_some(value)
}

/// `0x1.8p3`: the mantissa in hexadecimal, the exponent of two is required.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !underscores_ok(body.as_bytes()) {
        return None;
    }
    let digits = body[2..].replace('_', "").to_ascii_lowercase();
    let (mantissa, exponent) = digits.split_once('p')?;
    let mut exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits: u64 = 0;
    let mut sticky = false;
    for (i, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16)?);
        let behind_point = i >= whole.len();
        if bits >> 58 == 0 {
            bits = bits << 4 | digit;
            exponent = exponent.saturating_sub(if behind_point { 4 } else { 0 });
        } else {
            sticky |= digit != 0;
            exponent = exponent.saturating_add(if behind_point { 0 } else { 4 });
        }
    }
    let value = scale(bits | u64::from(sticky), exponent);
    let signed = if negative { -value } else { value };
    signed.is_finite().then_some(signed)
}

/// `mantissa × 2^exponent`, rounded once, to even.
fn scale(mantissa: u64, exponent: i32) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let top = i64::from(exponent) + 63 - i64::from(mantissa.leading_zeros());
    if top > 1024 {
        return f64::INFINITY;
    }
    // Bits below the last one of the result, which is a subnormal when `top` is under -1022.
    let last = top.max(-1022) - 52;
    let drop = last - i64::from(exponent);
    if drop <= 0 {
        return mantissa as f64 * 2f64.powi(exponent);
    }
    if drop > 64 {
        return 0.0;
    }
    let wide = u128::from(mantissa);
    let kept = wide >> drop;
    let rest = wide & ((1 << drop) - 1);
    let half = 1u128 << (drop - 1);
    let up = rest > half || rest == half && kept & 1 == 1;
    let rounded = (kept + u128::from(up)) as f64;
    rounded * 2f64.powi((last / 2) as i32) * 2f64.powi((last - last / 2) as i32)
}
