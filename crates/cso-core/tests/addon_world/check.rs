//! What must hold whenever something is written or answered, and when nothing is left to do.

use std::collections::BTreeSet;

use ::cluster_stack::{Action, WaitCondition};
use cso_api::capi::ClusterView;
use cso_api::conditions::{find, is_true, types};
use cso_api::{ClusterAddonStatus, labels};
use cso_core::cluster::is_class_of;
use cso_core::cluster_addon::{Observed, applied_stages, record_name};
use cso_core::hooks::{Answer, Facts, Hook, decide};
use cso_core::manifests::ObjectId;

use super::release::{Host, Place};
use super::workload::{self, Stored};
use super::{Progress, World};

impl World {
    /// The class of the Cluster has changed, from this one.
    pub(crate) fn follow_class(&mut self, former: String) {
        let class = self.capi.class.clone();
        self.begun.insert(former, self.progress);
        let addon = self.addon.as_ref();
        let upstream = addon.and_then(|addon| addon.spec.cluster_stack.clone());
        // What was begun goes on if nothing was begun for a release in between.
        let is_begun = self.status().target.as_ref() == Some(&class);
        let begun = self.begun.get(&class).filter(|_| is_begun);
        self.progress = begun.copied().unwrap_or(Progress {
            is_installation: !self.was_complete && upstream.is_none(),
            ..Progress::default()
        });
    }

    pub(crate) fn status(&self) -> ClusterAddonStatus {
        let status = self.addon.as_ref().and_then(|addon| addon.status.clone());
        status.unwrap_or_default()
    }

    fn places(&self) -> &[Place] {
        let release = self.release();
        if self.progress.is_installation {
            &release.installation
        } else {
            &release.upgrade
        }
    }

    /// What the operator may conclude from what it is about to see.
    pub(crate) fn look_at_progress(&mut self) {
        let is_seen = self.is_ours()
            && self.addon.is_some()
            && !self.is_held()
            && self.capi.is_initialized
            && !self.workload.is_silent
            && self.release().is_pulled;
        if !is_seen {
            return;
        }
        let places: Vec<Place> = self.places().to_vec();
        for place in places.into_iter().skip(self.progress.done) {
            if place.hook == Hook::AfterClusterUpgrade && !self.capi.is_rolled_out() {
                return;
            }
            self.progress.may_begin |= self.holds(place.stage.wait_for_pre_condition.as_ref());
            self.note_applied();
            let is_done = self.progress.may_begin
                && self.progress.is_applied
                && self.holds(place.stage.wait_for_post_condition.as_ref());
            if !is_done {
                return;
            }
            self.go_on(place);
        }
    }

    /// The stage that is next is done.
    fn go_on(&mut self, place: Place) {
        match place.stage.action {
            Action::Apply => self.installed.insert(place.stage.name),
            Action::Delete => self.installed.remove(&place.stage.name),
        };
        self.progress = Progress {
            done: self.progress.done + 1,
            may_begin: false,
            is_applied: false,
            ..self.progress
        };
    }

    /// A stage that waits for nothing afterwards is done by the pass that applies it.
    pub(crate) fn note_done(&mut self) {
        self.note_applied();
        if !self.progress.is_applied || !self.progress.may_begin {
            return;
        }
        let place = self.places().get(self.progress.done).cloned();
        if let Some(place) = place.filter(|one| one.stage.wait_for_post_condition.is_none()) {
            self.go_on(place);
        }
    }

    /// The stage that is next has been applied: it counts although somebody changes it a moment later.
    pub(crate) fn note_applied(&mut self) {
        if !self.is_ours() || self.progress.is_applied {
            return;
        }
        let Some(place) = self.places().get(self.progress.done) else {
            return;
        };
        let name = place.stage.name.as_str();
        let is_applied = match place.stage.action {
            Action::Apply => self.wrong(name, None).is_none(),
            Action::Delete => self.is_gone(name),
        };
        self.progress.is_applied |= is_applied;
    }

    /// Whether nothing is left of a stage but what another stage has now.
    fn is_gone(&self, stage: &str) -> bool {
        let resources = self.status().resources;
        let mut left = resources.iter().filter(|entry| entry.stage == stage);
        left.all(|entry| {
            let of = self
                .release()
                .stage_of(&entry.resource.kind, &entry.resource.name);
            of.is_some_and(|of| of != stage)
        })
    }

    fn has_entries(&self, stage: &str) -> bool {
        let resources = self.status().resources;
        resources.iter().any(|entry| entry.stage == stage)
    }

    fn holds(&self, condition: Option<&WaitCondition>) -> bool {
        condition.is_none_or(|condition| {
            let name = &condition.objects[0].name;
            let gate = self.workload.whole(&workload::brought("ConfigMap", name));
            condition.conditions.contains("==")
                && gate.is_some_and(|gate| gate["data"]["open"] == "yes")
        })
    }

    /// What is not as the release says in a stage, if anything. Without `host`, whatever values were given.
    fn wrong(&self, stage: &str, host: Option<&str>) -> Option<String> {
        let release = self.release();
        let Some(items) = release.items.get(stage) else {
            return Some(format!("{stage} is no stage"));
        };
        let recorded = self.seen.get(stage);
        let Some((_, served)) = recorded.filter(|(digest, _)| digest == release.bundle.digest())
        else {
            return Some(format!("{stage} has no record of the release"));
        };
        let is_served = served.iter().any(|one| one == "x.example/v1");
        let objects = items.iter().flat_map(|item| item.objects(is_served));
        let objects = objects.chain([("Secret", record_name(stage))]);
        objects.into_iter().find_map(|(kind, name)| {
            let id = workload::brought(kind, &name);
            let Some(found) = self.workload.objects.get(&id) else {
                return Some(format!("{id} is not there"));
            };
            let is_right = self.is_right(&id, found, host);
            (!is_right).then(|| format!("{id} is not as it should be: {found:?}"))
        })
    }

    fn is_right(&self, id: &ObjectId, found: &Stored, host: Option<&str>) -> bool {
        let tag = self.release().tag.dash();
        let has_data = !matches!(
            id.kind.kind.as_str(),
            "Secret" | "Namespace" | "CustomResourceDefinition"
        );
        let data = &found.body["data"];
        let manages = |manager: &str| {
            let entries = found.body["metadata"]["managedFields"].as_array();
            entries.is_some_and(|all| all.iter().any(|entry| entry["manager"] == manager))
        };
        manages(labels::FIELD_MANAGER)
            && !manages(labels::UPSTREAM_FIELD_MANAGER)
            && !found.live.deleting
            && (!has_data || data["release"] == tag)
            && (!has_data || host.is_none_or(|host| data["host"] == host))
    }

    /// An object of a stage is about to be applied.
    pub(crate) fn check_turn(&self, stage: &str, id: &ObjectId) {
        let places = self.places();
        // Stages that are only kept get the new release when all others are done.
        if self.progress.is_complete || self.progress.done == places.len() {
            return;
        }
        let mut turns = places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.stage.name == stage && place.stage.action == Action::Apply);
        let is_turn = turns.any(|(number, place)| self.has_turn(number, place));
        assert!(
            is_turn,
            "seed {}: {id} of stage {stage} is applied when it is not its turn: {:?} of {places:#?}",
            self.seed, self.progress
        );
    }

    fn has_turn(&self, number: usize, place: &Place) -> bool {
        let done = self.progress.done;
        let is_open = place.hook != Hook::AfterClusterUpgrade || self.capi.is_rolled_out();
        number < done || (number == done && self.progress.may_begin && is_open)
    }

    /// An object is about to be deleted.
    pub(crate) fn check_unwanted(&self, id: &ObjectId) {
        let seed = self.seed;
        assert!(
            self.is_ours(),
            "seed {seed}: {id} is deleted although the class is not ours"
        );
        let Some(stage) = self.release().stage_of(&id.kind.kind, &id.name) else {
            return;
        };
        if id.kind.kind == "Job" || *id != workload::brought(&id.kind.kind, &id.name) {
            return;
        }
        if id.name == "if-served" {
            return;
        }
        let places = self.places();
        let mut turns = places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.stage.name == stage && place.stage.action == Action::Delete);
        let is_deleted = turns.any(|(number, place)| self.has_turn(number, place));
        assert!(
            is_deleted,
            "seed {seed}: {id} of stage {stage} is deleted although the release has it"
        );
    }

    /// A status was written.
    pub(crate) fn check_status(&mut self, observed: &Observed) {
        let (seed, status) = (self.seed, self.status());
        let is_ready = is_true(&status.conditions, types::READY);
        assert_eq!(status.ready, is_ready, "seed {seed}");
        for stage in &status.stages {
            assert!(stage.since.is_some(), "seed {seed}: since when? {stage:?}");
        }
        if !self.is_ours() {
            // Of what is paused nothing new is said.
            let is_said = is_ready && !self.is_held();
            assert!(!is_said, "seed {seed}: ready without a release");
            return;
        }
        let class = self.capi.class.clone();
        let is_applied = status
            .applied
            .is_some_and(|applied| applied.release == class)
            && status.target.as_ref() == Some(&class)
            && status.hook.is_none();
        if is_applied && !self.progress.is_complete && !self.is_held() {
            let places = self.places();
            assert_eq!(
                self.progress.done,
                places.len(),
                "seed {seed}: said to be applied before every stage was done: {:?} of {places:#?}",
                self.progress
            );
            self.progress.is_complete = true;
            self.was_complete = true;
            let stays = applied_stages(&self.release().bundle);
            self.installed.retain(|stage| stays.contains(stage));
        }
        if is_ready && !self.is_held() {
            self.check_truth("said to be ready");
        }
        if !is_ready {
            let why = find(&status.conditions, types::READY).expect("there is one");
            let message = why.message.clone().unwrap_or_default();
            assert!(
                !message.is_empty() && why.reason.is_some(),
                "seed {seed}: not ready without a reason: {:?} {observed:?}",
                status.conditions
            );
        }
    }

    /// Everything is as the release says.
    fn check_truth(&self, what: &str) {
        let seed = self.seed;
        assert!(
            self.progress.is_complete,
            "seed {seed}: {what} before it was applied: {:?}",
            self.progress
        );
        let release = self.release();
        let host = match release.host {
            Host::Fixed => "fixed".to_owned(),
            Host::Topology => self.capi.version.clone(),
            Host::ControlPlane => self.capi.control_plane.clone().unwrap_or_default(),
        };
        for stage in applied_stages(&release.bundle) {
            if !self.installed.contains(&stage) && !self.has_entries(&stage) {
                continue;
            }
            let wrong = self.wrong(&stage, Some(&host));
            assert!(wrong.is_none(), "seed {seed}: {what}, but {wrong:?}");
        }
        for (id, found) in &self.workload.objects {
            let is_ours = found.live.is_marked() && !self.workload.foreign.contains(id);
            if !is_ours || id.kind.kind == "CustomResourceDefinition" || id.kind.kind == "Job" {
                continue;
            }
            let stage = release.stage_of(&id.kind.kind, &id.name);
            assert!(
                stage.is_some_and(|stage| self.has_entries(stage)),
                "seed {seed}: {what}, but {id} is left"
            );
            let is_well = id.kind.kind != "Deployment" || found.body["status"].is_object();
            assert!(is_well, "seed {seed}: {what}, but {id} does not run");
        }
    }

    /// Answers a hook as every replica does. Whether it is "go".
    pub(crate) fn answer(&self, hook: Hook) -> bool {
        let seed = self.seed;
        let request = self.capi.request(hook);
        let class = ClusterView(&request.cluster).class();
        let release = self
            .releases
            .iter()
            .map(|one| &one.release)
            .find(|release| {
                class
                    .as_ref()
                    .is_some_and(|class| is_class_of(class, release))
            });
        let facts = Facts {
            release,
            addon: self.addon.as_ref(),
        };
        let answer = decide(&request, &facts);
        match &answer {
            Answer::Go => assert!(
                self.may_go(hook),
                "seed {seed}: {hook} is let through too early: {:?} {:?}",
                self.progress,
                self.status()
            ),
            other => {
                let text = format!("{other:?}");
                assert!(
                    self.is_ours() && !self.capi.is_deleting,
                    "seed {seed}: {hook} is held up: {text}"
                );
                assert!(
                    text.contains("release") || text.contains("paused"),
                    "seed {seed}: {text}"
                );
            }
        }
        answer == Answer::Go
    }

    fn may_go(&self, hook: Hook) -> bool {
        let is_asked = matches!(hook, Hook::BeforeClusterCreate | Hook::BeforeClusterDelete);
        if is_asked || !self.is_ours() || self.capi.is_deleting || self.progress.is_complete {
            return true;
        }
        let places = self.places();
        let needed = match hook {
            Hook::AfterControlPlaneInitialized if !self.progress.is_installation => 0,
            Hook::AfterClusterUpgrade => places.len(),
            _ if self.progress.is_installation => places.len(),
            _ => places
                .iter()
                .filter(|place| place.hook == Hook::BeforeClusterUpgrade)
                .count(),
        };
        self.progress.done >= needed
    }

    /// What was generated for a stage goes with its record. The stage, if this is one.
    pub(crate) fn forget(&mut self, id: &ObjectId) -> Option<String> {
        let stage = id.name.strip_prefix("cluster-addon.")?;
        self.passwords.retain(|(of, _), _| of != stage);
        Some(stage.to_owned())
    }

    /// The last things that happened, for the report of a failure.
    pub(crate) fn story(&self) -> &[String] {
        &self.log[self.log.len().saturating_sub(12)..]
    }

    /// What must hold when nothing is left to do.
    pub(crate) fn check_rest(&mut self) {
        let seed = self.seed;
        let strangers: BTreeSet<ObjectId> = self.workload.foreign.clone();
        for id in &strangers {
            assert!(
                self.workload.objects.contains_key(id),
                "seed {seed}: {id} was not ours and is gone"
            );
        }
        if self.capi.class == "quick-start" {
            let is_ready = self.status().ready && !self.is_held();
            assert!(!is_ready, "seed {seed}: add-ons of a stranger");
            assert!(
                Hook::ALL.into_iter().all(|hook| self.answer(hook)),
                "seed {seed}"
            );
            return;
        }
        let status = self.status();
        let told = |type_| {
            let found = find(&status.conditions, type_);
            found
                .and_then(|one| one.message.clone())
                .unwrap_or_default()
        };
        if self.addon.is_none() {
            assert!(self.capi.is_deleting, "seed {seed}: no add-ons");
            return;
        }
        if self.is_held() {
            assert!(
                find(&status.conditions, types::SUSPENDED).is_some(),
                "seed {seed}: nobody says why nothing happens"
            );
            return;
        }
        let ready = told(types::READY);
        if !status.ready && self.is_stuck_on(&ready) {
            return;
        }
        assert!(
            status.ready,
            "seed {seed}: it rests without being ready: {ready:?} {:?} {:#?}",
            self.progress, status.stages
        );
        self.check_truth("at rest");
        assert!(
            self.capi.is_rolled_out() && self.capi.asks().is_none(),
            "seed {seed}: Cluster API is held up: {:?}",
            self.capi
        );
        assert!(
            Hook::ALL.into_iter().all(|hook| self.answer(hook)),
            "seed {seed}"
        );
    }

    /// Whether a person must help, and the message says whom to help: a stage of a broken release, or an object that is
    /// not ours to change.
    fn is_stuck_on(&self, message: &str) -> bool {
        let release = self.release();
        let mut stages = release.items.keys();
        let says_stage = message.contains("stage") || stages.any(|stage| message.contains(stage));
        let mut theirs = self.workload.objects.iter().filter(|(id, found)| {
            self.workload.foreign.contains(*id) || id.kind.kind == "Job" && !found.live.is_marked()
        });
        release.is_broken && says_stage || theirs.any(|(id, _)| message.contains(&id.name))
    }
}
