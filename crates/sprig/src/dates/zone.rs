//! Which offset from UTC holds where and when: Go's `time.Location`.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A place with a time of its own.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    /// Where the program runs, as the caller says.
    Local(TimeZone),
    /// By its name in the time zone database.
    Named(TimeZone),
    /// A name, possibly empty, and seconds east of UTC: what a parsed time brings along.
    Fixed(String, i64),
}

impl Zone {
    /// `time.LoadLocation`; `None` = there is no such zone. Names are matched exactly, as Go finds their files.
    pub(super) fn load(name: &[u8], local: &TimeZone) -> Option<Self> {
        match name {
            b"" | b"UTC" => return Some(Self::Utc),
            b"Local" => return Some(Self::Local(local.clone())),
            _ => {}
        }
        let name = std::str::from_utf8(name).ok()?;
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Self::Named(zone))
    }

    /// Abbreviation and seconds east of UTC at that time, in seconds since 1970.
    pub(super) fn at(&self, unix: i64) -> (String, i64) {
        match self {
            Self::Utc => ("UTC".to_owned(), 0),
            Self::Fixed(name, offset) => (name.clone(), *offset),
            Self::Local(zone) | Self::Named(zone) => {
                let info = zone.to_offset_info(clamped(unix));
                (
                    info.abbreviation().to_owned(),
                    info.offset().seconds().into(),
                )
            }
        }
    }

    pub(super) fn is_dst(&self, unix: i64) -> bool {
        match self {
            Self::Utc | Self::Fixed(..) => false,
            Self::Local(zone) | Self::Named(zone) => {
                zone.to_offset_info(clamped(unix)).dst().is_dst()
            }
        }
    }

    /// The offset an abbreviation stands for here, at about that time. `None` = it is not used here.
    pub(super) fn offset_of(&self, abbreviation: &str, unix: i64) -> Option<i64> {
        let zone = match self {
            Self::Utc => return (abbreviation == "UTC").then_some(0),
            Self::Fixed(name, offset) => return (name == abbreviation).then_some(*offset),
            Self::Local(zone) | Self::Named(zone) => zone,
        };
        let near = clamped(unix);
        let around = zone
            .preceding(near)
            .take(4)
            .chain(zone.following(near).take(4));
        let known: Vec<(String, i64)> = std::iter::once(self.at(unix))
            .chain(around.map(|t| (t.abbreviation().to_owned(), t.offset().seconds().into())))
            .filter(|(name, _)| name == abbreviation)
            .collect();
        let in_effect = known
            .iter()
            .find(|(_, offset)| self.at(unix.wrapping_sub(*offset)).0 == abbreviation);
        in_effect.or(known.first()).map(|(_, offset)| *offset)
    }

    /// The name of the location.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local(_) => "Local",
            Self::Named(zone) => zone.iana_name().unwrap_or(""),
            Self::Fixed(name, _) => name,
        }
    }
}

/// The database knows nothing beyond the years its timestamps reach.
fn clamped(unix: i64) -> Timestamp {
    let limit = if unix < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(unix).unwrap_or(limit)
}
