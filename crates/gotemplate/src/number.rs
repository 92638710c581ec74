//! Numeric constants: which Go types a constant of the source can take, and its value in each.

use crate::lex::TokenKind;
use crate::quote;

/// A constant. What it may be used as depends on its value, not only on its spelling.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    /// Whether the spelling asks for a `float64` where the type is open.
    pub(crate) is_spelled_as_float: bool,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads a constant.
    ///
    /// # Errors
    /// Go's message.
    pub(crate) fn parse(text: &[u8], kind: TokenKind) -> Result<Self, String> {
        let shown = String::from_utf8_lossy(text);
        let mut number = Self {
            is_spelled_as_float: false,
            int: None,
            uint: None,
            float: None,
            complex: None,
        };
        match kind {
            _ if is_short_decimal(text) => number.set_short_decimal(text),
            TokenKind::CharConstant => number.set_char(text, &shown)?,
            TokenKind::Complex => {
                let value = parse_complex(&shown)
                    .ok_or_else(|| "syntax error scanning complex number".to_owned())?;
                number.set_complex(value);
            }
            _ => number.set_plain(&shown)?,
        }
        number.is_spelled_as_float = number.float.is_some() && is_spelled_as_float(text);
        Ok(number)
    }

    fn set_short_decimal(&mut self, digits: &[u8]) {
        let add = |value, digit: &u8| value * 10 + u64::from(digit - b'0');
        let value = digits.iter().fold(0, add);
        self.uint = Some(value);
        self.int = Some(value as i64);
        self.float = Some(value as f64);
    }

    fn set_char(&mut self, text: &[u8], shown: &str) -> Result<(), String> {
        let (piece, width) =
            quote::unquote_char(&text[1..], text[0]).ok_or_else(|| "invalid syntax".to_owned())?;
        if &text[1 + width..] != b"'" {
            return Err(format!("malformed character constant: {shown}"));
        }
        let code = match piece {
            quote::Piece::Byte(b) => u32::from(b),
            quote::Piece::Char(c) => u32::from(c),
        };
        self.int = Some(code.into());
        self.uint = Some(code.into());
        self.float = Some(code.into());
        Ok(())
    }

    fn set_complex(&mut self, value: (f64, f64)) {
        self.complex = Some(value);
        if value.1 == 0.0 {
            self.float = Some(value.0);
            self.int = exact_int(value.0);
            self.uint = exact_uint(value.0);
        }
    }

    fn set_plain(&mut self, text: &str) -> Result<(), String> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            self.set_complex((0.0, imaginary));
            return Ok(());
        }
        self.uint = parse_uint(text);
        self.int = parse_int(text);
        if self.int == Some(0) {
            self.uint = Some(0);
        }
        if let Some(int) = self.int {
            self.float = Some(int as f64);
        } else if let Some(uint) = self.uint {
            self.float = Some(uint as f64);
        } else if let Some(float) = parse_float(text) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!(
                    "integer overflow: {}",
                    quote::quoted(text.as_bytes())
                ));
            }
            self.float = Some(float);
            self.int = exact_int(float);
            self.uint = exact_uint(float);
        } else {
            return Err(format!(
                "illegal number syntax: {}",
                quote::quoted(text.as_bytes())
            ));
        }
        Ok(())
    }
}

/// Whether the spelling of a number is that of a float: a constant in quotes or a hexadecimal integer is not, whatever letters
/// are in it.
fn is_spelled_as_float(text: &[u8]) -> bool {
    let has = |letters: &[u8]| text.iter().any(|byte| letters.contains(byte));
    let is_hex = matches!(text, [b'0', b'x' | b'X', _, ..]);
    let is_hex_int = is_hex && !has(b"pP");
    !is_hex_int && !text.starts_with(b"'") && has(b".eEpP")
}

/// Whether it is a decimal integer that fits every type.
fn is_short_decimal(text: &[u8]) -> bool {
    let is_decimal = matches!(text, [b'0'] | [b'1'..=b'9', ..]);
    is_decimal && text.len() <= 18 && text.iter().all(u8::is_ascii_digit)
}

#[allow(clippy::float_cmp, reason = "whether it is exact is the question")]
fn exact_int(f: f64) -> Option<i64> {
    // Go's conversion on amd64 yields the smallest integer for anything out of range; 2^63 does not round-trip.
    let i = if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) {
        f as i64
    } else {
        i64::MIN
    };
    (i as f64 == f).then_some(i)
}

#[allow(clippy::float_cmp, reason = "whether it is exact is the question")]
fn exact_uint(f: f64) -> Option<u64> {
    let in_range = (0.0..18_446_744_073_709_551_616.0).contains(&f);
    (in_range && f as u64 as f64 == f).then_some(f as u64)
}

/// Splits off sign and base prefix and drops the underscores, if they stand where Go allows them.
fn digits(text: &str) -> Option<(u32, String)> {
    let lower = text.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if body.contains('_') && !underscores_ok(&lower) {
        return None;
    }
    let body: String = body.chars().filter(|c| *c != '_').collect();
    (!body.is_empty() && body.chars().all(|c| c.is_digit(radix))).then_some((radix, body))
}

/// Underscores must separate digits; a base prefix counts as a digit. Lower-case text without a sign.
fn underscores_ok(text: &str) -> bool {
    let bytes = text.as_bytes();
    let prefixed = matches!(bytes, [b'0', b'x' | b'b' | b'o', ..]);
    let hex = matches!(bytes, [b'0', b'x', ..]);
    // '0' = a digit was last, '_' = an underscore, '!' = anything else, '^' = the beginning.
    let mut last = if prefixed { b'0' } else { b'^' };
    for b in &bytes[if prefixed { 2 } else { 0 }..] {
        if b.is_ascii_digit() || (hex && matches!(b, b'a'..=b'f')) {
            last = b'0';
        } else if *b == b'_' {
            if last != b'0' {
                return false;
            }
            last = b'_';
        } else {
            if last == b'_' {
                return false;
            }
            last = b'!';
        }
    }
    last != b'_'
}

/// Go's `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let (radix, body) = digits(text)?;
    u64::from_str_radix(&body, radix).ok()
}

/// Go's `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = i128::from(parse_uint(body)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Go's `strconv.ParseFloat(text, 64)` for the spellings the lexer lets through; out of range is an error.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let value = if let Some(hex) = lower.strip_prefix("0x") {
        if hex.contains('_') && !underscores_ok(&lower) {
            return None;
        }
        hex_float(&hex.replace('_', ""))?
    } else {
        let starts_well = lower.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if !starts_well || (lower.contains('_') && !underscores_ok(&lower)) {
            return None;
        }
        lower.replace('_', "").parse::<f64>().ok()?
    };
    value
        .is_finite()
        .then_some(if negative { -value } else { value })
}

/// A hexadecimal mantissa with its binary exponent, rounded to nearest even.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent = if exponent.len() > 9 {
        return None;
    } else {
        exponent.parse::<i64>().ok()?
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits: u64 = 0;
    let mut scale = exponent - 4 * fraction.len() as i64;
    for c in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(c.to_digit(16)?);
        if bits >> 58 == 0 {
            bits = bits << 4 | digit;
        } else {
            bits |= u64::from(digit != 0);
            scale += 4;
        }
    }
    // Two steps keep the scaling exact until the last one.
    let half = scale.clamp(-2200, 2200) / 2;
    let rest = scale.clamp(-2200, 2200) - half;
    let value = bits as f64;
    Some(value * 2f64.powi(half as i32) * 2f64.powi(rest as i32))
}

/// `1+2i`: both parts, the second with its sign.
fn parse_complex(text: &str) -> Option<(f64, f64)> {
    let body = text.strip_suffix('i')?;
    let bytes = body.as_bytes();
    let hex = body.contains(['x', 'X']);
    let split = (1..bytes.len()).rev().find(|i| {
        let before = bytes[i - 1].to_ascii_lowercase();
        matches!(bytes[*i], b'+' | b'-') && before != b'p' && (before != b'e' || hex)
    })?;
    Some((parse_float(&body[..split])?, parse_float(&body[split..])?))
}
