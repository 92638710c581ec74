//! Which Clusters are judged, and what they are refused or warned of.

use serde_json::{Value, json};

use super::*;
use crate::failure::Cause;

fn cluster(topology: &Value) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "c1", "namespace": "team"}, "spec": {"topology": topology},
    }))
    .unwrap()
}

fn uses(class: &str, version: &str) -> DynamicObject {
    cluster(&json!({"classRef": {"name": class}, "version": version}))
}

fn release(name: &str, version: &str) -> ClusterStackRelease {
    serde_json::from_value(json!({
        "metadata": {"name": name, "namespace": "team"}, "spec": {},
        "status": {"kubernetesVersion": version},
    }))
    .unwrap()
}

fn facts() -> Facts {
    Facts {
        releases: vec![
            release("docker-scs-1-33-v1", "v1.33.4"),
            release("docker-scs-1-33-v0-sha-abc", "v1.33.6"),
            release("docker-scs-1-34-v1", "v1.34.1"),
            release("docker-scs-1-36-v1", "v1.36.0"),
            release("openstack-scs-1-34-v1", "v1.34.1"),
            release("docker-scs-1-33-v9", ""),
        ],
        chain: Vec::new(),
    }
}

fn ruling(old: Option<&DynamicObject>, new: &DynamicObject, facts: &Facts) -> Ruling {
    by(old, new, &Ok(facts.clone()))
}

fn by(old: Option<&DynamicObject>, new: &DynamicObject, facts: &Result<Facts, Failure>) -> Ruling {
    Question::of(old, new).map_or(Ruling::FINE, |question| may_use(&question, facts))
}

fn problem(ruling: Ruling) -> (&'static str, String) {
    match ruling {
        Ruling::Invalid(problems) => {
            assert_eq!(problems.len(), 1, "{problems:?}");
            (problems[0].field, problems[0].message.clone())
        }
        other => panic!("expected a problem: {other:?}"),
    }
}

fn warning(ruling: Ruling) -> String {
    match ruling {
        Ruling::Admitted(warnings) => warnings.join("\n"),
        other => panic!("expected it to be admitted: {other:?}"),
    }
}

#[test]
fn u13_clusters_of_others_are_not_judged() {
    let plain: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster",
        "metadata": {"name": "c1", "namespace": "team"}, "spec": {"paused": false},
    }))
    .unwrap();
    assert_eq!(Question::of(None, &plain), None);
    // Not even to be given a topology, or to lose it.
    let foreign = uses("my-class", "v1.31.0");
    assert_eq!(ruling(Some(&plain), &foreign, &facts()), Ruling::FINE);
    assert_eq!(ruling(Some(&foreign), &plain, &facts()), Ruling::FINE);
    let without_status = cluster(&json!({"class": "my-class"}));
    assert_eq!(ruling(None, &without_status, &facts()), Ruling::FINE);
}

#[test]
fn a_cluster_has_the_version_its_release_is_for() {
    let right = uses("docker-scs-1-33-v1", "v1.33.4");
    assert_eq!(ruling(None, &right, &facts()), Ruling::FINE);
    let bare = uses("docker-scs-1-33-v1", "1.33.4");
    assert_eq!(ruling(None, &bare, &facts()), Ruling::FINE);
    let dotted = cluster(&json!({"class": "docker-scs-1-33-v0-sha.abc", "version": "v1.33.4"}));
    let (field, message) = problem(ruling(None, &dotted, &facts()));
    assert_eq!(field, "spec.topology.version");
    assert!(
        message.contains("docker-scs-1-33-v0-sha.abc") && message.contains("v1.33.6"),
        "{message}"
    );
}

#[test]
fn what_was_wrong_before_does_not_stand_in_the_way_of_other_changes() {
    let wrong = uses("docker-scs-1-33-v1", "v1.33.0");
    let mut labelled = wrong.clone();
    labelled.metadata.labels = Some([("a".to_owned(), "b".to_owned())].into());
    assert_eq!(ruling(Some(&wrong), &labelled, &facts()), Ruling::FINE);
    let mut leaving = uses("docker-scs-1-33-v1", "v1.32.0");
    let now = serde_json::from_value(json!("2026-01-01T00:00:00Z")).unwrap();
    leaving.metadata.deletion_timestamp = Some(now);
    assert_eq!(ruling(Some(&wrong), &leaving, &facts()), Ruling::FINE);
}

#[test]
fn the_stack_stays_the_same() {
    let old = uses("docker-scs-1-33-v1", "v1.33.4");
    let new = uses("openstack-scs-1-34-v1", "v1.34.1");
    let (field, message) = problem(ruling(Some(&old), &new, &facts()));
    assert_eq!(field, "spec.topology.class");
    assert!(message.contains("docker-scs"), "{message}");
    // Who had a class of his own may move to a stack.
    let own = uses("my-class", "v1.20.0");
    assert_eq!(ruling(Some(&own), &new, &facts()), Ruling::FINE);
}

#[test]
fn kubernetes_goes_up_one_minor_version_at_a_time() {
    let on = |class: &str, version: &str| uses(class, version);
    let old = on("docker-scs-1-33-v1", "v1.33.4");
    let next = on("docker-scs-1-34-v1", "v1.34.1");
    let far = on("docker-scs-1-36-v1", "v1.36.0");
    assert_eq!(ruling(Some(&old), &next, &facts()), Ruling::FINE);
    // Another release of the same minor version, in any direction.
    let other = on("docker-scs-1-33-v0-sha.abc", "v1.33.6");
    assert_eq!(ruling(Some(&old), &other, &facts()), Ruling::FINE);
    assert_eq!(ruling(Some(&other), &old, &facts()), Ruling::FINE);
    let (_, message) = problem(ruling(Some(&next), &old, &facts()));
    assert!(message.contains("from 1.34 to 1.33"), "{message}");
    let (_, message) = problem(ruling(Some(&old), &far, &facts()));
    assert!(message.contains("upgrade it to 1.34 first"), "{message}");
}

#[test]
fn a_class_that_tells_the_versions_in_between_may_be_further_away() {
    let old = uses("docker-scs-1-33-v1", "v1.33.4");
    let far = uses("docker-scs-1-36-v1", "v1.36.0");
    let chain = |versions: &[&str]| Facts {
        chain: versions.iter().map(|&version| version.to_owned()).collect(),
        ..facts()
    };
    let whole = chain(&["v1.33.4", "v1.34.2", "v1.35.0", "v1.36.0"]);
    assert_eq!(ruling(Some(&old), &far, &whole), Ruling::FINE);
    let (_, message) = problem(ruling(Some(&old), &far, &chain(&["v1.34.2", "v1.36.0"])));
    assert!(message.contains("upgrade it to 1.35 first"), "{message}");
}

#[test]
fn what_cannot_be_checked_is_admitted_with_a_warning() {
    let pulled_later = uses("docker-scs-1-33-v9", "v1.33.4");
    let told = warning(ruling(None, &pulled_later, &facts()));
    assert!(told.contains("docker-scs-1-33-v9 is not pulled"), "{told}");
    let mistyped = uses("docker-scs-1-33-v8", "v1.33.4");
    let told = warning(ruling(None, &mistyped, &facts()));
    assert!(told.contains("no ClusterStackRelease"), "{told}");
    let broken = Err(Failure::new(Cause::Unreachable, "no answer"));
    let told = warning(by(None, &pulled_later, &broken));
    assert!(told.contains("no answer"), "{told}");
}

#[test]
fn the_releases_of_both_classes_are_asked_for() {
    let old = cluster(&json!({"class": "a", "classNamespace": "shared", "version": "v1.33.0"}));
    let new = uses("b", "v1.33.0");
    let question = Question::of(Some(&old), &new).unwrap();
    assert_eq!(
        question.namespaces().collect::<Vec<_>>(),
        ["team", "shared"]
    );
    let question = Question::of(None, &new).unwrap();
    assert_eq!(question.namespaces().collect::<Vec<_>>(), ["team"]);
}
