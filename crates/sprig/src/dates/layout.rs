//! The elements of a layout: the parts of Go's reference time, Mon Jan 2 15:04:05 MST 2006.

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    /// Two places, filled with a space.
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    Abbreviation,
    Offset(Offset),
    Fraction(Fraction),
}

/// How an offset from UTC is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for UTC.
    pub(super) z: bool,
    pub(super) colon: bool,
    pub(super) parts: Parts,
}

/// What is said of an offset beside the hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Hours,
    Minutes,
    Seconds,
}

/// Fractions of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) separator: u8,
    pub(super) digits: usize,
    /// Zeros at the end are left out.
    pub(super) trim: bool,
}

const fn offset(z: bool, colon: bool, parts: Parts) -> Element {
    Element::Offset(Offset { z, colon, parts })
}

/// Longer spellings come before those they begin with.
const SPELLINGS: &[(&[u8], Element)] = &[
    (b"January", Element::LongMonth),
    (b"Jan", Element::Month),
    (b"Monday", Element::LongWeekday),
    (b"Mon", Element::Weekday),
    (b"MST", Element::Abbreviation),
    (b"002", Element::ZeroYearDay),
    (b"01", Element::ZeroMonth),
    (b"02", Element::ZeroDay),
    (b"03", Element::ZeroHour12),
    (b"04", Element::ZeroMinute),
    (b"05", Element::ZeroSecond),
    (b"06", Element::Year),
    (b"15", Element::Hour),
    (b"1", Element::NumMonth),
    (b"2006", Element::LongYear),
    (b"2", Element::Day),
    (b"__2", Element::UnderYearDay),
    (b"_2", Element::UnderDay),
    (b"3", Element::Hour12),
    (b"4", Element::Minute),
    (b"5", Element::Second),
    (b"PM", Element::UpperPm),
    (b"pm", Element::LowerPm),
    (b"-070000", offset(false, false, Parts::Seconds)),
    (b"-07:00:00", offset(false, true, Parts::Seconds)),
    (b"-0700", offset(false, false, Parts::Minutes)),
    (b"-07:00", offset(false, true, Parts::Minutes)),
    (b"-07", offset(false, false, Parts::Hours)),
    (b"Z070000", offset(true, false, Parts::Seconds)),
    (b"Z07:00:00", offset(true, true, Parts::Seconds)),
    (b"Z0700", offset(true, false, Parts::Minutes)),
    (b"Z07:00", offset(true, true, Parts::Minutes)),
    (b"Z07", offset(true, false, Parts::Hours)),
];

/// A layout up to and including its first element.
pub(super) struct Chunk<'a> {
    pub(super) prefix: &'a [u8],
    /// The element and its spelling; `None` = the layout has no more elements.
    pub(super) element: Option<(Element, &'a [u8])>,
    pub(super) rest: &'a [u8],
}

/// Finds the first element.
pub(super) fn next(layout: &[u8]) -> Chunk<'_> {
    for at in 0..layout.len() {
        let Some((element, length)) = element_at(&layout[at..]) else {
            continue;
        };
        let (spelling, rest) = layout[at..].split_at(length);
        return Chunk {
            prefix: &layout[..at],
            element: Some((element, spelling)),
            rest,
        };
    }
    Chunk {
        prefix: layout,
        element: None,
        rest: b"",
    }
}

/// The element that stands right there, and its length.
fn element_at(layout: &[u8]) -> Option<(Element, usize)> {
    if let [separator @ (b'.' | b','), digit @ (b'0' | b'9'), ..] = layout {
        let digits = layout[1..].iter().take_while(|b| *b == digit).count();
        if layout.get(1 + digits).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let fraction = Fraction {
            separator: *separator,
            digits,
            trim: *digit == b'9',
        };
        return Some((Element::Fraction(fraction), 1 + digits));
    }
    // An underscore before a year is just that.
    if layout.starts_with(b"_2006") {
        return None;
    }
    let (spelling, element) = SPELLINGS
        .iter()
        .find(|(spelling, _)| layout.starts_with(spelling))?;
    let short = matches!(element, Element::Month | Element::Weekday);
    if short
        && layout
            .get(spelling.len())
            .is_some_and(u8::is_ascii_lowercase)
    {
        return None;
    }
    Some((*element, spelling.len()))
}

/// Months in order; the first three letters are their short names.
pub(super) const MONTHS: [&str; 12] = [
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

/// Days in order, from Sunday; the first three letters are their short names.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
