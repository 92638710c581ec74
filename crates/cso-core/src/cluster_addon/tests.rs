//! Passes over the add-ons of a Cluster, in a workload cluster that takes every write.

mod takeover;

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{Bundle, Digest, Files};
use cso_api::conditions::{find, types};
use cso_api::{AddonResource, ClusterAddon, ClusterAddonSpec, ClusterStackRelease};
use serde_json::{Value, json};

use super::{
    LeftBehind, Observed, StageObjects, addon_owner, awaited, conclude, looks_back, plan, reads,
};
use crate::effect::{Effect, Outcome};
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;
use crate::hooks::{Answer, Facts, Hook, decide, parse};
use crate::manifests::{Applied, Kind, Kinds, LiveObject, Manifest, ObjectId, Scope};
use crate::retry::Retry;

struct World {
    observed: Observed,
    /// What was written, in order.
    log: Vec<String>,
    /// With it writes fail and memory is lost at random.
    chaos: Option<u64>,
    retry: Retry,
    /// What a search for objects of upstream finds, unless it fails.
    left: LeftBehind,
    left_fails: bool,
}

/// A release with this `clusteraddon.yaml`, or without any.
fn bundle(tag: &str, config: Option<&Value>) -> Arc<Bundle> {
    let version = tag.rsplit('-').next().unwrap();
    let metadata = format!(
        "versions: {{clusterStack: {version}, kubernetes: v1.30.1, components: {{clusterAddon: {version}}}}}"
    );
    let mut files = Files::from([
        ("metadata.yaml".to_owned(), Arc::from(metadata.as_bytes())),
        (
            format!("docker-scs-1-30-cluster-class-{version}.tgz"),
            Arc::from(&b"x"[..]),
        ),
        (
            format!("docker-scs-1-30-cluster-addon-{version}.tgz"),
            Arc::from(&b"x"[..]),
        ),
    ]);
    if let Some(config) = config {
        let text = config.to_string();
        files.insert("clusteraddon.yaml".to_owned(), Arc::from(text.as_bytes()));
    }
    let digest = Digest::of(tag.as_bytes());
    Arc::new(Bundle::new(tag.parse().unwrap(), digest, files).unwrap())
}

fn object(kind: &str, name: &str, content: &str) -> Manifest {
    let id = ObjectId {
        kind: Kind::new("", kind),
        namespace: Some("kube-system".to_owned()),
        name: name.to_owned(),
    };
    let body = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": {"a": content}});
    addon_owner(&"docker-scs-1-30-v1".parse().unwrap()).mark(Manifest::new(
        id,
        "v1".to_owned(),
        &body,
    ))
}

fn cluster(reconciled: bool) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "c1", "namespace": "team-a"},
        "spec": {"topology": {"classRef": {"name": "x"}, "version": "v1.30.1"}},
        "status": {
            "initialization": {"controlPlaneInitialized": true},
            "conditions": [{"type": "TopologyReconciled", "status": if reconciled { "True" } else { "False" }, "message": ""}],
        },
    })
}

impl World {
    fn new() -> Self {
        let mut addon = ClusterAddon::new("cluster-addon-c1", ClusterAddonSpec::default());
        addon.metadata.namespace = Some("team-a".to_owned());
        let kinds: Kinds = ["ConfigMap", "Secret"]
            .map(|kind| (Kind::new("", kind), Scope::Namespaced))
            .into_iter()
            .collect();
        let observed = Observed {
            addon,
            cluster: Fetched::Found(serde_json::from_value(cluster(true)).unwrap()),
            control_plane_version: Some("v1.30.1".to_owned()),
            release: None,
            bundle: Ok(None),
            workload: Fetched::Found(()),
            stages: BTreeMap::new(),
            objects: BTreeMap::new(),
            health: BTreeMap::new(),
            kinds: Arc::new(kinds),
            live: BTreeMap::new(),
            left_behind: None,
            applied: Arc::default(),
            now: "2026-01-02T03:04:05Z".parse().unwrap(),
        };
        Self {
            observed,
            log: Vec::new(),
            chaos: None,
            retry: Retry::Now,
            left: LeftBehind::default(),
            left_fails: false,
        }
    }

    /// Moves the Cluster to a class whose release has these hooks and, by stage, these config maps.
    fn class(&mut self, tag: &str, config: &Value, stages: &[(&str, &[&str])]) {
        let spec = cso_api::ClusterStackReleaseSpec::default();
        self.observed.release = Some(ClusterStackRelease::new(tag, spec));
        self.observed.bundle = Ok(Some(bundle(tag, Some(&json!({"addonStages": config})))));
        let objects = |(stage, names): &(&str, &[&str])| {
            let manifests = names.iter().map(|name| object("ConfigMap", name, tag));
            let objects = StageObjects {
                record: object("Secret", &format!("cluster-addon.{stage}"), tag),
                manifests: manifests.collect(),
                hooks: Vec::new(),
            };
            ((*stage).to_owned(), Ok(Arc::new(objects)))
        };
        self.observed.stages = stages.iter().map(objects).collect();
    }

    fn rolled_out(&mut self, reconciled: bool) {
        let object = serde_json::from_value(cluster(reconciled)).unwrap();
        self.observed.cluster = Fetched::Found(object);
    }

    fn pass(&mut self) {
        let found = if self.left_fails {
            Err(Failure::new(Cause::Unreachable, "no answer"))
        } else {
            Ok(self.left.clone())
        };
        self.observed.left_behind = looks_back(&self.observed).then_some(found);
        for id in reads(&self.observed).into_keys() {
            self.observed.live.entry(id).or_insert(Fetched::Missing);
        }
        let mut execution = plan(&self.observed).start();
        while let Some(wave) = execution.next_wave() {
            let settled = wave.into_iter().map(|ticket| {
                let outcome = self.write(ticket.effect());
                ticket.settle(outcome)
            });
            let settled = settled.collect();
            execution.settle(settled);
        }
        let conclusion = conclude(&self.observed, &execution.finish());
        self.retry = conclusion.retry;
        if let Some(status) = conclusion.status {
            self.observed.addon.status = Some(status);
        }
    }

    /// Whether it happens this time, with one chance in `of`.
    fn happens(&mut self, of: u64) -> bool {
        let Some(seed) = self.chaos.as_mut() else {
            return false;
        };
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        seed.is_multiple_of(of)
    }

    fn write(&mut self, effect: &Effect) -> Outcome {
        if self.happens(3) {
            return Outcome::Failed(Failure::new(Cause::Unreachable, "no answer"));
        }
        match effect {
            Effect::ApplyObject(manifest) => {
                let mut answer = manifest.body();
                answer["metadata"]["uid"] = json!(manifest.id().to_string());
                let fields = json!({manifest.digest().as_str(): {}});
                answer["metadata"]["managedFields"] = json!([{
                    "manager": cso_api::labels::FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields,
                }]);
                self.log.push(format!("apply {}", manifest.id().name));
                let live = LiveObject::of(&answer);
                let record = Applied::of(manifest, &live);
                let live = Fetched::Found(live);
                self.observed.live.insert(manifest.id().clone(), live);
                Arc::make_mut(&mut self.observed.applied)
                    .insert(manifest.id().clone(), record.clone());
                Outcome::Applied(record)
            }
            Effect::AdoptFields { id, .. } => {
                self.log.push(format!("adopt {}", id.name));
                if let Some(Fetched::Found(live)) = self.observed.live.get_mut(id) {
                    live.adopted_fields = None;
                }
                Outcome::Done
            }
            Effect::DeleteObject(target) => {
                self.log.push(format!("delete {}", target.id.name));
                self.observed.live.remove(&target.id);
                self.observed.health.remove(&target.id);
                Outcome::Done
            }
            other => panic!("{other:?}"),
        }
    }

    /// Passes until one is not followed by another soon.
    fn settle(&mut self) {
        for _ in 0..60 {
            self.pass();
            let goes_on = [Retry::Now, Retry::After(crate::retry::DELETION)];
            if !goes_on.contains(&self.retry) {
                return;
            }
        }
        panic!("it does not come to rest: {:?}", self.observed.addon.status);
    }

    fn written(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    fn status(&self) -> cso_api::ClusterAddonStatus {
        self.observed.addon.status.clone().unwrap()
    }

    fn applied(&self) -> Option<String> {
        self.status().applied.map(|applied| applied.release)
    }

    fn told(&self, type_: &str) -> (String, String) {
        let status = self.status();
        let condition = find(&status.conditions, type_).unwrap();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        (text(&condition.reason), text(&condition.message))
    }
}

const V1: &str = "docker-scs-1-30-v1";
const V2: &str = "docker-scs-1-30-v2";

fn installed() -> World {
    let mut world = World::new();
    let config = json!({"AfterControlPlaneInitialized": [
        {"name": "cni", "action": "apply"}, {"name": "csi", "action": "apply"},
    ]});
    world.class(V1, &config, &[("cni", &["net"]), ("csi", &["disk", "old"])]);
    world.settle();
    world
}

#[test]
fn stages_run_in_order_and_every_record_is_written_before_the_objects_it_explains() {
    let mut world = installed();
    let order = [
        "cluster-addon.cni",
        "net",
        "cluster-addon.csi",
        "disk",
        "old",
    ];
    assert_eq!(world.written(), order.map(|name| format!("apply {name}")));
    assert_eq!(world.applied().as_deref(), Some(V1));
    assert!(world.status().ready);
    let stages: Vec<(String, String)> = world
        .status()
        .resources
        .into_iter()
        .map(|one| (one.stage, one.resource.name))
        .collect();
    assert_eq!(stages.iter().filter(|(stage, _)| stage == "csi").count(), 3);
    world.settle();
    assert!(world.written().is_empty(), "nothing is written twice");
}

#[test]
fn u5_what_others_delete_of_add_ons_comes_back() {
    let mut world = installed();
    world.written();
    let id = object("ConfigMap", "disk", V1).id().clone();
    world.observed.live.remove(&id);
    world.settle();
    assert_eq!(world.written(), ["apply disk"]);
}

#[test]
fn an_upgrade_waits_for_the_rollout_between_its_hooks_and_then_removes_what_is_left() {
    let mut world = installed();
    world.written();
    world.rolled_out(false);
    let config = json!({
        "BeforeClusterUpgrade": [{"name": "cni", "action": "apply"}],
        "AfterClusterUpgrade": [{"name": "dns", "action": "apply"}],
    });
    // The disk moves from one stage to another and is never removed.
    world.class(
        V2,
        &config,
        &[("cni", &["net"]), ("dns", &["names", "disk"])],
    );
    world.settle();
    assert_eq!(world.written(), ["apply cluster-addon.cni", "apply net"]);
    assert_eq!(world.status().hook.as_deref(), Some("AfterClusterUpgrade"));
    assert_eq!(world.applied().as_deref(), Some(V1));
    assert!(!world.status().ready);
    world.rolled_out(true);
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
    let written = world.written();
    let removed: Vec<&String> = written
        .iter()
        .filter(|one| one.starts_with("delete"))
        .collect();
    assert_eq!(removed, ["delete old", "delete cluster-addon.csi"]);
    assert!(world.status().ready);
}

#[test]
fn a_condition_holds_a_stage_back_and_its_objects_are_asked_for() {
    let mut world = World::new();
    let wait = json!({"objects": [{"key": "a", "apiVersion": "v1", "kind": "Pod", "name": "p"}], "conditions": "a.x"});
    let config = json!({"AfterControlPlaneInitialized": [
        {"name": "cni", "action": "apply", "waitForPreCondition": wait},
    ]});
    world.class(V1, &config, &[("cni", &["net"])]);
    assert_eq!(awaited(&world.observed).unwrap().objects[0].key, "a");
    world
        .observed
        .objects
        .insert("a".to_owned(), Fetched::Missing);
    world.settle();
    let stage = world.status().stages.remove(0);
    assert_eq!(stage.phase, "waitingForPreCondition");
    assert!(stage.message.unwrap().contains("Pod p"));
    assert!(matches!(world.retry, Retry::After(_)));
    assert!(world.written().is_empty());
    let no_boolean = Fetched::Found(json!({"x": 3}));
    world.observed.objects.insert("a".to_owned(), no_boolean);
    world.settle();
    assert!(find(&world.status().conditions, types::STALLED).is_some());
    let holds = Fetched::Found(json!({"x": true}));
    world.observed.objects.insert("a".to_owned(), holds);
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V1));
}

#[test]
fn u17_a_newer_class_supersedes_a_run_that_is_stuck() {
    let mut world = World::new();
    let config = json!({"AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}]});
    world.class(V1, &config, &[]);
    let failure = Failure::new(Cause::MissingChart, "there is no chart \"cni\"");
    world.observed.stages.insert("cni".to_owned(), Err(failure));
    world.settle();
    assert!(world.told(types::HELM_CHART_APPLIED).1.contains("no chart"));
    assert_eq!(world.status().stages[0].phase, "applyingOrDeleting");
    world.class(V2, &config, &[("cni", &["net"])]);
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
}

#[test]
fn u17_a_stage_that_deletes_removes_what_the_inventory_has_of_it() {
    let mut world = installed();
    world.written();
    let config = json!({"BeforeClusterUpgrade": [
        {"name": "csi", "action": "delete"}, {"name": "cni", "action": "apply"},
    ]});
    world.class(V2, &config, &[("cni", &["net"])]);
    world.settle();
    let written = world.written();
    assert_eq!(
        &written[..3],
        ["delete disk", "delete old", "delete cluster-addon.csi"].map(str::to_owned)
    );
    assert_eq!(world.applied().as_deref(), Some(V2));
}

#[test]
fn a_release_without_stages_is_upgraded_and_lets_the_hook_go() {
    let hook = Hook::BeforeClusterUpgrade;
    let cluster = json!({"metadata": {"name": "c1", "namespace": "team-a"}, "spec": {"topology": {"class": "x"}}});
    let request = parse(hook, json!({"cluster": cluster}).to_string().as_bytes()).unwrap();
    let answer = |world: &World| {
        let facts = Facts {
            release: world.observed.release.as_ref(),
            addon: Some(&world.observed.addon),
        };
        decide(&request, &facts)
    };
    let mut world = World::new();
    for tag in [V1, V2] {
        world.class(tag, &json!({}), &[("cluster-addon", &["net"])]);
        world.observed.bundle = Ok(Some(bundle(tag, None)));
        assert_ne!(answer(&world), Answer::Go);
        world.settle();
        assert_eq!(world.applied().as_deref(), Some(tag));
        assert_eq!(answer(&world), Answer::Go);
    }
}

#[test]
fn a_stage_that_cannot_be_rendered_is_not_passed_over() {
    for cause in [Cause::MissingChart, Cause::Template] {
        let mut world = World::new();
        let config = json!({"AfterControlPlaneInitialized": [
            {"name": "cni", "action": "apply"}, {"name": "csi", "action": "apply"},
        ]});
        world.class(V1, &config, &[("csi", &["disk"])]);
        let failure = Failure::new(cause, "chart \"cni\" is no good");
        world.observed.stages.insert("cni".to_owned(), Err(failure));
        world.settle();
        assert!(world.written().is_empty());
        assert_eq!(world.applied(), None);
        let told = world.told(types::HELM_CHART_APPLIED);
        assert_eq!(told.0, cause.reason());
        assert!(told.1.contains("cni"), "{told:?}");
    }
}

#[test]
fn who_goes_back_before_an_upgrade_is_done_goes_through_the_stages_again() {
    let mut world = World::new();
    let first = json!({
        "AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}],
        "BeforeClusterUpgrade": [{"name": "cni", "action": "apply"}, {"name": "csi", "action": "apply"}],
    });
    let stages: [(&str, &[&str]); 2] = [("cni", &["net"]), ("csi", &["disk"])];
    world.class(V1, &first, &stages);
    world.settle();
    world.written();
    world.rolled_out(false);
    let second = json!({
        "BeforeClusterUpgrade": [{"name": "cni", "action": "delete"}],
        "AfterClusterUpgrade": [{"name": "csi", "action": "apply"}],
    });
    world.class(V2, &second, &[("csi", &["disk"])]);
    world.settle();
    assert_eq!(world.written(), ["delete net", "delete cluster-addon.cni"]);
    world.rolled_out(true);
    world.class(V1, &first, &stages);
    world.pass();
    assert!(!world.status().ready, "what was deleted is not back yet");
    world.settle();
    let again = ["cluster-addon.cni", "net", "cluster-addon.csi", "disk"];
    assert_eq!(world.written(), again.map(|name| format!("apply {name}")));
    assert!(world.status().ready);
}

#[test]
fn stages_that_an_upgrade_only_keeps_have_the_new_release_before_it_is_said_to_be_ready() {
    let mut world = installed();
    world.written();
    let config = json!({
        "AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}, {"name": "disks", "action": "apply"}],
        "BeforeClusterUpgrade": [{"name": "cni", "action": "apply"}],
    });
    // The stage of the disk has another name now.
    world.class(V2, &config, &[("cni", &["net"]), ("disks", &["disk"])]);
    while !world.status().ready || world.applied().as_deref() != Some(V2) {
        world.pass();
    }
    let written = world.written();
    for wanted in ["apply net", "apply disk", "apply cluster-addon.disks"] {
        assert!(written.contains(&wanted.to_owned()), "{written:?}");
    }
    let removed = written.iter().filter(|one| one.starts_with("delete"));
    let removed: Vec<&String> = removed.collect();
    assert_eq!(removed, ["delete old", "delete cluster-addon.csi"]);
}

#[test]
fn an_object_of_a_stage_that_goes_stays_if_another_stage_has_it() {
    let mut world = installed();
    world.written();
    let config = json!({"BeforeClusterUpgrade": [
        {"name": "csi", "action": "delete"}, {"name": "cni", "action": "apply"},
    ]});
    world.class(V2, &config, &[("cni", &["net", "disk"])]);
    world.settle();
    let written = world.written();
    assert!(!written.contains(&"delete disk".to_owned()), "{written:?}");
    assert!(written.contains(&"delete old".to_owned()), "{written:?}");
    assert_eq!(world.applied().as_deref(), Some(V2));
}

#[test]
fn a_condition_that_is_older_than_the_topology_tells_nothing_of_the_rollout() {
    let mut world = installed();
    world.written();
    let mut object = cluster(true);
    object["metadata"]["generation"] = json!(2);
    object["status"]["conditions"][0]["observedGeneration"] = json!(1);
    world.observed.cluster = Fetched::Found(serde_json::from_value(object.clone()).unwrap());
    let config = json!({"AfterClusterUpgrade": [{"name": "cni", "action": "apply"}]});
    world.class(V2, &config, &[("cni", &["net"])]);
    world.settle();
    assert!(world.written().is_empty());
    object["status"]["conditions"][0]["observedGeneration"] = json!(2);
    world.observed.cluster = Fetched::Found(serde_json::from_value(object).unwrap());
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
}

#[test]
fn paused_and_leaving_clusters_are_left_alone() {
    for (pointer, value) in [
        ("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
        ("/spec/paused", json!(true)),
    ] {
        let mut world = installed();
        world.written();
        let mut object = cluster(true);
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[field] = value;
        world.observed.cluster = Fetched::Found(serde_json::from_value(object).unwrap());
        world.observed.live.clear();
        world.settle();
        assert!(world.written().is_empty());
        assert!(find(&world.status().conditions, types::SUSPENDED).is_some());
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_told_and_nothing_is_taken_for_gone() {
    let mut world = installed();
    world.written();
    let failure = Failure::new(Cause::Unreachable, "no answer");
    world.observed.workload = Fetched::Failed(failure);
    world.observed.live.clear();
    let before: Vec<AddonResource> = world.status().resources;
    world.pass();
    assert!(world.written().is_empty());
    assert_eq!(world.status().resources, before);
    assert_eq!(world.told(types::CLUSTER_READY).1, "no answer");
    assert!(!world.status().ready);
}

#[test]
fn add_ons_that_are_applied_and_not_healthy_are_not_ready() {
    let mut world = installed();
    world.written();
    let id = ObjectId {
        kind: Kind::new("apps", "Deployment"),
        namespace: Some("kube-system".to_owned()),
        name: "web".to_owned(),
    };
    let object = Fetched::Found(json!({"spec": {"replicas": 1}}));
    world.observed.health.insert(id, object);
    world.settle();
    assert!(!world.status().ready);
    assert!(
        world
            .told(types::HEALTHY)
            .1
            .contains("Deployment kube-system/web")
    );
    assert_eq!(world.told(types::HELM_CHART_APPLIED).0, "Succeeded");
    assert_eq!(world.applied().as_deref(), Some(V1));
    assert!(world.written().is_empty());
}

#[test]
fn nothing_is_pruned_while_a_stage_that_may_want_it_cannot_be_rendered() {
    let mut world = installed();
    world.written();
    let config = json!({
        "BeforeClusterUpgrade": [{"name": "cni", "action": "apply"}],
        "AfterControlPlaneInitialized": [{"name": "disks", "action": "apply"}],
    });
    world.class(V2, &config, &[("cni", &["net"])]);
    let failure = Failure::new(Cause::Template, "no");
    world
        .observed
        .stages
        .insert("disks".to_owned(), Err(failure));
    world.settle();
    assert!(world.written().iter().all(|one| one.starts_with("apply")));
    assert_eq!(world.applied().as_deref(), Some(V1));
    world.class(V2, &config, &[("cni", &["net"]), ("disks", &["disk"])]);
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
    assert!(!world.written().contains(&"delete disk".to_owned()));
}

#[test]
fn what_an_upstream_installation_had_applied_is_continued_from_there() {
    let config = json!({
        "AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}],
        "BeforeClusterUpgrade": [{"name": "dns", "action": "apply"}],
    });
    let stages: [(&str, &[&str]); 2] = [("cni", &["net"]), ("dns", &["names"])];
    let mut same = World::new();
    same.observed.addon.spec.cluster_stack = Some(V1.to_owned());
    same.class(V1, &config, &stages);
    same.settle();
    assert_eq!(same.written(), ["apply cluster-addon.cni", "apply net"]);
    let mut older = World::new();
    older.observed.addon.spec.cluster_stack = Some("docker-scs-1-30-v0-sha.abc".to_owned());
    older.class(V1, &config, &stages);
    older.settle();
    assert_eq!(older.written(), ["apply cluster-addon.dns", "apply names"]);
}

#[test]
fn a_deleted_clusteraddon_gives_up_upstream_s_finalizer_and_touches_no_object() {
    let mut world = installed();
    world.observed.addon.metadata.finalizers = Some(vec![
        cso_api::labels::ADDON_FINALIZER.to_owned(),
        "other".to_owned(),
    ]);
    let time = "2026-01-01T00:00:00Z".parse().unwrap();
    world.observed.addon.metadata.deletion_timestamp =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(time));
    let plan = plan(&world.observed);
    let effects: Vec<&Effect> = plan.effects().collect();
    assert!(
        matches!(effects[..], [Effect::RemoveFinalizer(finalizer)] if finalizer.finalizers == ["other"])
    );
}

fn job(
    name: &str,
    events: Vec<helm_engine::HookEvent>,
    image: &str,
    policy: &str,
) -> super::HookObject {
    let id = ObjectId {
        kind: Kind::new("batch", "Job"),
        namespace: Some("kube-system".to_owned()),
        name: name.to_owned(),
    };
    let body = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"image": image}});
    let hook = super::HookManifest {
        manifest: Manifest::new(id, "v1".to_owned(), &body),
        events,
        weight: 0,
        delete_policies: vec![policy.to_owned()],
    };
    super::HookObject::of(&hook, &addon_owner(&V1.parse().unwrap()))
}

impl World {
    /// Adds hooks to a stage.
    fn hooks(&mut self, stage: &str, hooks: Vec<super::HookObject>) {
        let objects = self
            .observed
            .stages
            .get_mut(stage)
            .unwrap()
            .as_mut()
            .unwrap();
        Arc::make_mut(objects).hooks = hooks;
    }

    /// Says how a job ended.
    fn ended(&mut self, name: &str, how: &str) {
        let id = job(name, Vec::new(), "", "").manifest.id().clone();
        let object = json!({"status": {"conditions": [{"type": how, "status": "True"}]}});
        self.observed.health.insert(id, Fetched::Found(object));
    }
}

#[test]
fn helm_hooks_run_before_and_after_the_objects_and_again_only_when_they_changed() {
    use helm_engine::HookEvent::{PostInstall, PreInstall, PreUpgrade};
    let mut world = World::new();
    let config = json!({
        "AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}],
        "BeforeClusterUpgrade": [{"name": "cni", "action": "apply"}],
    });
    world.class(V1, &config, &[("cni", &["net"])]);
    let both = vec![PreInstall, PreUpgrade];
    world.hooks(
        "cni",
        vec![
            job("first", both.clone(), "a", "before-hook-creation"),
            job("last", vec![PostInstall], "a", "hook-succeeded"),
            job("upgrade", vec![PreUpgrade], "a", ""),
        ],
    );
    world.settle();
    assert_eq!(world.written(), ["apply cluster-addon.cni", "apply first"]);
    assert!(world.told(types::HELM_CHART_APPLIED).1.contains("first"));
    world.ended("first", "Complete");
    world.settle();
    assert_eq!(world.written(), ["apply net", "apply last"]);
    assert_eq!(
        world.status().stages[0].phase,
        "applyingOrDeleting",
        "it has not run yet"
    );
    world.ended("last", "Failed");
    world.settle();
    assert!(find(&world.status().conditions, types::STALLED).is_some());
    world.ended("last", "Complete");
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V1));
    assert_eq!(
        world.written(),
        ["delete last"],
        "it goes when it has succeeded"
    );
    world.class(V2, &config, &[("cni", &["net"])]);
    world.hooks("cni", vec![job("first", both, "b", "before-hook-creation")]);
    world.settle();
    assert_eq!(
        world.written(),
        ["apply cluster-addon.cni", "delete first", "apply first"]
    );
    world.ended("first", "Complete");
    world.settle();
    assert_eq!(world.applied().as_deref(), Some(V2));
    assert_eq!(world.written(), ["apply net"]);
}

#[test]
fn an_object_of_somebody_else_with_the_name_of_a_helm_hook_is_not_deleted() {
    let mut world = World::new();
    let config = json!({"AfterControlPlaneInitialized": [{"name": "cni", "action": "apply"}]});
    world.class(V1, &config, &[("cni", &["net"])]);
    let hook = job("first", vec![helm_engine::HookEvent::PreInstall], "a", "");
    let id = hook.manifest.id().clone();
    world.hooks("cni", vec![hook]);
    let theirs = LiveObject::of(&json!({"metadata": {"uid": "theirs"}}));
    world.observed.live.insert(id, Fetched::Found(theirs));
    world.settle();
    assert_eq!(world.written(), ["apply cluster-addon.cni"]);
    assert!(world.told(types::HELM_CHART_APPLIED).1.contains("first"));
    assert!(find(&world.status().conditions, types::STALLED).is_some());
}

#[test]
fn whatever_fails_on_the_way_an_upgrade_comes_to_its_end_and_never_removes_what_is_wanted() {
    let config = json!({
        "BeforeClusterUpgrade": [
            {"name": "old", "action": "delete"}, {"name": "cni", "action": "apply"},
        ],
        "AfterClusterUpgrade": [{"name": "dns", "action": "apply"}],
    });
    for seed in 1..300 {
        let mut world = installed();
        world.written();
        world.class(
            V2,
            &config,
            &[("cni", &["net"]), ("dns", &["names", "disk"])],
        );
        world.chaos = Some(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let mut passes = 0;
        while world.applied().as_deref() != Some(V2) || !world.status().ready {
            if world.happens(4) {
                // A restart.
                world.observed.applied = Arc::default();
            }
            world.pass();
            passes += 1;
            assert!(passes < 400, "seed {seed}: {:?}", world.status());
        }
        let left: Vec<&str> = world
            .observed
            .live
            .iter()
            .filter(|(_, live)| live.found().is_some())
            .map(|(id, _)| id.name.as_str())
            .collect();
        assert_eq!(
            left,
            [
                "cluster-addon.cni",
                "cluster-addon.dns",
                "disk",
                "names",
                "net",
            ],
            "seed {seed}"
        );
        let wanted = ["net", "disk", "names"].map(|name| format!("delete {name}"));
        let log = world.written();
        assert!(
            log.iter().all(|one| !wanted.contains(one)),
            "seed {seed}: {log:?}"
        );
    }
}
