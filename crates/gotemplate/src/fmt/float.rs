//! Floating-point numbers as text: Go's `strconv.FormatFloat`.

/// How many digits to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// As many as it takes to read the same number back.
    Shortest,
    Digits(usize),
}

/// The width of the type the number had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    F32,
    F64,
}

/// Decimal digits `0.d1d2d3… × 10^point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// Go's `strconv.FormatFloat`; the verb is one of `eEfgGbxX`.
pub(crate) fn format_float(value: f64, verb: u8, precision: Precision, bits: Bits) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let body = match verb {
        b'b' => binary_exponent(magnitude, bits),
        b'x' | b'X' => hexadecimal(magnitude, verb, precision),
        b'f' => fixed(magnitude, precision, bits),
        b'e' | b'E' => {
            let digits = match precision {
                Precision::Shortest => shortest(magnitude, bits),
                Precision::Digits(n) => rounded(magnitude, n + 1),
            };
            let shown = match precision {
                Precision::Shortest => digits.digits.len().saturating_sub(1),
                Precision::Digits(n) => n,
            };
            exponential(&digits, shown, verb)
        }
        _ => general(magnitude, verb, precision, bits),
    };
    format!("{sign}{body}")
}

fn shortest(value: f64, bits: Bits) -> Decimal {
    match bits {
        Bits::F32 => parse(&format!("{:e}", value as f32)),
        Bits::F64 => parse(&format!("{value:e}")),
    }
}

/// Rounded to that many significant digits, at least one.
fn rounded(value: f64, digits: usize) -> Decimal {
    parse(&format!("{value:.*e}", digits.saturating_sub(1)))
}

fn parse(scientific: &str) -> Decimal {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() {
        0
    } else {
        exponent.parse::<i32>().unwrap_or(0) + 1
    };
    Decimal { digits, point }
}

/// `d.ddde±dd` with that many digits after the point.
fn exponential(decimal: &Decimal, precision: usize, verb: u8) -> String {
    let digit = |i: usize| char::from(decimal.digits.get(i).copied().unwrap_or(b'0'));
    let mut out = String::from(digit(0));
    if precision > 0 {
        out.push('.');
        out.extend((1..=precision).map(digit));
    }
    let exponent = if decimal.digits.is_empty() {
        0
    } else {
        decimal.point - 1
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push(char::from(verb));
    out.push(sign);
    format!("{out}{:02}", exponent.abs())
}

fn fixed(value: f64, precision: Precision, bits: Bits) -> String {
    match precision {
        Precision::Digits(n) => format!("{value:.n$}"),
        Precision::Shortest => {
            let decimal = shortest(value, bits);
            let fraction = (decimal.digits.len() as i32 - decimal.point).max(0);
            plain(&decimal, fraction as usize)
        }
    }
}

/// `ddd.ddd` with that many digits after the point.
fn plain(decimal: &Decimal, fraction: usize) -> String {
    let digit = |i: i32| {
        let d = usize::try_from(i).ok().and_then(|i| decimal.digits.get(i));
        char::from(d.copied().unwrap_or(b'0'))
    };
    let mut out = String::new();
    if decimal.point > 0 {
        out.extend((0..decimal.point).map(digit));
    } else {
        out.push('0');
    }
    if fraction > 0 {
        out.push('.');
        out.extend((0..fraction as i32).map(|i| digit(decimal.point + i)));
    }
    out
}

fn general(value: f64, verb: u8, precision: Precision, bits: Bits) -> String {
    let (decimal, mut threshold) = match precision {
        Precision::Shortest => (shortest(value, bits), 6),
        Precision::Digits(n) => (rounded(value, n.max(1)), n.max(1) as i32),
    };
    let count = decimal.digits.len() as i32;
    if precision != Precision::Shortest && threshold > count && count >= decimal.point {
        threshold = count;
    }
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= threshold {
        let letter = if verb == b'G' { b'E' } else { b'e' };
        return exponential(&decimal, (count - 1).max(0) as usize, letter);
    }
    plain(&decimal, (count - decimal.point).max(0) as usize)
}

/// `%b`: the mantissa as an integer and the exponent of two.
fn binary_exponent(value: f64, bits: Bits) -> String {
    let (mantissa, exponent) = match bits {
        Bits::F64 => {
            let raw = value.to_bits();
            let fraction = raw & ((1 << 52) - 1);
            match (raw >> 52) as i32 & 0x7ff {
                0 => (fraction, -1074),
                e => (fraction | 1 << 52, e - 1075),
            }
        }
        Bits::F32 => {
            let raw = (value as f32).to_bits();
            let fraction = u64::from(raw & ((1 << 23) - 1));
            match (raw >> 23) as i32 & 0xff {
                0 => (fraction, -149),
                e => (fraction | 1 << 23, e - 150),
            }
        }
    };
    format!("{mantissa}p{exponent:+}")
}

/// `%x`: `0x1.8p+01`.
fn hexadecimal(value: f64, verb: u8, precision: Precision) -> String {
    let raw = value.to_bits();
    let mut mantissa = raw & ((1 << 52) - 1);
    let mut exponent = (raw >> 52) as i32 & 0x7ff;
    if exponent == 0 {
        exponent = -1022;
    } else {
        mantissa |= 1 << 52;
        exponent -= 1023;
    }
    if mantissa == 0 {
        exponent = 0;
    }
    // One digit before the point and fifteen after it, the leading bit at 60.
    mantissa <<= 8;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Precision::Digits(n) = precision
        && n < 15
    {
        let shift = n as u32 * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        Precision::Shortest => digits.truncate(digits.trim_end_matches('0').len()),
        Precision::Digits(n) => {
            digits.truncate(n);
            digits.push_str(&"0".repeat(n - digits.len()));
        }
    }
    let point = if digits.is_empty() { "" } else { "." };
    let lead = mantissa >> 60 & 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{lead}{point}{digits}p{sign}{:02}", exponent.abs());
    if verb == b'X' {
        text.to_uppercase()
    } else {
        text
    }
}
