//! A time as templates see it: the methods of `time.Time`.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use gotemplate::func::Signature;
use gotemplate::{Data, FuncError, IntKind, Object, Str, Type, Value};
use jiff::tz::TimeZone;

use super::format;
use super::layout::MONTHS;
use super::time::Time;
use super::zone::Zone;
use crate::args::{int64, mismatch};

/// The type as `%T` prints it.
pub(super) const TYPE: &str = "time.Time";

/// A time, and the zone its method `Local` turns to.
pub(super) struct TimeObject {
    pub(super) time: Time,
    pub(super) local: TimeZone,
}

impl TimeObject {
    /// The time as a value.
    pub(super) fn value(time: Time, local: &TimeZone) -> Value {
        Value::Object(Rc::new(Self {
            time,
            local: local.clone(),
        }))
    }

    /// The time in a value, if it is one.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    fn made(&self, time: Time) -> Value {
        Self::value(time, &self.local)
    }

    /// What the calendar and the clock show.
    fn shown(&self, method: &str) -> Option<Value> {
        let shown = self.time.shown();
        Some(match method {
            "Year" => Value::Int(shown.date.year),
            "Month" => Value::Num(shown.date.month, IntKind::Month),
            "Day" => Value::Int(shown.date.day),
            "Hour" => Value::Int(shown.hour),
            "Minute" => Value::Int(shown.minute),
            "Second" => Value::Int(shown.second),
            "Weekday" => Value::Num(shown.weekday, IntKind::Weekday),
            "YearDay" => Value::Int(shown.year_day),
            _ => return None,
        })
    }

    fn without_arguments(&self, method: &str) -> Option<Value> {
        let time = &self.time;
        let nanoseconds = time.nanoseconds();
        Some(match method {
            "Nanosecond" => Value::Int(time.nanos.into()),
            "Unix" => int64(time.unix),
            "UnixMilli" => int64(nanoseconds.div_euclid(1_000_000) as i64),
            "UnixMicro" => int64(nanoseconds.div_euclid(1_000) as i64),
            "UnixNano" => int64(nanoseconds as i64),
            "UTC" => self.made(time.in_zone(Zone::Utc)),
            "Local" => self.made(time.in_zone(Zone::Local(self.local.clone()))),
            "IsZero" => Value::Bool(time.is_zero()),
            "IsDST" => Value::Bool(time.zone.is_dst(time.unix)),
            "String" => Value::str(format::text(time, format::STRING)),
            "GoString" => Value::str(go_string(time)),
            _ => return None,
        })
    }

    fn compared(&self, method: &str, args: &[Value]) -> Result<Value, FuncError> {
        let other = match args.first().and_then(Self::of) {
            Some(other) => &other.time,
            None => return mismatch(0, TYPE, args),
        };
        let order = self.time.nanoseconds().cmp(&other.nanoseconds());
        Ok(match method {
            "Before" => Value::Bool(order == Ordering::Less),
            "After" => Value::Bool(order == Ordering::Greater),
            "Equal" => Value::Bool(order == Ordering::Equal),
            "Compare" => Value::Int(order as i64),
            _ => Value::Num(self.time.since(other), IntKind::Duration),
        })
    }

    fn moved(&self, method: &str, args: &[Value]) -> Result<Value, FuncError> {
        let Some(Value::Num(duration, IntKind::Duration)) = args.first() else {
            return mismatch(0, "time.Duration", args);
        };
        Ok(self.made(match method {
            "Add" => self.time.add(*duration),
            "Truncate" => self.time.truncate(*duration),
            _ => self.time.round(*duration),
        }))
    }
}

/// How `%#v` prints a time.
fn go_string(time: &Time) -> String {
    let shown = time.shown();
    let month = MONTHS[(shown.date.month - 1) as usize];
    let zone = match &time.zone {
        Zone::Utc => "time.UTC".to_owned(),
        Zone::Local(_) => "time.Local".to_owned(),
        other => format!(
            "time.Location({})",
            super::quote::quote(other.name().as_bytes())
        ),
    };
    format!(
        "time.Date({}, time.{month}, {}, {}, {}, {}, {}, {zone})",
        shown.date.year, shown.date.day, shown.hour, shown.minute, shown.second, time.nanos
    )
}

const NOTHING: &[Type] = &[];
const TIME: &[Type] = &[Type::Named(TYPE)];
const DURATION: &[Type] = &[Type::Named("time.Duration")];

/// What each method takes. Those with more than one result, which templates cannot call, are not here.
const METHODS: &[(&str, &[Type])] = &[
    ("Add", DURATION),
    ("AddDate", &[Type::Int, Type::Int, Type::Int]),
    ("After", TIME),
    ("Before", TIME),
    ("Compare", TIME),
    ("Day", NOTHING),
    ("Equal", TIME),
    ("Format", &[Type::String]),
    ("GoString", NOTHING),
    ("Hour", NOTHING),
    ("IsDST", NOTHING),
    ("IsZero", NOTHING),
    ("Local", NOTHING),
    ("Minute", NOTHING),
    ("Month", NOTHING),
    ("Nanosecond", NOTHING),
    ("Round", DURATION),
    ("Second", NOTHING),
    ("String", NOTHING),
    ("Sub", TIME),
    ("Truncate", DURATION),
    ("UTC", NOTHING),
    ("Unix", NOTHING),
    ("UnixMicro", NOTHING),
    ("UnixMilli", NOTHING),
    ("UnixNano", NOTHING),
    ("Weekday", NOTHING),
    ("Year", NOTHING),
    ("YearDay", NOTHING),
];

impl Object for TimeObject {
    fn type_name(&self) -> &str {
        TYPE
    }

    /// What makes two times equal in `eq` and `deepEqual`; templates cannot reach these fields.
    fn fields(&self) -> Vec<(Str, Value)> {
        vec![
            ("wall".into(), int64(self.time.nanos.into())),
            ("ext".into(), int64(self.time.unix)),
            ("loc".into(), self.time.zone.name().into()),
        ]
    }

    fn has_method(&self, method: &str) -> bool {
        METHODS.iter().any(|(name, _)| *name == method)
    }

    fn signature(&self, method: &str) -> Option<Signature> {
        let (_, params) = METHODS.iter().find(|(name, _)| *name == method)?;
        Some(Signature {
            params,
            variadic: None,
        })
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        match (method, args) {
            ("Format", [Value::Str(layout)]) => {
                let text = format::format(&self.time, layout.as_bytes());
                Some(Ok(Value::str(text)))
            }
            ("AddDate", [Value::Int(years), Value::Int(months), Value::Int(days)]) => {
                let time = self.time.add_date(*years, *months, *days);
                Some(Ok(self.made(time)))
            }
            ("Add" | "Truncate" | "Round", _) => Some(self.moved(method, args)),
            ("After" | "Before" | "Compare" | "Equal" | "Sub", _) => {
                Some(self.compared(method, args))
            }
            _ => self
                .shown(method)
                .or_else(|| self.without_arguments(method))
                .map(Ok),
        }
    }

    fn string(&self) -> Option<Str> {
        Some(format::text(&self.time, format::STRING).into())
    }

    fn to_data(&self) -> Option<Data> {
        let text = format::text(&self.time, format::RFC3339_NANO);
        Some(Data::Str(text.into()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
