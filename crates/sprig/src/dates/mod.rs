//! Dates: reading, writing and moving times by Go's layouts.

mod calendar;
mod duration;
mod format;
mod layout;
mod object;
mod parse;
mod quote;
mod scan;
mod time;
mod zone;

use gotemplate::Type::{Any, Named, String as Text};
use gotemplate::fmt::duration_string;
use gotemplate::{Call, Function, IntKind, Value};

use crate::ambient;
use crate::args::{Outcome, any, bytes, fail, mismatch};
use crate::cast::{NotInt, parse_int};
use crate::table::function;
use object::{TYPE, TimeObject};
use time::Time;
use zone::Zone;

const SECOND: i64 = 1_000_000_000;
const ISO_DATE: &[u8] = b"2006-01-02";

pub(crate) static FUNCTIONS: &[Function] = &[
    function("now", &[], |call, _| {
        let time = now(call)?;
        made(call, time)
    }),
    function("ago", &[Any], ago),
    function("date", &[Text, Any], |call, a| {
        shown(call, bytes(a, 0)?, any(a, 1)?, b"Local")
    }),
    function("dateInZone", &[Text, Any, Text], date_in_zone),
    function("date_in_zone", &[Text, Any, Text], date_in_zone),
    function("htmlDate", &[Any], |call, a| {
        shown(call, ISO_DATE, any(a, 0)?, b"Local")
    }),
    function("htmlDateInZone", &[Any, Text], |call, a| {
        shown(call, ISO_DATE, any(a, 0)?, bytes(a, 1)?)
    }),
    function("dateModify", &[Text, Named(TYPE)], modify),
    function("date_modify", &[Text, Named(TYPE)], modify),
    function("mustDateModify", &[Text, Named(TYPE)], must_modify),
    function("must_date_modify", &[Text, Named(TYPE)], must_modify),
    function("toDate", &[Text, Text], |call, a| {
        let read = read(call, a)?;
        made(call, read.unwrap_or_else(|_| Time::zero()))
    }),
    function("mustToDate", &[Text, Text], |call, a| {
        match read(call, a)? {
            Ok(time) => made(call, time),
            Err(message) => fail(message),
        }
    }),
    function("unixEpoch", &[Named(TYPE)], |_, a| {
        Ok(Value::str(time(a, 0)?.time.unix.to_string()))
    }),
    function("duration", &[Any], |_, a| {
        let seconds = match any(a, 0)? {
            Value::Str(s) => match parse_int(s.as_bytes(), 10) {
                Ok(seconds) | Err(NotInt::Range(seconds)) => seconds,
                Err(NotInt::Syntax) => 0,
            },
            Value::Num(seconds, IntKind::Int64) => *seconds,
            _ => 0,
        };
        Ok(Value::str(duration_string(seconds.wrapping_mul(SECOND))))
    }),
    function("durationRound", &[Any], duration_round),
];

/// A time in seconds since 1970, in UTC, by that layout.
#[cfg(feature = "crypto")]
pub(crate) fn utc(unix: i64, layout: &str) -> String {
    format::text(&Time::at(unix, Zone::Utc), layout.as_bytes())
}

/// The time of the execution.
fn now(call: &mut dyn Call) -> Result<Time, gotemplate::FuncError> {
    let ambient = ambient::of(call)?;
    let local = Zone::Local(ambient.local().clone());
    Ok(Time::from_timestamp(ambient.now(), local))
}

fn made(call: &mut dyn Call, time: Time) -> Outcome {
    let local = ambient::of(call)?.local();
    Ok(TimeObject::value(time, local))
}

/// A `time.Time` argument.
fn time(args: &[Value], index: usize) -> Result<&TimeObject, gotemplate::FuncError> {
    match args.get(index).and_then(TimeObject::of) {
        Some(time) => Ok(time),
        None => mismatch(index, TYPE, args),
    }
}

/// The time a value stands for: a time, or seconds since 1970 in one of those integer types; now for anything else.
fn time_of(
    call: &mut dyn Call,
    value: &Value,
    integers: &[IntKind],
) -> Result<Time, gotemplate::FuncError> {
    let unix = match value {
        Value::Int(unix) => *unix,
        Value::Num(unix, kind) if integers.contains(kind) => *unix,
        other => {
            return match TimeObject::of(other) {
                Some(object) => Ok(object.time.clone()),
                None => now(call),
            };
        }
    };
    Ok(Time::at(unix, Zone::Utc))
}

/// The date in that zone; in UTC if there is no such zone.
fn shown(call: &mut dyn Call, layout: &[u8], date: &Value, zone: &[u8]) -> Outcome {
    let time = time_of(call, date, &[IntKind::Int64, IntKind::Int32])?;
    let local = ambient::of(call)?.local();
    let zone = Zone::load(zone, local).unwrap_or(Zone::Utc);
    Ok(Value::str(format::format(&time.in_zone(zone), layout)))
}

fn date_in_zone(call: &mut dyn Call, args: &[Value]) -> Outcome {
    shown(call, bytes(args, 0)?, any(args, 1)?, bytes(args, 2)?)
}

/// How long ago that was, in whole seconds.
fn ago(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let then = time_of(call, any(args, 0)?, &[IntKind::Int64])?;
    let since = now(call)?.since(&then);
    let rounded = duration::round(since, SECOND);
    Ok(Value::str(duration_string(rounded)))
}

fn must_modify(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let object = time(args, 1)?;
    match duration::parse(bytes(args, 0)?) {
        Ok(duration) => Ok(TimeObject::value(object.time.add(duration), &object.local)),
        Err(message) => fail(message),
    }
}

/// The time itself when the duration cannot be read.
fn modify(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let object = time(args, 1)?;
    let duration = duration::parse(bytes(args, 0)?).unwrap_or(0);
    Ok(TimeObject::value(object.time.add(duration), &object.local))
}

fn read(
    call: &mut dyn Call,
    args: &[Value],
) -> Result<Result<Time, String>, gotemplate::FuncError> {
    let local = ambient::of(call)?.local();
    Ok(parse::parse(bytes(args, 0)?, bytes(args, 1)?, local))
}

fn duration_round(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let nanoseconds = match any(args, 0)? {
        Value::Str(s) => duration::parse(s.as_bytes()).unwrap_or(0),
        Value::Num(nanoseconds, IntKind::Int64) => *nanoseconds,
        value => match TimeObject::of(value) {
            Some(object) => now(call)?.since(&object.time),
            None => 0,
        },
    };
    Ok(Value::str(duration::largest_unit(nanoseconds)))
}
