//! A point in time and the zone it is shown in: Go's `time.Time`, without the reading of a monotonic clock.

use jiff::Timestamp;

use super::calendar::{self, Date};
use super::zone::Zone;

/// A second and its fraction, in some zone.
#[derive(Clone, Debug)]
pub(super) struct Time {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub(super) unix: i64,
    /// Nanoseconds within the second.
    pub(super) nanos: u32,
    pub(super) zone: Zone,
}

const DAY: i64 = 86_400;
const SECOND: i128 = 1_000_000_000;

/// 0001-01-01 00:00:00 UTC, where Go's zero time is.
pub(super) const YEAR_ONE: i64 = -62_135_596_800;

/// What the calendar and the clock on the wall show.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) date: Date,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// 0 is Sunday.
    pub(super) weekday: i64,
    /// From 1.
    pub(super) year_day: i64,
    /// The zone's abbreviation, possibly empty.
    pub(super) abbreviation: String,
    /// Seconds east of UTC.
    pub(super) offset: i64,
}

impl Time {
    /// Go's zero time.
    pub(super) fn zero() -> Self {
        Self::at(YEAR_ONE, Zone::Utc)
    }

    /// `time.Unix(unix, 0)` in that zone.
    pub(super) fn at(unix: i64, zone: Zone) -> Self {
        Self {
            unix,
            nanos: 0,
            zone,
        }
    }

    pub(super) fn from_timestamp(timestamp: Timestamp, zone: Zone) -> Self {
        let nanos = timestamp.as_nanosecond();
        Self {
            unix: nanos.div_euclid(SECOND) as i64,
            nanos: nanos.rem_euclid(SECOND) as u32,
            zone,
        }
    }

    /// `time.Date`: what the wall shows in that zone; seconds are those of the day. What the zone skips or repeats is
    /// taken by one of the two offsets, the same one Go takes.
    pub(super) fn from_wall(date: Date, seconds: i64, nanos: u32, zone: Zone) -> Self {
        let wall = calendar::days_from(date)
            .wrapping_mul(DAY)
            .wrapping_add(seconds);
        let (_, guess) = zone.at(wall);
        let offset = match guess {
            0 => 0,
            guess => zone.at(wall.wrapping_sub(guess)).1,
        };
        Self {
            unix: wall.wrapping_sub(offset),
            nanos,
            zone,
        }
    }

    pub(super) fn in_zone(&self, zone: Zone) -> Self {
        Self {
            zone,
            ..self.clone()
        }
    }

    /// What is shown there then.
    pub(super) fn shown(&self) -> Shown {
        let (abbreviation, offset) = self.zone.at(self.unix);
        let wall = self.unix.wrapping_add(offset);
        let days = wall.div_euclid(DAY);
        let second_of_day = wall.rem_euclid(DAY);
        let date = calendar::date_of(days);
        Shown {
            date,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            weekday: (days.rem_euclid(7) + 4) % 7,
            year_day: calendar::year_day(date),
            abbreviation,
            offset,
        }
    }

    /// Nanoseconds since 1970.
    pub(super) fn nanoseconds(&self) -> i128 {
        i128::from(self.unix) * SECOND + i128::from(self.nanos)
    }

    /// That many nanoseconds later.
    pub(super) fn add(&self, nanoseconds: i64) -> Self {
        let sum = self.nanoseconds() + i128::from(nanoseconds);
        Self {
            unix: sum.div_euclid(SECOND) as i64,
            nanos: sum.rem_euclid(SECOND) as u32,
            zone: self.zone.clone(),
        }
    }

    /// `Time.AddDate`: 31 October and one month is 1 December.
    pub(super) fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let shown = self.shown();
        let date = Date {
            year: shown.date.year.wrapping_add(years),
            month: shown.date.month.wrapping_add(months),
            day: shown.date.day.wrapping_add(days),
        };
        let seconds = shown.hour * 3600 + shown.minute * 60 + shown.second;
        Self::from_wall(date, seconds, self.nanos, self.zone.clone())
    }

    /// Nanoseconds from the other time to this one; the largest or smallest number when there are more.
    pub(super) fn since(&self, earlier: &Self) -> i64 {
        let difference = self.nanoseconds() - earlier.nanoseconds();
        difference.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// Nanoseconds since the last multiple of that duration, counted from the zero time.
    fn remainder(&self, nanoseconds: i64) -> i64 {
        let since_zero = self.nanoseconds() - i128::from(YEAR_ONE) * SECOND;
        since_zero.rem_euclid(nanoseconds.into()) as i64
    }

    /// `Time.Truncate`.
    pub(super) fn truncate(&self, nanoseconds: i64) -> Self {
        if nanoseconds <= 0 {
            return self.clone();
        }
        self.add(-self.remainder(nanoseconds))
    }

    /// `Time.Round`: halves go up.
    pub(super) fn round(&self, nanoseconds: i64) -> Self {
        if nanoseconds <= 0 {
            return self.clone();
        }
        let remainder = self.remainder(nanoseconds);
        if remainder < nanoseconds - remainder {
            self.add(-remainder)
        } else {
            self.add(nanoseconds - remainder)
        }
    }

    /// `Time.IsZero`.
    pub(super) fn is_zero(&self) -> bool {
        self.unix == YEAR_ONE && self.nanos == 0
    }
}
