//! Reads a time by a layout: `time.ParseInLocation`, its tolerance and its messages.

use jiff::tz::TimeZone;

use super::calendar::{self, Date};
use super::format::{RFC3339, RFC3339_NANO};
use super::layout::{self, DAYS, Element, Fraction, MONTHS, Offset};
use super::quote::quote;
use super::scan::{self, Unreadable};
use super::time::Time;
use super::zone::Zone;

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    /// Afternoon, or morning.
    pm: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    abbreviation: String,
}

/// The time that the text says in that layout, in the local zone where it names none.
///
/// # Errors
/// Go's message.
pub(super) fn parse(layout: &[u8], text: &[u8], local: &TimeZone) -> Result<Time, String> {
    let local = Zone::Local(local.clone());
    if (layout == RFC3339 || layout == RFC3339_NANO) && scan::is_rfc3339(text) {
        return read(RFC3339, text, text)?.time(&local, text);
    }
    read(layout, text, text)?.time(&local, text)
}

/// Walks layout and text together.
fn read(layout: &[u8], text: &[u8], mut rest: &[u8]) -> Result<Fields, String> {
    let differs = |element: &[u8], at: &[u8]| {
        let [text, layout, at, element] = [text, layout, at, element].map(quote);
        format!("parsing time {text} as {layout}: cannot parse {at} as {element}")
    };
    let mut fields = Fields::default();
    let mut ahead = layout;
    loop {
        let chunk = layout::next(ahead);
        ahead = chunk.rest;
        rest = scan::skip(rest, chunk.prefix).map_err(|at| differs(chunk.prefix, at))?;
        let Some((element, spelling)) = chunk.element else {
            if rest.is_empty() {
                return Ok(fields);
            }
            let (text, rest) = (quote(text), quote(rest));
            return Err(format!("parsing time {text}: extra text: {rest}"));
        };
        rest = match fields.element(element, rest, ahead) {
            Ok(rest) => rest,
            Err(Unreadable::Range(what)) => {
                return Err(format!("parsing time {}: {what} out of range", quote(text)));
            }
            Err(Unreadable::Syntax) => return Err(differs(spelling, rest)),
        };
    }
}

type Read<'a> = Result<&'a [u8], Unreadable>;

impl Fields {
    /// Reads one element; returns the text behind it. `ahead` is the layout behind it.
    fn element<'a>(&mut self, element: Element, text: &'a [u8], ahead: &[u8]) -> Read<'a> {
        match element {
            Element::Year | Element::LongYear => self.year(element, text),
            Element::Month => self.month_name(text, |name| &name[..3]),
            Element::LongMonth => self.month_name(text, |name| name),
            Element::NumMonth | Element::ZeroMonth => {
                let (month, rest) = scan::number(text, element == Element::ZeroMonth)?;
                self.month = Some(scan::within(month, 1..=12, "month")?);
                Ok(rest)
            }
            Element::Weekday => scan::name(text, DAYS.map(|name| &name[..3])).map(|found| found.1),
            Element::LongWeekday => scan::name(text, DAYS).map(|found| found.1),
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let text = match text {
                    [b' ', rest @ ..] if element == Element::UnderDay => rest,
                    _ => text,
                };
                let (day, rest) = scan::number(text, element == Element::ZeroDay)?;
                self.day = Some(day);
                Ok(rest)
            }
            Element::UnderYearDay | Element::ZeroYearDay => self.day_of_year(element, text),
            Element::Hour | Element::Hour12 | Element::ZeroHour12 => {
                let (hour, rest) = scan::number(text, element == Element::ZeroHour12)?;
                let last = if element == Element::Hour { 23 } else { 12 };
                self.hour = scan::within(hour, 0..=last, "hour")?;
                Ok(rest)
            }
            Element::Minute | Element::ZeroMinute => {
                let (minute, rest) = scan::number(text, element == Element::ZeroMinute)?;
                self.minute = scan::within(minute, 0..=59, "minute")?;
                Ok(rest)
            }
            Element::Second | Element::ZeroSecond => self.seconds(element, text, ahead),
            Element::UpperPm => self.half(text, [b"AM", b"PM"]),
            Element::LowerPm => self.half(text, [b"am", b"pm"]),
            Element::Offset(style) => self.offset(style, text),
            Element::Abbreviation => self.zone_name(text),
            Element::Fraction(style) => self.fraction(style, text),
        }
    }

    fn year<'a>(&mut self, element: Element, text: &'a [u8]) -> Read<'a> {
        if element == Element::LongYear {
            let (digits, rest) = scan::take(text, 4)?;
            if !digits[0].is_ascii_digit() {
                return Err(Unreadable::Syntax);
            }
            self.year = scan::integer(digits)?;
            return Ok(rest);
        }
        let (digits, rest) = scan::take(text, 2)?;
        let year = scan::integer(digits)?;
        self.year = year + if year >= 69 { 1900 } else { 2000 };
        Ok(rest)
    }

    fn month_name<'a>(
        &mut self,
        text: &'a [u8],
        spelled: fn(&'static str) -> &'static str,
    ) -> Read<'a> {
        let (index, rest) = scan::name(text, MONTHS.map(spelled))?;
        self.month = Some(index as i64 + 1);
        Ok(rest)
    }

    fn day_of_year<'a>(&mut self, element: Element, mut text: &'a [u8]) -> Read<'a> {
        let under = element == Element::UnderYearDay;
        for _ in 0..2 {
            if let ([b' ', rest @ ..], true) = (text, under) {
                text = rest;
            }
        }
        let digits = text
            .iter()
            .take(3)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 0 || !under && digits != 3 {
            return Err(Unreadable::Syntax);
        }
        self.year_day = Some(scan::integer(&text[..digits])?);
        Ok(&text[digits..])
    }

    /// Seconds, and their fraction where the text has one and the layout says nothing of it.
    fn seconds<'a>(&mut self, element: Element, text: &'a [u8], ahead: &[u8]) -> Read<'a> {
        let (second, rest) = scan::number(text, element == Element::ZeroSecond)?;
        self.second = scan::within(second, 0..=59, "second")?;
        let [b'.' | b',', digit, ..] = rest else {
            return Ok(rest);
        };
        let expected = matches!(layout::next(ahead).element, Some((Element::Fraction(_), _)));
        if !digit.is_ascii_digit() || expected {
            return Ok(rest);
        }
        let length = 1 + scan::digits(&rest[1..]);
        self.nanos = scan::nanoseconds(&rest[..length])?;
        Ok(&rest[length..])
    }

    fn half<'a>(&mut self, text: &'a [u8], spelled: [&[u8; 2]; 2]) -> Read<'a> {
        let (found, rest) = scan::take(text, 2)?;
        match spelled.iter().position(|half| found == *half) {
            Some(half) => self.pm = Some(half == 1),
            None => return Err(Unreadable::Syntax),
        }
        Ok(rest)
    }

    fn offset<'a>(&mut self, style: Offset, text: &'a [u8]) -> Read<'a> {
        if let ([b'Z', rest @ ..], true) = (text, style.z) {
            self.utc = true;
            return Ok(rest);
        }
        let (seconds, rest) = scan::offset(text, style.colon, style.parts)?;
        self.offset = Some(seconds);
        Ok(rest)
    }

    fn zone_name<'a>(&mut self, text: &'a [u8]) -> Read<'a> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = scan::abbreviation(text).ok_or(Unreadable::Syntax)?;
        let (name, rest) = text.split_at(length);
        self.abbreviation = String::from_utf8_lossy(name).into_owned();
        Ok(rest)
    }

    fn fraction<'a>(&mut self, style: Fraction, text: &'a [u8]) -> Read<'a> {
        let length = match text {
            [b'.' | b',', rest @ ..] if style.trim => 1 + scan::digits(rest),
            _ if style.trim => 0,
            _ => 1 + style.digits,
        };
        if length <= 1 && style.trim {
            return Ok(text);
        }
        let (digits, rest) = scan::take(text, length)?;
        self.nanos = scan::nanoseconds(digits)?;
        Ok(rest)
    }

    /// The date, checked.
    fn date(&self, text: &[u8]) -> Result<Date, String> {
        let fail = |what: &str| Err(format!("parsing time {}: {what}", quote(text)));
        let year = self.year;
        let date = |month, day| Date { year, month, day };
        let Some(year_day) = self.year_day else {
            let date = date(self.month.unwrap_or(1), self.day.unwrap_or(1));
            if date.day < 1 || date.day > calendar::days_in(year, date.month) {
                return fail("day out of range");
            }
            return Ok(date);
        };
        if year_day < 1 || year_day > 365 + i64::from(calendar::is_leap(year)) {
            return fail("day-of-year out of range");
        }
        let found = calendar::date_of(calendar::days_from(date(1, 1)) + year_day - 1);
        if self.month.is_some_and(|month| month != found.month) {
            return fail("day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != found.day) {
            return fail("day-of-year does not match day");
        }
        Ok(found)
    }

    /// The time, by what zone was read.
    fn time(self, local: &Zone, text: &[u8]) -> Result<Time, String> {
        let date = self.date(text)?;
        let hour = match self.pm {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        let wall = |zone| Time::from_wall(date, seconds, self.nanos, zone);
        if self.utc {
            return Ok(wall(Zone::Utc));
        }
        let utc = wall(Zone::Utc);
        let shifted = |offset: i64, zone: Zone| Time {
            unix: utc.unix - offset,
            zone,
            ..utc.clone()
        };
        let name = self.abbreviation;
        if let Some(offset) = self.offset {
            let (here, local_offset) = local.at(utc.unix - offset);
            let is_local = local_offset == offset && (name.is_empty() || name == here);
            let zone = if is_local {
                local.clone()
            } else {
                Zone::Fixed(name, offset)
            };
            return Ok(shifted(offset, zone));
        }
        if name.is_empty() {
            return Ok(wall(local.clone()));
        }
        if let Some(offset) = local.offset_of(&name, utc.unix) {
            return Ok(shifted(offset, local.clone()));
        }
        // Nobody knows the offset of an abbreviation, except where it says so itself: `GMT+3`. Go does not shift by it.
        let hours = name.strip_prefix("GMT").filter(|hours| !hours.is_empty());
        let hours = hours.and_then(|hours| scan::integer(hours.as_bytes()).ok());
        let offset = hours.unwrap_or(0) * 3600;
        Ok(utc.in_zone(Zone::Fixed(name, offset)))
    }
}
