//! Decides when a serving certificate and its authority are renewed.
//!
//! Both are renewed after two thirds of their life, as cert-manager does. A new authority is added to the bundle in front
//! of the old one, and the serving certificate stays: whoever verifies us has learnt the new authority long before the
//! first certificate signed by it is served.

use jiff::{SignedDuration, Timestamp};

/// Life of an authority.
pub const AUTHORITY_LIFE: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
/// Life of a serving certificate.
pub const SERVING_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How far the clocks of others may be behind ours.
pub const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub not_before: Timestamp,
    /// Last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// A validity that begins now, with regard to clocks that are behind.
    pub fn starting(now: Timestamp, life: SignedDuration) -> Self {
        Self {
            not_before: saturating(now, -SKEW),
            not_after: saturating(now, life),
        }
    }

    /// Whether the certificate is valid at this moment.
    pub fn contains(self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// When it is to be renewed.
    pub fn renewal(self) -> Timestamp {
        let life = self.not_after.duration_since(self.not_before);
        saturating(self.not_before, life / 3 * 2)
    }
}

/// What is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The authority that signs: the first of the bundle. `None` if it is missing, cannot be read or has another key.
    pub authority: Option<Validity>,
    /// The serving certificate. `None` if it is missing, cannot be read, has another key, lacks a name under which we
    /// are called, or was not signed by an authority of the bundle.
    pub serving: Option<Validity>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before that time.
    Keep {
        /// When to decide again.
        until: Timestamp,
    },
    /// A new serving certificate, signed by the present authority.
    Issue,
    /// A new authority beside the present one.
    AddAuthority,
    /// A new authority instead of the present one, and a new serving certificate.
    StartOver,
}

/// The next step.
pub fn next(now: Timestamp, held: &Held) -> Step {
    let Some(authority) = held.authority.filter(|one| one.contains(now)) else {
        return Step::StartOver;
    };
    if authority.renewal() <= now {
        return Step::AddAuthority;
    }
    match held.serving.filter(|one| one.contains(now)) {
        Some(serving) if serving.renewal() > now => Step::Keep {
            until: serving.renewal().min(authority.renewal()),
        },
        _ => Step::Issue,
    }
}

fn saturating(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by)
        .expect("a signed duration has no calendar units")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().unwrap()
    }

    fn held(authority_age: i32, serving_age: i32) -> Held {
        Held {
            authority: Some(Validity::starting(
                now() - DAY * authority_age,
                AUTHORITY_LIFE,
            )),
            serving: Some(Validity::starting(now() - DAY * serving_age, SERVING_LIFE)),
        }
    }

    #[test]
    fn nothing_stored_means_everything_is_made() {
        let nothing = Held {
            authority: None,
            serving: None,
        };
        assert_eq!(next(now(), &nothing), Step::StartOver);
    }

    #[test]
    fn a_fresh_pair_is_kept_until_two_thirds_of_the_shorter_life() {
        let Step::Keep { until } = next(now(), &held(0, 0)) else {
            panic!("a fresh pair is kept");
        };
        let days = until.duration_since(now()).as_hours() / 24;
        assert_eq!(days, 59);
        assert_eq!(
            next(until, &held(0, 0)),
            Step::Issue,
            "the time that was told is the time to act"
        );
    }

    #[test]
    fn an_old_serving_certificate_is_replaced_and_its_authority_kept() {
        assert_eq!(next(now(), &held(100, 61)), Step::Issue);
        let without = Held {
            serving: None,
            ..held(100, 0)
        };
        assert_eq!(next(now(), &without), Step::Issue);
    }

    #[test]
    fn an_old_authority_gets_a_successor_while_the_serving_certificate_stays() {
        assert_eq!(next(now(), &held(2500, 10)), Step::AddAuthority);
    }

    #[test]
    fn an_expired_authority_or_one_of_the_future_is_worth_nothing() {
        assert_eq!(next(now(), &held(3651, 10)), Step::StartOver);
        assert_eq!(next(now(), &held(-2, 10)), Step::StartOver);
    }

    #[test]
    fn a_certificate_is_valid_for_those_whose_clock_is_behind() {
        let fresh = Validity::starting(now(), SERVING_LIFE);
        assert!(fresh.contains(now() - SignedDuration::from_mins(59)));
        assert!(!fresh.contains(now() - SignedDuration::from_mins(61)));
    }
}
