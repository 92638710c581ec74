//! Dates and times: which texts are some, and what a template prints of them.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Data, Object, Str, Value};

use crate::resolve::timestamp::days_in;
use crate::text::go_quote;

/// A date, a time or both: the `time.Time` that TOML's dates become. The local time zone is UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datetime {
    /// 0 to 9999.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999999999.
    pub nanosecond: u32,
    /// Where this is the time.
    pub zone: Zone,
}

/// The zone of a [`Datetime`]; the local ones are named as in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// `UTC`.
    Utc,
    /// Minutes east of Greenwich.
    Offset(i32),
    /// `datetime-local`: no zone was given.
    LocalDatetime,
    /// `date-local`: a date alone.
    LocalDate,
    /// `time-local`: a time alone.
    LocalTime,
}

impl Datetime {
    fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn time(&self) -> String {
        let mut text = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        if self.nanosecond > 0 {
            let fraction = format!(".{:09}", self.nanosecond);
            text.push_str(fraction.trim_end_matches('0'));
        }
        text
    }

    /// The offset as `+hhmm` with a separator between hours and minutes.
    fn offset(&self, separator: &str) -> String {
        let minutes = match self.zone {
            Zone::Offset(minutes) => minutes,
            _ => 0,
        };
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    /// `time.RFC3339Nano`, as JSON has it.
    fn rfc3339(&self) -> String {
        let zone = match self.zone {
            Zone::Offset(_) => self.offset(":"),
            _ => "Z".to_owned(),
        };
        format!("{}T{}{zone}", self.date(), self.time())
    }

    /// As TOML has it.
    pub(super) fn toml(&self) -> String {
        match self.zone {
            Zone::Utc | Zone::Offset(_) => self.rfc3339(),
            Zone::LocalDatetime => format!("{}T{}", self.date(), self.time()),
            Zone::LocalDate => self.date(),
            Zone::LocalTime => self.time(),
        }
    }
}

impl Object for Datetime {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn string(&self) -> Option<Str> {
        let name = match self.zone {
            Zone::Utc => "UTC".to_owned(),
            Zone::Offset(_) => self.offset(""),
            Zone::LocalDatetime => "datetime-local".to_owned(),
            Zone::LocalDate => "date-local".to_owned(),
            Zone::LocalTime => "time-local".to_owned(),
        };
        let (date, time, offset) = (self.date(), self.time(), self.offset(""));
        Some(format!("{date} {time} {offset} {name}").into())
    }

    fn to_data(&self) -> Option<Data> {
        Some(Data::Str(self.rfc3339().into()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Reads a date, a time or both.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let text = text.replace('z', "Z").replace(['t', ' '], "T");
    match datetime(&text) {
        Some(found) => Ok(Value::Object(Rc::new(found))),
        None => Err(format!("invalid datetime: {}", go_quote(text.as_bytes()))),
    }
}

fn datetime(text: &str) -> Option<Datetime> {
    if text.as_bytes().get(2) == Some(&b':') {
        let (hour, minute, second, nanosecond, rest) = time(text)?;
        return rest.is_empty().then_some(Datetime {
            year: 0,
            month: 1,
            day: 1,
            hour,
            minute,
            second,
            nanosecond,
            zone: Zone::LocalTime,
        });
    }
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let midnight = Datetime {
        year,
        month,
        day,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        zone: Zone::LocalDate,
    };
    if rest.is_empty() {
        return Some(midnight);
    }
    let (hour, minute, second, nanosecond, rest) = time(rest.strip_prefix('T')?)?;
    Some(Datetime {
        hour,
        minute,
        second,
        nanosecond,
        zone: zone(rest)?,
        ..midnight
    })
}

/// `hh:mm`, seconds and a fraction if there are any, and what follows.
fn time(text: &str) -> Option<(u32, u32, u32, u32, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    let Some(rest) = rest.strip_prefix(':') else {
        return Some((hour, minute, 0, 0, rest));
    };
    let (second, rest) = digits(rest, 2)?;
    if second > 59 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some((hour, minute, second, 0, rest));
    };
    let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return None;
    }
    let nanosecond = fraction[..count]
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    Some((hour, minute, second, nanosecond, &fraction[count..]))
}

fn zone(text: &str) -> Option<Zone> {
    let sign = match text.as_bytes().first() {
        None => return Some(Zone::LocalDatetime),
        Some(b'Z') if text.len() == 1 => return Some(Zone::Utc),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let (hours, rest) = digits(&text[1..], 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2)?;
    if hours > 24 || minutes > 60 || !rest.is_empty() {
        return None;
    }
    match sign * i32::try_from(hours * 60 + minutes).ok()? {
        0 => Some(Zone::Utc),
        offset => Some(Zone::Offset(offset)),
    }
}

/// A number of exactly that many digits, and what follows it.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let number = text.get(..count)?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| Some((number.parse().ok()?, &text[count..])))?
}
