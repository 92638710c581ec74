//! Decides whether the workloads of the add-ons are healthy, as kstatus judges the kinds that run pods.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cluster::listed;
use crate::failure::Failure;
use crate::fetched::Fetched;
use crate::manifests::{Kind, ObjectId};

/// Whether objects of a kind tell how healthy they are: those are read whole.
pub fn tells_health(kind: &Kind) -> bool {
    match kind.group.as_str() {
        "apps" => matches!(
            kind.kind.as_str(),
            "Deployment" | "DaemonSet" | "StatefulSet"
        ),
        "batch" => kind.kind == "Job",
        _ => false,
    }
}

/// What is to be said of all workloads together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// All run as they should.
    Healthy,
    /// These do not yet, the first with the reason.
    Progressing(String),
    /// This one will not without a person.
    Degraded(String),
    /// One could not be read.
    Unknown(Failure),
}

/// Judges all workloads.
pub(super) fn health(objects: &BTreeMap<ObjectId, Fetched<Value>>) -> Health {
    let mut waiting = Vec::new();
    for (id, object) in objects {
        match object {
            Fetched::Found(object) => match judged(&id.kind, object) {
                Verdict::Healthy => {}
                Verdict::Progressing(why) => waiting.push(format!("{id}: {why}")),
                Verdict::Failed(why) => return Health::Degraded(format!("{id}: {why}")),
            },
            Fetched::Missing => waiting.push(format!("{id} does not exist")),
            Fetched::Failed(failure) => return Health::Unknown(failure.clone()),
        }
    }
    if waiting.is_empty() {
        Health::Healthy
    } else {
        Health::Progressing(listed(&waiting))
    }
}

enum Verdict {
    Healthy,
    Progressing(String),
    Failed(&'static str),
}

fn judged(kind: &Kind, object: &Value) -> Verdict {
    if kind.kind == "Job" {
        return if is_true(object, "Failed") {
            Verdict::Failed("it failed")
        } else {
            Verdict::Healthy
        };
    }
    let count = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let told = |field: &str| count(&format!("/status/{field}")).unwrap_or_default();
    if told("observedGeneration") < count("/metadata/generation").unwrap_or_default() {
        return Verdict::Progressing("its controller has not looked at it yet".to_owned());
    }
    let stuck = condition(object, "Progressing")
        .is_some_and(|one| one["reason"] == "ProgressDeadlineExceeded");
    if stuck {
        return Verdict::Failed("it makes no progress within its deadline");
    }
    let (wanted, updated, available) = match kind.kind.as_str() {
        "DaemonSet" => (
            told("desiredNumberScheduled"),
            told("updatedNumberScheduled"),
            told("numberAvailable"),
        ),
        "StatefulSet" => (
            count("/spec/replicas").unwrap_or(1),
            told("updatedReplicas"),
            told("readyReplicas"),
        ),
        _ => (
            count("/spec/replicas").unwrap_or(1),
            told("updatedReplicas"),
            told("availableReplicas"),
        ),
    };
    let by_hand = object
        .pointer("/spec/updateStrategy/type")
        .is_some_and(|strategy| strategy == "OnDelete");
    if updated < wanted && !by_hand {
        return Verdict::Progressing(format!("{updated} of {wanted} pods are up to date"));
    }
    if available < wanted {
        return Verdict::Progressing(format!("{available} of {wanted} pods are available"));
    }
    Verdict::Healthy
}

fn is_true(object: &Value, type_: &str) -> bool {
    condition(object, type_).is_some_and(|condition| condition["status"] == "True")
}

fn condition<'a>(object: &'a Value, type_: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|one| one["type"] == type_)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judge(kind: &str, object: Value) -> Health {
        let group = if kind == "Job" { "batch" } else { "apps" };
        let id = ObjectId {
            kind: Kind::new(group, kind),
            namespace: Some("n".to_owned()),
            name: "x".to_owned(),
        };
        assert!(tells_health(&id.kind));
        health(&BTreeMap::from([(id, Fetched::Found(object))]))
    }

    fn waits(health: &Health, why: &str) -> bool {
        matches!(health, Health::Progressing(text) if text.contains(why))
    }

    #[test]
    fn a_deployment_is_healthy_when_all_its_pods_are_new_and_available() {
        let mut object = json!({
            "metadata": {"generation": 2}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": 2},
        });
        assert!(waits(
            &judge("Deployment", object.clone()),
            "not looked at it yet"
        ));
        object["status"]["observedGeneration"] = json!(2);
        assert_eq!(judge("Deployment", object.clone()), Health::Healthy);
        object["status"]["availableReplicas"] = json!(1);
        assert!(waits(
            &judge("Deployment", object.clone()),
            "1 of 2 pods are available"
        ));
        object["status"]["updatedReplicas"] = json!(0);
        assert!(waits(
            &judge("Deployment", object.clone()),
            "0 of 2 pods are up to date"
        ));
        object["status"]["conditions"] = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
        assert!(matches!(judge("Deployment", object), Health::Degraded(_)));
    }

    #[test]
    fn daemons_are_counted_by_nodes_and_sets_that_are_updated_by_hand_wait_for_nobody() {
        let daemons = json!({"status": {"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 2}});
        assert!(waits(&judge("DaemonSet", daemons), "2 of 3"));
        let set = json!({
            "spec": {"replicas": 1, "updateStrategy": {"type": "OnDelete"}},
            "status": {"readyReplicas": 1},
        });
        assert_eq!(judge("StatefulSet", set), Health::Healthy);
    }

    #[test]
    fn a_job_is_unhealthy_only_when_it_failed() {
        assert_eq!(judge("Job", json!({})), Health::Healthy);
        let failed = json!({"status": {"conditions": [{"type": "Failed", "status": "True"}]}});
        assert!(matches!(judge("Job", failed), Health::Degraded(_)));
    }
}
