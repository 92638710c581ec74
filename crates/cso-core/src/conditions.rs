//! Sets conditions, and is the only place that writes `Ready`, `Reconciling` and `Stalled`.

use cso_api::Condition;
use cso_api::conditions::{find, is_true, reasons, types};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::effect::{Event, Severity};

/// The conditions of an object while its status is computed. Conditions of types we do not know are kept.
#[derive(Clone, Debug)]
pub struct Conditions {
    list: Vec<Condition>,
    generation: Option<i64>,
    now: Timestamp,
}

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Status `True`.
    True,
    /// Status `False`.
    False,
    /// Status `Unknown`.
    Unknown,
}

/// What kstatus is told about the way to the goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Nothing is under way.
    Settled,
    /// The operator works on it or waits for something that comes by itself.
    Reconciling(String),
    /// A person must help: reason and message.
    Stalled(String, String),
}

/// How an object can stand.
pub const STANDINGS: [&str; 5] = ["ready", "reconciling", "stalled", "suspended", "unknown"];

/// How an object stands, in one of the words of [`STANDINGS`]: as kstatus reads it, but that what is suspended waits for
/// nobody. `unknown` = it tells nothing yet.
pub fn standing(conditions: &[Condition]) -> &'static str {
    let holds = |type_| is_true(conditions, type_);
    if conditions.is_empty() {
        "unknown"
    } else if holds(types::SUSPENDED) {
        "suspended"
    } else if holds(types::STALLED) {
        "stalled"
    } else if holds(types::READY) && !holds(types::RECONCILING) {
        "ready"
    } else {
        "reconciling"
    }
}

impl Conditions {
    /// Starts from the conditions the object has.
    pub fn new(previous: &[Condition], generation: Option<i64>, now: Timestamp) -> Self {
        Self {
            list: previous.to_vec(),
            generation,
            now,
        }
    }

    /// Sets a condition. Its transition time moves only when its status does.
    pub fn set(&mut self, type_: &str, verdict: Verdict, reason: &str, message: impl Into<String>) {
        let status = match verdict {
            Verdict::True => "True",
            Verdict::False => "False",
            Verdict::Unknown => "Unknown",
        };
        let message: String = message.into();
        let old = find(&self.list, type_).filter(|old| old.status == status);
        let condition = Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            severity: None,
            last_transition_time: old
                .map_or(Time(self.now), |old| old.last_transition_time.clone()),
            reason: Some(reason.to_owned()),
            message: (!message.is_empty()).then_some(message),
            observed_generation: self.generation,
        };
        match self.list.iter_mut().find(|one| one.type_ == type_) {
            Some(slot) => *slot = condition,
            None => self.list.push(condition),
        }
    }

    /// Removes a condition.
    pub fn remove(&mut self, type_: &str) {
        self.list.retain(|condition| condition.type_ != type_);
    }

    /// The condition, if it is set.
    pub fn get(&self, type_: &str) -> Option<&Condition> {
        find(&self.list, type_)
    }

    /// Writes `Ready` as the summary of `parts` — true if all are, else reason and message of the first that is not —
    /// and the two kstatus conditions. Sorted by type, so that equal facts give equal bytes.
    pub fn summarise(mut self, parts: &[&str], success: &str, stance: Stance) -> Vec<Condition> {
        let failing = parts.iter().find_map(|part| match self.get(part) {
            Some(condition) if condition.is_true() => None,
            Some(condition) => Some((
                condition
                    .reason
                    .clone()
                    .unwrap_or_else(|| reasons::PROGRESSING.to_owned()),
                condition.message.clone().unwrap_or_default(),
            )),
            None => Some((
                reasons::PROGRESSING.to_owned(),
                format!("{part} is not known yet"),
            )),
        });
        match failing {
            None => self.set(types::READY, Verdict::True, reasons::SUCCEEDED, success),
            Some((reason, message)) => self.set(types::READY, Verdict::False, &reason, message),
        }
        match stance {
            Stance::Settled => {
                self.remove(types::RECONCILING);
                self.remove(types::STALLED);
            }
            Stance::Reconciling(message) => {
                self.remove(types::STALLED);
                self.set(
                    types::RECONCILING,
                    Verdict::True,
                    reasons::PROGRESSING,
                    message,
                );
            }
            Stance::Stalled(reason, message) => {
                self.remove(types::RECONCILING);
                self.set(types::STALLED, Verdict::True, &reason, message);
            }
        }
        self.list
            .sort_by(|left, right| left.type_.cmp(&right.type_));
        self.list
    }
}

/// The event that tells of a change of `Ready` or its reason; none if both are as before.
pub(crate) fn ready_event(before: &[Condition], after: &[Condition]) -> Option<Event> {
    let key =
        |list| find(list, types::READY).map(|ready| (ready.status.clone(), ready.reason.clone()));
    if key(before) == key(after) {
        return None;
    }
    let ready = find(after, types::READY)?;
    let severity = match find(after, types::STALLED) {
        Some(_) => Severity::Warning,
        None => Severity::Normal,
    };
    Some(Event {
        severity,
        reason: ready.reason.clone().unwrap_or_default(),
        message: ready.message.clone().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut first = Conditions::new(&[], Some(1), at(10));
        first.set("A", Verdict::False, "X", "x");
        let list = first.summarise(&["A"], "", Stance::Settled);
        let mut second = Conditions::new(&list, Some(2), at(20));
        second.set("A", Verdict::False, "Y", "y");
        assert_eq!(second.get("A").unwrap().last_transition_time, Time(at(10)));
        second.set("A", Verdict::True, "Z", "");
        assert_eq!(second.get("A").unwrap().last_transition_time, Time(at(20)));
    }

    #[test]
    fn an_object_stands_as_its_conditions_say() {
        let stands = |stance| {
            let mut conditions = Conditions::new(&[], None, at(0));
            conditions.set("A", Verdict::True, "X", "");
            standing(&conditions.summarise(&["A"], "", stance))
        };
        assert_eq!(standing(&[]), "unknown");
        assert_eq!(stands(Stance::Settled), "ready");
        assert_eq!(stands(Stance::Reconciling(String::new())), "reconciling");
        let stalled = Stance::Stalled("Broken".to_owned(), String::new());
        assert_eq!(stands(stalled.clone()), "stalled");
        let mut suspended = Conditions::new(&[], None, at(0));
        suspended.set(types::SUSPENDED, Verdict::True, "X", "");
        assert_eq!(
            standing(&suspended.summarise(&[], "", stalled)),
            "suspended"
        );
    }

    #[test]
    fn ready_needs_every_part_and_names_the_first_that_fails() {
        let mut conditions = Conditions::new(&[], None, at(0));
        conditions.set("A", Verdict::True, "X", "");
        let missing = conditions
            .clone()
            .summarise(&["A", "B"], "", Stance::Settled);
        assert!(find(&missing, types::READY).unwrap().is_false());
        conditions.set("B", Verdict::False, "Broken", "why");
        let failing = conditions
            .clone()
            .summarise(&["A", "B"], "", Stance::Settled);
        assert_eq!(
            find(&failing, types::READY).unwrap().reason.as_deref(),
            Some("Broken")
        );
        conditions.set("B", Verdict::True, "X", "");
        assert!(
            find(
                &conditions.summarise(&["A", "B"], "", Stance::Settled),
                types::READY
            )
            .unwrap()
            .is_true()
        );
    }

    #[test]
    fn upstreams_severity_is_dropped_when_a_condition_is_set_again() {
        let old: Condition = serde_json::from_value(
            serde_json::json!({"type": "A", "status": "False", "severity": "Error",
            "lastTransitionTime": "2026-01-01T00:00:00Z"}),
        )
        .unwrap();
        let mut conditions = Conditions::new(&[old], None, at(0));
        conditions.set("A", Verdict::False, "X", "");
        assert_eq!(conditions.get("A").unwrap().severity, None);
    }
}
