//! Writes a time by a layout: `Time.Format`.

use super::layout::{self, DAYS, Element, Fraction, MONTHS, Offset, Parts};
use super::time::{Shown, Time};

/// RFC 3339 with as many digits of the second as needed: how times look in JSON.
pub(super) const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";
/// RFC 3339 without fractions.
pub(super) const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
/// `Time.String`.
pub(super) const STRING: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";

/// The time as the layout wants it.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let shown = time.shown();
    let mut out = Vec::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let chunk = layout::next(rest);
        out.extend_from_slice(chunk.prefix);
        let Some((element, _)) = chunk.element else {
            return out;
        };
        out.extend(part(&shown, time.nanos, element).into_bytes());
        rest = chunk.rest;
    }
}

/// The text that format makes.
pub(super) fn text(time: &Time, layout: &[u8]) -> String {
    String::from_utf8_lossy(&format(time, layout)).into_owned()
}

fn part(shown: &Shown, nanos: u32, element: Element) -> String {
    let date = shown.date;
    let month = MONTHS[(date.month - 1) as usize];
    let weekday = DAYS[shown.weekday as usize];
    let hour12 = match shown.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if shown.hour >= 12 { "PM" } else { "AM" };
    match element {
        Element::LongMonth => month.to_owned(),
        Element::Month => month[..3].to_owned(),
        Element::NumMonth => date.month.to_string(),
        Element::ZeroMonth => format!("{:02}", date.month),
        Element::LongWeekday => weekday.to_owned(),
        Element::Weekday => weekday[..3].to_owned(),
        Element::Day => date.day.to_string(),
        Element::UnderDay => format!("{:2}", date.day),
        Element::ZeroDay => format!("{:02}", date.day),
        Element::UnderYearDay => format!("{:3}", shown.year_day),
        Element::ZeroYearDay => format!("{:03}", shown.year_day),
        Element::Hour => format!("{:02}", shown.hour),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => shown.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", shown.minute),
        Element::Second => shown.second.to_string(),
        Element::ZeroSecond => format!("{:02}", shown.second),
        Element::LongYear if date.year < 0 => format!("-{:04}", date.year.unsigned_abs()),
        Element::LongYear => format!("{:04}", date.year),
        Element::Year => format!("{:02}", date.year.unsigned_abs() % 100),
        Element::UpperPm => half.to_owned(),
        Element::LowerPm => half.to_ascii_lowercase(),
        Element::Abbreviation if shown.abbreviation.is_empty() => offset(
            shown.offset,
            Offset {
                z: false,
                colon: false,
                parts: Parts::Minutes,
            },
        ),
        Element::Abbreviation => shown.abbreviation.clone(),
        Element::Offset(style) => offset(shown.offset, style),
        Element::Fraction(style) => fraction(nanos, style),
    }
}

/// Seconds east of UTC; the sign is that of the whole minutes.
fn offset(seconds: i64, style: Offset) -> String {
    if style.z && seconds == 0 {
        return "Z".to_owned();
    }
    let minutes = seconds / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let colon = if style.colon { ":" } else { "" };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    match style.parts {
        Parts::Hours => format!("{sign}{hours:02}"),
        Parts::Minutes => format!("{sign}{hours:02}{colon}{minutes:02}"),
        Parts::Seconds => {
            let seconds = seconds.abs() % 60;
            format!("{sign}{hours:02}{colon}{minutes:02}{colon}{seconds:02}")
        }
    }
}

fn fraction(nanos: u32, style: Fraction) -> String {
    let separator = char::from(style.separator);
    let mut digits = format!("{nanos:09}");
    digits.truncate(style.digits);
    if style.trim {
        digits.truncate(digits.trim_end_matches('0').len());
        if digits.is_empty() {
            return digits;
        }
    }
    format!("{separator}{digits}")
}
