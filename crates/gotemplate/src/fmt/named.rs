//! The texts of Go's named numbers: `time.Duration`, `time.Month`, `time.Weekday`.

use crate::value::IntKind;

/// What the type's `String` method returns, if it has one.
pub(crate) fn string(value: i64, kind: IntKind) -> Option<String> {
    match kind {
        IntKind::Duration => Some(duration_string(value)),
        IntKind::Month => Some(
            name(&MONTHS, value - 1)
                .map_or_else(|| format!("%!Month({})", value as u64), str::to_owned),
        ),
        IntKind::Weekday => Some(
            name(&DAYS, value)
                .map_or_else(|| format!("%!Weekday({})", value as u64), str::to_owned),
        ),
        _ => None,
    }
}

fn name<'a>(names: &[&'a str], index: i64) -> Option<&'a str> {
    usize::try_from(index)
        .ok()
        .and_then(|i| names.get(i))
        .copied()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Go's `time.Duration.String`: `72h3m0.5s`, `1.5ms`, `0s`.
pub fn duration_string(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    if total == 0 {
        return "0s".to_owned();
    }
    if total < 1_000_000_000 {
        let (unit, digits) = match total {
            0..1_000 => ("ns", 0),
            1_000..1_000_000 => ("µs", 3),
            _ => ("ms", 6),
        };
        return format!("{sign}{}{unit}", decimal(total, digits));
    }
    let seconds = decimal(total % 60_000_000_000, 9);
    let minutes = total / 60_000_000_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// The number divided by that power of ten, without trailing zeros.
fn decimal(value: u64, digits: u32) -> String {
    let scale = 10u64.pow(digits);
    let fraction = value % scale;
    if fraction == 0 {
        return (value / scale).to_string();
    }
    let fraction = format!("{fraction:0width$}", width = digits as usize);
    format!("{}.{}", value / scale, fraction.trim_end_matches('0'))
}
