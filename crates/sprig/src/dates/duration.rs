//! Durations as Go spells them, `1h30m`, and how `durationRound` shows them.

use super::quote::quote;

const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// More nanoseconds than any duration has.
const LIMIT: u64 = 1 << 63;

/// `time.ParseDuration`: nanoseconds.
///
/// # Errors
/// Go's message.
pub(super) fn parse(source: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(source));
    let (negative, mut rest) = match source {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, source),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole = take(&mut rest, u8::is_ascii_digit);
        let fraction = match rest {
            [b'.', behind @ ..] => {
                rest = behind;
                take(&mut rest, u8::is_ascii_digit)
            }
            _ => b"",
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let number = whole_number(whole).ok_or_else(invalid)?;
        let unit = take(&mut rest, |b| *b != b'.' && !b.is_ascii_digit());
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(source)));
        }
        let Some((_, size)) = UNITS.iter().find(|(name, _)| name.as_bytes() == unit) else {
            let (unit, source) = (quote(unit), quote(source));
            return Err(format!("time: unknown unit {unit} in duration {source}"));
        };
        let product = number.checked_mul(*size).filter(|p| *p <= LIMIT);
        let sum = product.and_then(|p| p.checked_add(part_of(fraction, *size)));
        total = sum
            .and_then(|s| total.checked_add(s))
            .filter(|t| *t <= LIMIT)
            .ok_or_else(invalid)?;
    }
    match (negative, total) {
        (true, total) => Ok((total as i64).wrapping_neg()),
        (false, LIMIT) => Err(invalid()),
        (false, total) => Ok(total as i64),
    }
}

fn take<'a>(rest: &mut &'a [u8], belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
    let length = rest.iter().take_while(|b| belongs(b)).count();
    let (taken, behind) = rest.split_at(length);
    *rest = behind;
    taken
}

/// Digits as a number of at most 2^63.
pub(super) fn whole_number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |number, digit| {
        let next = number
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
        (next <= LIMIT).then_some(next)
    })
}

/// The digits behind a point, as so much of a unit. Digits that no longer fit are left out.
fn part_of(digits: &[u8], unit: u64) -> u64 {
    let (mut number, mut scale) = (0u64, 1f64);
    for digit in digits {
        let next = number
            .checked_mul(10)
            .and_then(|n| n.checked_add(u64::from(digit - b'0')));
        match next {
            Some(next) if number <= (LIMIT - 1) / 10 && next <= LIMIT => number = next,
            _ => break,
        }
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

/// `Duration.Round`: halves go away from zero, and what is too large becomes the largest duration.
pub(super) fn round(nanoseconds: i64, to: i64) -> i64 {
    let (wide, to) = (i128::from(nanoseconds), i128::from(to));
    let rounded = (wide.abs() + to / 2) / to * to * wide.signum();
    rounded.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// The largest unit the duration has more than one of: `2y`, `3mo`, `5h`.
pub(super) fn largest_unit(nanoseconds: i64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    let sizes = [
        ("y", HOUR * 24 * 365),
        ("mo", HOUR * 24 * 30),
        ("d", HOUR * 24),
        ("h", HOUR),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ];
    let total = nanoseconds.unsigned_abs();
    match sizes.into_iter().find(|(_, size)| total > *size) {
        Some((unit, size)) => format!("{}{unit}", total / size),
        None => "0s".to_owned(),
    }
}
