//! The proleptic Gregorian calendar: days since 1970-01-01 to dates and back.

/// A date. The month is 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

/// Days in 400 years.
const ERA: i128 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const EPOCH: i128 = 719_468;

/// Days from 1970-01-01 to a date; a day beyond its month runs on into the next ones, and so does a month.
pub(super) fn days_from(date: Date) -> i64 {
    let months = i128::from(date.month) - 1;
    let year = i128::from(date.year) + months.div_euclid(12);
    let month = months.rem_euclid(12) + 1;
    // Years begin in March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i128::from(date.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * ERA + day_of_era - EPOCH) as i64
}

/// The date that many days after 1970-01-01.
pub(super) fn date_of(days: i64) -> Date {
    let shifted = i128::from(days) + EPOCH;
    let era = shifted.div_euclid(ERA);
    let day_of_era = shifted.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    Date {
        year: year as i64,
        month: month as i64,
        day: day as i64,
    }
}

/// The day of the year, from 1.
pub(super) fn year_day(date: Date) -> i64 {
    let first = Date {
        month: 1,
        day: 1,
        ..date
    };
    days_from(date) - days_from(first) + 1
}

/// How many days the month has.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
