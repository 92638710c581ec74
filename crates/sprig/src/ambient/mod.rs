//! Everything a template can learn that is not in its input: the time, random numbers, fresh keys. One value holds it all, records
//! what it gave away and can give the same again.

mod random;
mod record;

pub use record::Record;

use gotemplate::func::{FuncError, state};
use gotemplate::{Call, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::args::fail;
pub(crate) use random::Random;
use record::{Occurrences, key};

/// The clock and the randomness of one execution, handed to it as state.
///
/// The clock stands still: every `now` of an execution is the same. Every impure result is kept in a [`Record`]; an
/// `Ambient` made with [`Ambient::replaying`] answers from such a record.
#[derive(Debug)]
pub struct Ambient {
    now: Timestamp,
    zone: TimeZone,
    random: Random,
    replayed: Record,
    record: Record,
    occurrences: Occurrences,
}

impl Ambient {
    /// The given time, and randomness from the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(now: Timestamp) -> Result<Self, FuncError> {
        Ok(Self::seeded(now, random::seed()?))
    }

    /// The given time, and a stream of random numbers that depends on the seed only: for tests.
    /// Keys and certificates are not derived from it; they are new each time, unless replayed.
    pub fn seeded(now: Timestamp, seed: [u8; 32]) -> Self {
        Self {
            now,
            zone: TimeZone::UTC,
            random: Random::new(seed),
            replayed: Record::default(),
            record: Record::default(),
            occurrences: Occurrences::default(),
        }
    }

    /// Answers from the record of an earlier execution: the n-th call of a function with the same arguments gets the
    /// n-th recorded result, and the time is the recorded one. Calls the record does not know get new results.
    #[must_use]
    pub fn replaying(mut self, record: Record) -> Self {
        if let Some(now) = record.now.and_then(|n| Timestamp::from_nanosecond(n).ok()) {
            self.now = now;
        }
        self.replayed = record;
        self
    }

    /// The time zone that stands for Go's `Local`; UTC unless set.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// The time of the execution. From now on the record has it.
    pub fn now(&mut self) -> Timestamp {
        self.record.now = Some(self.now.as_nanosecond());
        self.now
    }

    /// What this execution was given so far: keep it to replay it. It holds generated keys and passwords.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The zone that stands for `Local`.
    pub fn local(&self) -> &TimeZone {
        &self.zone
    }

    /// The stream of random numbers.
    #[cfg(feature = "crypto")]
    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// The recorded result of this call, if there is one.
    fn recorded(
        &mut self,
        function: &str,
        args: &[Value],
    ) -> Result<(String, Option<Vec<String>>), FuncError> {
        let key = key(function, args)?;
        let occurrence = self.occurrences.next(&key);
        let found = self.replayed.get(&key, occurrence).map(<[String]>::to_vec);
        Ok((key, found))
    }
}

/// The execution's ambient.
pub(crate) fn of(call: &mut dyn Call) -> Result<&mut Ambient, FuncError> {
    match state::<Ambient>(call) {
        Some(ambient) => Ok(ambient),
        None => fail("the caller gave this execution neither a clock nor randomness"),
    }
}

/// What it costs to keep a result in the record.
const STEPS_A_RECORD: u64 = 16;

/// An impure result: the recorded one, or what `make` makes of the randomness. Either way it is recorded.
pub(crate) fn result(
    call: &mut dyn Call,
    function: &str,
    args: &[Value],
    make: impl FnOnce(&mut Ambient) -> Result<Vec<String>, FuncError>,
) -> Result<Vec<String>, FuncError> {
    call.spend(STEPS_A_RECORD)?;
    let ambient = of(call)?;
    let (key, found) = ambient.recorded(function, args)?;
    let values = match found {
        Some(values) => values,
        None => make(ambient)?,
    };
    ambient.record.push(key, values.clone());
    Ok(values)
}

/// An impure result that is one text.
pub(crate) fn text(
    call: &mut dyn Call,
    function: &str,
    args: &[Value],
    make: impl FnOnce(&mut Random) -> Result<String, FuncError>,
) -> Result<String, FuncError> {
    let values = result(call, function, args, |ambient| {
        Ok(vec![make(&mut ambient.random)?])
    })?;
    Ok(values.into_iter().next().unwrap_or_default())
}

/// A random number from 0 to before `limit`.
pub(crate) fn below(
    call: &mut dyn Call,
    function: &str,
    args: &[Value],
    limit: u64,
) -> Result<u64, FuncError> {
    let drawn = text(call, function, args, |random| {
        Ok(random.below(limit).to_string())
    })?;
    Ok(drawn.parse::<u64>().unwrap_or(0) % limit)
}
