//! Single passes: facts in, writes and status out.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::cluster_stack::{ChartDependency, Digest, Pin};
use cso_api::capi::ClassReference;
use cso_api::conditions::{find, is_true, reasons, types};
use cso_api::{ClusterStack, ClusterStackRelease, ResourceStatus};
use cso_core::cluster::ClassUse;
use cso_core::cluster_stack::{self, Remote};
use cso_core::cluster_stack_release::{self, Artifact};
use cso_core::effect::{Effect, Executed, Outcome, Plan};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Applied, Kind, Kinds, LiveObject, ObjectId, Scope};
use cso_core::retry::Retry;
use serde_json::{Value, json};

fn read<T: serde::de::DeserializeOwned>(yaml: &str) -> T {
    serde_saphyr::from_str(yaml).expect("the scenario is valid YAML")
}

const STACK: &str = "
apiVersion: clusterstack.x-k8s.io/v1alpha1
kind: ClusterStack
metadata: {name: scs, namespace: team-a, uid: stack, generation: 1, finalizers: [clusterstack.clusterstack.x-k8s.io]}
spec: {provider: docker, name: scs, kubernetesVersion: '1.33', noProvider: true, versions: [], autoSubscribe: true}
";

const RELEASE: &str = "
apiVersion: clusterstack.x-k8s.io/v1alpha1
kind: ClusterStackRelease
metadata:
  name: docker-scs-1-33-v1
  namespace: team-a
  uid: release
  generation: 1
  labels: {clusterstack.x-k8s.io/stack: docker-scs-1-33}
  finalizers: [clusterstackrelease.clusterstack.x-k8s.io]
  ownerReferences: [{apiVersion: clusterstack.x-k8s.io/v1alpha1, kind: ClusterStack, name: scs, uid: stack}]
spec: {}
status:
  ready: true
  resources: [{kind: ConfigMap, version: v1, name: a, namespace: team-a, status: synced}]
  conditions: [{type: Ready, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z'}]
";

fn stack(remote: Remote, releases: &[&str]) -> cluster_stack::Observed {
    cluster_stack::Observed {
        stack: read::<ClusterStack>(STACK),
        siblings: Vec::new(),
        releases: Ok(releases
            .iter()
            .map(|release| Arc::new(read(release)))
            .collect()),
        remote,
        clusters: Ok(Vec::new()),
        provider_template: Fetched::Missing,
        provider_objects: BTreeMap::new(),
        classes: Ok(Vec::new()),
        now: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn kinds() -> Kinds {
    [(Kind::new("", "ConfigMap"), Scope::Namespaced)]
        .into_iter()
        .collect()
}

fn release() -> cluster_stack_release::Observed {
    let documents = [json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})];
    let tag = "docker-scs-1-33-v1".parse().expect("a tag");
    let objects = cluster_stack_release::objects(&documents, &tag, "team-a", &kinds())
        .expect("complete objects");
    let answer = LiveObject::of(&live(&objects[0].body()["metadata"]["labels"]));
    let id = objects[0].id().clone();
    cluster_stack_release::Observed {
        release: read::<ClusterStackRelease>(RELEASE),
        stack: Fetched::Missing,
        artifact: Artifact::Sound {
            digest: Digest::of(b"1"),
            kubernetes_version: "v1.33.4".to_owned(),
            dependencies: vec![fetched_chart()],
        },
        remote_digest: None,
        provider: Fetched::Missing,
        kinds: kinds(),
        applied: [(id.clone(), Applied::of(&objects[0], &answer))].into(),
        live: [(id, Fetched::Found(answer))].into(),
        rendered: Some(Ok(Arc::new(objects))),
        clusters: Ok(Vec::new()),
        now: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// A chart that was fetched for the release.
fn fetched_chart() -> ChartDependency {
    ChartDependency {
        chart: "cluster-addon/cni".to_owned(),
        name: "cilium".to_owned(),
        version: "1.18.9".to_owned(),
        repository: "https://helm.cilium.io/".to_owned(),
        digest: Digest::of(b"cilium"),
    }
}

fn live(labels: &Value) -> Value {
    json!({"metadata": {"uid": "1", "labels": labels, "managedFields": [
        {"manager": "cluster-stack-operator", "operation": "Apply", "fieldsV1": {}},
    ]}})
}

fn run(plan: Plan, outcome: &Outcome) -> Executed {
    let mut execution = plan.start();
    while let Some(wave) = execution.next_wave() {
        let settled = wave
            .into_iter()
            .map(|ticket| ticket.settle(outcome.clone()))
            .collect();
        execution.settle(settled);
    }
    execution.finish()
}

fn used() -> ClassUse {
    ClassUse {
        cluster: "team-b/c1".to_owned(),
        class: ClassReference {
            namespace: "team-a".to_owned(),
            name: "docker-scs-1-33-v1".to_owned(),
        },
    }
}

fn deleted(mut observed: cluster_stack_release::Observed) -> cluster_stack_release::Observed {
    observed.release.metadata.deletion_timestamp = Some(
        k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(jiff::Timestamp::UNIX_EPOCH),
    );
    observed
}

#[test]
fn a_release_that_is_applied_and_undrifted_costs_no_request() {
    let observed = release();
    let plan = cluster_stack_release::plan(&observed);
    assert!(plan.is_empty(), "{plan:?}");
    let status = cluster_stack_release::conclude(&observed, &run(plan, &Outcome::Done))
        .status
        .expect("a first status");
    assert!(status.ready);
    assert_eq!(status.kubernetes_version.as_deref(), Some("v1.33.4"));
}

#[test]
fn u10_fetched_charts_are_listed_in_the_status_and_pinned_by_it() {
    let mut observed = release();
    let plan = cluster_stack_release::plan(&observed);
    let status = cluster_stack_release::conclude(&observed, &run(plan, &Outcome::Done)).status;
    let listed = &status.as_ref().expect("a first status").dependencies;
    assert_eq!(listed[0].chart, "cluster-addon/cni");
    assert_eq!(listed[0].digest, Digest::of(b"cilium").to_string());
    observed.release.status = status;
    observed.artifact = Artifact::NotPulled;
    let plan = cluster_stack_release::plan(&observed);
    let pin = Pin {
        digest: Digest::of(b"1"),
        dependencies: vec![fetched_chart()],
    };
    assert!(
        matches!(plan.effects().next(), Some(Effect::Pull { pinned: Some(found), .. }) if *found == pin),
        "{plan:?}"
    );
}

#[test]
fn a_subscription_to_versions_without_an_order_says_so_and_so_does_one_that_is_offered_nothing() {
    let told = |tags: &[&str], channel: &str| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let mut observed = stack(Remote::Tags(tags), &[]);
        channel.clone_into(&mut observed.stack.spec.channel);
        let plan = cluster_stack::plan(&observed);
        let status = cluster_stack::conclude(&observed, &run(plan, &Outcome::Done)).status;
        let conditions = status.expect("a first status").conditions;
        let ready = find(&conditions, types::READY).expect("always set").clone();
        (
            ready.reason.unwrap_or_default(),
            ready.message.unwrap_or_default(),
            is_true(&conditions, types::STALLED),
        )
    };
    let hash = "docker-scs-1-33-v0-custom-abcdefg";
    let (reason, message, stalled) = told(&[hash], "custom");
    assert_eq!((reason.as_str(), stalled), (reasons::INVALID_SPEC, true));
    assert!(message.contains("spec.versions"), "{message}");
    let (reason, message, stalled) = told(&[hash], "sha");
    assert_eq!((reason.as_str(), stalled), (reasons::INVALID_SPEC, true));
    assert!(message.contains("hashes"), "{message}");
    let (reason, message, stalled) = told(&[hash, "openstack-scs-1-33-v1"], "stable");
    assert_eq!(
        (reason.as_str(), stalled),
        (reasons::NOTHING_OFFERED, false)
    );
    assert!(
        message.contains("docker-scs-1-33 in channel stable"),
        "{message}"
    );
}

#[test]
fn u1_deleting_a_release_deletes_the_objects_its_inventory_calls_synced() {
    let observed = deleted(release());
    let plan = cluster_stack_release::plan(&observed);
    let effects: Vec<&Effect> = plan.effects().collect();
    assert!(
        matches!(effects[..], [Effect::DeleteObject(target)] if target.id.name == "a" && target.uid == "1"),
        "{effects:?}"
    );
    let mut gone = deleted(release());
    gone.live
        .values_mut()
        .for_each(|live| *live = Fetched::Missing);
    let effects = cluster_stack_release::plan(&gone);
    assert!(matches!(
        effects.effects().collect::<Vec<_>>()[..],
        [Effect::RemoveFinalizer(_)]
    ));
}

#[test]
fn a_broken_artifact_does_not_block_deletion() {
    let mut observed = deleted(release());
    observed.artifact = Artifact::NotPulled;
    observed.rendered = None;
    assert!(matches!(
        cluster_stack_release::plan(&observed).effects().next(),
        Some(Effect::DeleteObject(_))
    ));
}

#[test]
fn u2_an_object_that_failed_is_reported_as_not_synced_with_its_error() {
    let mut observed = release();
    observed.applied.clear();
    let failure = Failure::new(Cause::Rejected, "ConfigMap team-a/a: data: Invalid value");
    let executed = run(
        cluster_stack_release::plan(&observed),
        &Outcome::Failed(failure),
    );
    let status = cluster_stack_release::conclude(&observed, &executed)
        .status
        .expect("a change");
    assert_eq!(status.resources[0].status, Some(ResourceStatus::NotSynced));
    assert!(status.resources[0].error.contains("Invalid value"));
    assert!(!status.ready && is_true(&status.conditions, types::STALLED));
}

#[test]
fn u14_a_failed_listing_stays_visible_and_deletes_nothing() {
    let failed = Remote::Failed(Failure::new(Cause::WrongCredentials, "401 from registry"));
    let observed = stack(failed, &[RELEASE, &RELEASE.replace("-v1\n", "-v2\n")]);
    let plan = cluster_stack::plan(&observed);
    assert!(plan.is_empty(), "{plan:?}");
    let status = cluster_stack::conclude(&observed, &run(plan, &Outcome::Done))
        .status
        .expect("a first status");
    let synced = find(&status.conditions, types::RELEASES_SYNCED).expect("set");
    assert!(synced.is_false());
    assert_eq!(synced.reason.as_deref(), Some(reasons::WRONG_CREDENTIALS));
}

#[test]
fn foreign_tags_are_no_business_of_ours_and_the_newest_is_created() {
    let tags = [
        "openstack-scs-v5",
        "docker-scs-1-33-v1",
        "docker-scs-1-33-v10",
        "docker-scs-1-33-v9",
        "docker-scs-1-34-v11",
    ];
    let observed = stack(Remote::Tags(tags.map(str::to_owned).to_vec()), &[RELEASE]);
    let plan = cluster_stack::plan(&observed);
    let effects: Vec<&Effect> = plan.effects().collect();
    assert!(
        matches!(effects[..], [Effect::ApplyRelease(manifest)] if manifest.id().name == "docker-scs-1-33-v10"),
        "the newest ready release stays meanwhile: {effects:?}"
    );
}

#[test]
fn u16_a_release_used_from_another_namespace_is_kept() {
    let newer = RELEASE
        .replace("-v1\n", "-v2\n")
        .replace("uid: release", "uid: newer");
    let tags = Remote::Tags(vec!["docker-scs-1-33-v2".to_owned()]);
    let mut observed = stack(tags, &[RELEASE, &newer]);
    assert!(matches!(
        cluster_stack::plan(&observed).effects().next(),
        Some(Effect::DeleteRelease(_))
    ));
    observed.clusters = Ok(vec![used()]);
    assert!(cluster_stack::plan(&observed).is_empty());
    observed.clusters = Err(Failure::new(Cause::Unreachable, "no answer"));
    assert!(cluster_stack::plan(&observed).is_empty());
}

#[test]
fn a_read_that_failed_is_tried_again_though_nothing_changes() {
    let missed = || Failure::new(Cause::Unreachable, "not listed yet");
    let mut pinned = stack(Remote::NotListed, &[RELEASE]);
    pinned.stack.spec.auto_subscribe = false;
    let mut no_clusters = pinned.clone();
    no_clusters.clusters = Err(missed());
    let mut no_classes = pinned.clone();
    no_classes.classes = Err(missed());
    let mut no_template = pinned.clone();
    no_template.provider_template = Fetched::Failed(missed());
    let retry = |observed: &cluster_stack::Observed| {
        let executed = run(cluster_stack::plan(observed), &Outcome::Done);
        cluster_stack::conclude(observed, &executed).retry
    };
    assert_eq!(retry(&pinned), Retry::OnChange);
    for observed in [no_clusters, no_classes, no_template] {
        assert_eq!(retry(&observed), Retry::Backoff, "{observed:?}");
    }
}

#[test]
fn a_release_in_use_waits_and_names_the_cluster() {
    let mut observed = deleted(release());
    observed.clusters = Ok(vec![used()]);
    let plan = cluster_stack_release::plan(&observed);
    assert!(plan.is_empty());
    let status = cluster_stack_release::conclude(&observed, &run(plan, &Outcome::Done))
        .status
        .expect("a change");
    let deleting = find(&status.conditions, types::DELETING).expect("set");
    assert_eq!(deleting.reason.as_deref(), Some(reasons::IN_USE));
    assert!(
        deleting
            .message
            .as_deref()
            .unwrap_or_default()
            .contains("team-b/c1")
    );
}

#[test]
fn u18_a_release_stops_being_ready_when_its_provider_object_does() {
    let mut observed = release();
    let reference = json!({"apiVersion": "x/v1", "kind": "Provider", "name": "docker-scs-1-33-v1"});
    observed.release.spec.provider_ref = serde_json::from_value(reference).expect("a reference");
    observed.provider = Fetched::Found(json!({"status": {"ready": true}}));
    let conclude = |observed: &cluster_stack_release::Observed| {
        let executed = run(cluster_stack_release::plan(observed), &Outcome::Done);
        cluster_stack_release::conclude(observed, &executed)
            .status
            .expect("a change")
    };
    assert!(conclude(&observed).ready);
    observed.provider = Fetched::Found(json!({"status": {"ready": false}}));
    let status = conclude(&observed);
    assert!(!status.ready);
    assert!(
        find(&status.conditions, types::READY)
            .is_some_and(|ready| ready.reason.as_deref() == Some(reasons::PROVIDER_NOT_READY))
    );
}

#[test]
fn a_moved_tag_is_reported_and_not_followed() {
    let mut observed = release();
    observed.release.status.as_mut().expect("it has one").digest =
        Some(Digest::of(b"1").to_string());
    observed.remote_digest = Some(Digest::of(b"2"));
    let plan = cluster_stack_release::plan(&observed);
    assert!(plan.is_empty());
    let status = cluster_stack_release::conclude(&observed, &run(plan, &Outcome::Done))
        .status
        .expect("a change");
    assert!(status.ready);
    assert_eq!(
        find(&status.conditions, types::TAG_PINNED).and_then(|pinned| pinned.reason.as_deref()),
        Some(reasons::TAG_MOVED)
    );
}

#[test]
fn a_class_of_no_release_is_named_and_goes_only_when_the_owner_consents_and_no_cluster_uses_it() {
    let marked = |name: &str| cluster_stack::MarkedClass {
        id: ObjectId {
            kind: Kind::new("cluster.x-k8s.io", "ClusterClass"),
            namespace: Some("team-a".to_owned()),
            name: name.to_owned(),
        },
        version: "v1beta2".to_owned(),
        live: LiveObject::of(&json!({"metadata": {
            "uid": name,
            "labels": {"clusterstack.x-k8s.io/instance": "owned"},
            "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {
                "f:metadata": {"f:labels": {"f:clusterstack.x-k8s.io/instance": {}}},
            }}],
        }})),
    };
    let mut observed = stack(Remote::NotListed, &[RELEASE]);
    let names = [
        "docker-scs-1-33-v0",
        "docker-scs-1-33-v1",
        "docker-scs-1-32-v1",
        "mine",
    ];
    observed.classes = Ok(names.map(marked).into());
    let deletions = |observed: &cluster_stack::Observed| -> Vec<String> {
        let plan = cluster_stack::plan(observed);
        let deleted = plan.effects().filter_map(|effect| match effect {
            Effect::DeleteObject(target) => Some(target.id.name.clone()),
            _ => None,
        });
        deleted.collect()
    };
    assert_eq!(deletions(&observed), [""; 0]);
    let executed = run(cluster_stack::plan(&observed), &Outcome::Done);
    let conclusion = cluster_stack::conclude(&observed, &executed);
    let status = conclusion.status.expect("a first status");
    let told = find(&status.conditions, types::ORPHANED).expect("it is told");
    let message = told.message.as_deref().unwrap_or_default();
    assert!(message.contains("docker-scs-1-33-v0;"), "{message}");
    let is_told = |event: &&cso_core::effect::Event| event.reason == reasons::NO_RELEASE;
    assert_eq!(conclusion.events.iter().filter(is_told).count(), 1);
    let consent = (
        cso_api::labels::DELETE_ORPHANS_ANNOTATION.to_owned(),
        "true".to_owned(),
    );
    observed.stack.metadata.annotations = Some([consent].into());
    assert_eq!(deletions(&observed), ["docker-scs-1-33-v0"]);
    let mut user = used();
    "docker-scs-1-33-v0".clone_into(&mut user.class.name);
    observed.clusters = Ok(vec![user]);
    assert_eq!(deletions(&observed), [""; 0]);
    observed.clusters = Err(Failure::new(Cause::Unreachable, "no answer"));
    assert_eq!(deletions(&observed), [""; 0]);
}
