//! How long until the next pass: every interval and cap of the program.

use std::time::Duration;

/// Look again at something a person may have mended outside the objects we watch (a tag, credentials, RBAC).
pub const MENDED_BY_A_PERSON: Duration = Duration::from_mins(1);
/// Look again whether the last Cluster has left a release; a watch is normally faster.
pub const IN_USE: Duration = Duration::from_mins(1);
/// Look again at a provider object; a watch is normally faster.
pub const PROVIDER: Duration = Duration::from_mins(1);
/// Look again at objects that are being deleted.
pub const DELETION: Duration = Duration::from_secs(2);
/// Look again at the objects a stage of the add-ons waits for.
pub const CONDITION: Duration = Duration::from_secs(3);
/// Look again whether a workload cluster has a kubeconfig.
pub const KUBECONFIG: Duration = Duration::from_secs(10);
/// Look again at a workload cluster that gave no answer; its link is normally faster.
pub const SILENT: Duration = Duration::from_mins(1);
/// Look again whether Cluster API has rolled an upgrade out; a watch is normally faster.
pub const ROLLOUT: Duration = Duration::from_mins(1);
/// Default polling interval of a source.
pub const POLL: Duration = Duration::from_mins(5);
/// Shortest polling interval of a source.
pub const POLL_MIN: Duration = Duration::from_secs(10);
/// First delay of a back-off.
pub const BACKOFF_BASE: Duration = Duration::from_millis(500);
/// Longest delay of a back-off.
pub const BACKOFF_CAP: Duration = Duration::from_mins(1);

/// When the next pass over an object is due, unless a watch comes first. Ordered from soonest to latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// At once: this pass made facts the next one needs.
    Now,
    /// After [`delay`] of the number of failed passes in a row.
    Backoff,
    /// After that time.
    After(Duration),
    /// When something that is watched changes.
    OnChange,
}

impl Retry {
    /// The sooner of two.
    pub fn sooner(self, other: Self) -> Self {
        let rank = |retry: Self| match retry {
            Self::Now => (0, Duration::ZERO),
            Self::Backoff => (1, Duration::ZERO),
            Self::After(time) => (2, time),
            Self::OnChange => (3, Duration::ZERO),
        };
        if rank(other) < rank(self) {
            other
        } else {
            self
        }
    }
}

/// Delay before the `attempt`-th retry (0 is the first): doubles from [`BACKOFF_BASE`] to [`BACKOFF_CAP`].
pub fn delay(attempt: u32) -> Duration {
    BACKOFF_BASE
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(BACKOFF_CAP)
}

/// Reads a Go duration such as `1h30m`; `None` if it is not one. Not below [`POLL_MIN`].
pub fn poll_interval(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let (seconds, unit) = [(0.001, "ms"), (1.0, "s"), (60.0, "m"), (3600.0, "h")]
            .into_iter()
            .find(|(_, unit)| after.starts_with(unit))?;
        total += number * seconds;
        rest = &after[unit.len()..];
    }
    let time = Duration::try_from_secs_f64(total).ok()?;
    (!text.is_empty()).then(|| time.max(POLL_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_doubles_and_stops_at_a_minute() {
        assert_eq!(delay(0), Duration::from_millis(500));
        assert_eq!(delay(3), Duration::from_secs(4));
        assert_eq!(delay(7), BACKOFF_CAP);
        assert_eq!(delay(u32::MAX), BACKOFF_CAP);
    }

    #[test]
    fn an_interval_reads_like_a_go_duration() {
        assert_eq!(poll_interval("5m"), Some(POLL));
        assert_eq!(poll_interval("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(poll_interval("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(poll_interval("100ms"), Some(POLL_MIN));
        for text in ["", "5", "m", "5x", "1..5s"] {
            assert_eq!(poll_interval(text), None, "{text}");
        }
    }

    #[test]
    fn the_sooner_retry_wins() {
        assert_eq!(
            Retry::OnChange.sooner(Retry::After(POLL)),
            Retry::After(POLL)
        );
        assert_eq!(Retry::After(POLL).sooner(Retry::Backoff), Retry::Backoff);
        assert_eq!(Retry::Backoff.sooner(Retry::Now), Retry::Now);
        assert_eq!(
            Retry::After(IN_USE).sooner(Retry::After(DELETION)),
            Retry::After(DELETION)
        );
    }
}
