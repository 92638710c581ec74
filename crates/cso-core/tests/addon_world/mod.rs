//! A Cluster, its add-ons, the releases there are, its workload cluster, and the ways all of them fail.

mod check;
mod cluster_api;
mod execute;
mod observe;
mod release;
mod workload;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ::cluster_stack::Digest;
use cluster_api::ClusterApi;
use cso_api::{AddonResource, ClusterAddon};
use cso_core::cluster::{ClusterHead, wanted_addon};
use cso_core::cluster_addon::{KnownStage, StageRecord, conclude, plan};
use cso_core::effect::{Effect, Plan};
use cso_core::hooks::Hook;
use cso_core::manifests::{Applied, Manifest, ObjectId};
use cso_core::retry::Retry;
use release::Published;
use workload::Workload;

use crate::random::Random;

pub(crate) const NAMESPACE: &str = "team-a";
/// The releases, with the version their clusters have.
const RELEASES: [(&str, &str); 5] = [
    ("docker-scs-1-33-v1", "v1.33.4"),
    ("docker-scs-1-33-v2", "v1.33.4"),
    ("docker-scs-1-34-v1", "v1.34.1"),
    ("docker-scs-1-34-v2", "v1.34.1"),
    ("docker-scs-1-35-v1", "v1.35.0"),
];

/// How far the add-ons really are: what the operator may do follows from this, not from what it says.
#[derive(Clone, Copy, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a world may have or not"
)]
struct Progress {
    /// The first release in this Cluster.
    is_installation: bool,
    /// How many stages are done.
    done: usize,
    /// The pre-condition of the next stage has held.
    may_begin: bool,
    /// The next stage has been applied, or deleted.
    is_applied: bool,
    /// Every stage is done, and the operator has seen it.
    is_complete: bool,
}

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    clock: i64,
    releases: Vec<Published>,
    capi: ClusterApi,
    addon: Option<ClusterAddon>,
    workload: Workload,
    progress: Progress,
    /// How far they had come for the classes before, while nothing else was begun.
    begun: BTreeMap<String, Progress>,
    /// Some release was complete.
    was_complete: bool,
    /// Stages that are installed, as far as they are done.
    installed: BTreeSet<String>,
    /// What records say the cluster served, by stage.
    seen: BTreeMap<String, (Digest, Vec<Cow<'static, str>>)>,
    /// Stages whose record somebody has deleted.
    lost: BTreeSet<String>,
    /// What was generated, by stage and object.
    passwords: BTreeMap<(String, String), String>,
    /// The memory of the operator.
    applied: BTreeMap<ObjectId, Applied>,
    known: BTreeMap<String, KnownStage>,
    /// When the next pass is due.
    retry: Retry,
    /// Per mille of reads that fail.
    unreliable: u64,
    log: Vec<String>,
}

impl World {
    pub(crate) fn random(seed: u64, random: &mut Random) -> Self {
        let releases = RELEASES
            .iter()
            .map(|(tag, kubernetes)| Published::random(tag, kubernetes, random))
            .collect();
        let (tag, version) = RELEASES[random.below(3) as usize];
        let mut world = Self {
            seed,
            clock: 0,
            releases,
            capi: ClusterApi::new(tag, version, random),
            addon: None,
            workload: Workload::random(random),
            progress: Progress::default(),
            begun: BTreeMap::new(),
            was_complete: false,
            installed: BTreeSet::new(),
            seen: BTreeMap::new(),
            lost: BTreeSet::new(),
            passwords: BTreeMap::new(),
            applied: BTreeMap::new(),
            known: BTreeMap::new(),
            retry: Retry::Now,
            unreliable: 0,
            log: Vec::new(),
        };
        world.progress.is_installation = true;
        match random.below(10) {
            0 => "quick-start".clone_into(&mut world.capi.class),
            1 | 2 => world.take_over(random),
            _ => {}
        }
        world
    }

    /// The Cluster has add-ons of upstream's.
    fn take_over(&mut self, random: &mut Random) {
        self.capi = self.capi.clone().aged();
        self.workload.has_kubeconfig = true;
        // What one chart brought is applied again, as in an upgrade.
        self.progress.is_installation = false;
        let tag = self.capi.class.clone();
        let mut addon = ClusterAddon::new(
            "cluster-addon-c1",
            cso_api::ClusterAddonSpec {
                cluster_stack: Some(tag),
                ..cso_api::ClusterAddonSpec::default()
            },
        );
        addon.metadata.namespace = Some(NAMESPACE.to_owned());
        addon.metadata.uid = Some("addon".to_owned());
        addon.metadata.generation = Some(1);
        addon.spec.cluster_ref.name = Some("c1".to_owned());
        let items = self.release().items.values().flatten();
        let objects: Vec<ObjectId> = items
            .flat_map(|item| item.objects(false))
            .filter(|(kind, _)| !["Widget", "Gadget", "Deployment"].contains(kind))
            .map(|(kind, name)| workload::brought(kind, &name))
            .collect();
        let status = addon.status.get_or_insert_default();
        for id in objects {
            let mut resource = id.to_resource("v1");
            // Upstream does not say where an object lies that names no namespace.
            if resource.namespace == "kube-system" {
                resource.namespace.clear();
            }
            status.resources.push(AddonResource {
                stage: String::new(),
                resource,
            });
            self.workload.upstream(id);
        }
        self.addon = Some(addon);
        if random.chance(50) {
            self.change_class(random);
        }
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_800_000_000 + self.clock).expect("made by this world")
    }

    /// The release the class of the Cluster belongs to.
    fn release(&self) -> &Published {
        let found = self
            .releases
            .iter()
            .find(|one| one.tag.dash() == self.capi.class);
        found.expect("asked for Clusters of ours only")
    }

    fn is_ours(&self) -> bool {
        self.capi.class.starts_with("docker-")
    }

    fn is_held(&self) -> bool {
        let paused = cso_api::labels::PAUSED_ANNOTATION;
        let addon = self.addon.as_ref();
        let annotations = addon.and_then(|addon| addon.metadata.annotations.as_ref());
        self.capi.is_paused
            || self.capi.is_deleting
            || annotations.is_some_and(|all| all.contains_key(paused))
    }

    fn is_claimed(&self, id: &ObjectId) -> bool {
        let addon = self.addon.as_ref().and_then(|addon| addon.status.as_ref());
        addon
            .into_iter()
            .flat_map(|status| &status.resources)
            .any(|entry| {
                let named = ObjectId::of_resource(&entry.resource);
                named.is_some_and(|named| {
                    named.kind == id.kind
                        && named.name == id.name
                        && (named.namespace == id.namespace || named.namespace.is_none())
                })
            })
    }

    fn create(&mut self, manifest: &Manifest) {
        assert!(
            self.is_ours(),
            "seed {}: a ClusterAddon for a Cluster of others",
            self.seed
        );
        let mut addon: ClusterAddon =
            serde_json::from_value(manifest.body().clone()).expect("our own manifest");
        addon.metadata.uid = Some("addon".to_owned());
        addon.metadata.generation = Some(1);
        self.addon = Some(addon);
    }

    /// One thing happens that is not the operator's doing.
    pub(crate) fn disturb(&mut self, random: &mut Random) {
        self.unreliable = 40;
        match random.below(16) {
            0..=2 => self.change_class(random),
            3 => self.crash(),
            4 => self.workload.edit(random),
            5 => {
                let lost = self.workload.lose(random);
                let stage = lost.and_then(|id| self.forget(&id));
                self.lost.extend(stage);
            }
            6 => self.workload.stranger(random),
            7 => self.workload.is_silent = !self.workload.is_silent,
            8 => self.workload.serves_gadgets = !self.workload.serves_gadgets,
            9 | 10 => self.workload.open[random.below(3) as usize] ^= true,
            11 => self.capi.is_paused ^= random.chance(40),
            12 => self.pause_addon(random),
            13 => self.workload.has_kubeconfig = true,
            14 => self
                .releases
                .iter_mut()
                .for_each(|one| one.is_pulled = true),
            _ => {
                self.capi.is_deleting |= random.chance(10);
            }
        }
        for _ in 0..random.below(4) {
            self.workload.tick(50, random);
            self.capi.tick(60, random);
            self.ask(50, random);
        }
    }

    fn pause_addon(&mut self, random: &mut Random) {
        let Some(addon) = &mut self.addon else { return };
        addon.metadata.annotations = random
            .chance(40)
            .then(|| [(cso_api::labels::PAUSED_ANNOTATION.to_owned(), String::new())].into());
    }

    /// Somebody gives the Cluster another class: of the same minor or, if Cluster API lets them, of a later one.
    fn change_class(&mut self, random: &mut Random) {
        if !self.is_ours() {
            return;
        }
        let former = self.capi.class.clone();
        if random.chance(2) {
            // It is somebody else's from then on.
            let version = self.capi.version.clone();
            self.capi.change("quick-start", &version, random);
            return self.follow_class(former);
        }
        let (tag, version) = RELEASES[random.below(RELEASES.len() as u64) as usize];
        let is_same = version == self.capi.version;
        let is_later = version > self.capi.version.as_str() && self.capi.may_change_version();
        if tag == self.capi.class || !(is_same || is_later) {
            return;
        }
        self.capi.change(tag, version, random);
        self.follow_class(former);
    }

    /// The operator dies, or another replica takes over.
    fn crash(&mut self) {
        self.applied.clear();
        self.known.clear();
    }

    /// The trouble is over; what only a person can mend is mended or not.
    pub(crate) fn calm(&mut self, random: &mut Random) {
        self.unreliable = 0;
        self.workload.is_silent = false;
        self.workload.has_kubeconfig = true;
        self.workload.serves_gadgets = true;
        self.workload.others_define_widgets = true;
        self.workload.open = [true; 3];
        self.releases
            .iter_mut()
            .for_each(|one| one.is_pulled = true);
        if random.chance(80) {
            self.capi.is_paused = false;
            if let Some(addon) = &mut self.addon {
                addon.metadata.annotations = None;
            }
        }
        self.retry = Retry::Now;
    }

    /// Time goes by without trouble, and the operator works when it is told to or asked to be. Whether anything happened.
    pub(crate) fn quiet(&mut self, random: &mut Random) -> bool {
        let mut changed = self.workload.tick(90, random) | self.capi.tick(90, random);
        let before = format!("{:?}", self.capi.upgrade);
        self.ask(90, random);
        changed |= before != format!("{:?}", self.capi.upgrade);
        if !changed && self.retry == Retry::OnChange {
            return false;
        }
        self.pass(random, 0) > 0 || changed
    }

    /// One pass of the operator; `trouble` percent of the writes fail and it may die. Returns the number of writes,
    /// that of the status included.
    pub(crate) fn pass(&mut self, random: &mut Random, trouble: u64) -> usize {
        self.clock += 1;
        let before = self.log.len();
        self.take_up(random, trouble);
        self.look_at_progress();
        let Some(observed) = self.observe(random) else {
            return self.log.len() - before;
        };
        let Ok(executed) = self.execute(plan(&observed), random, trouble) else {
            self.crash();
            return self.log.len() - before;
        };
        for (effect, outcome) in executed.settled() {
            if let (Effect::ApplyObject(manifest), cso_core::effect::Outcome::Applied(applied)) =
                (effect, outcome)
            {
                self.applied.insert(manifest.id().clone(), applied.clone());
            }
        }
        self.known
            .values_mut()
            .for_each(|known| known.learn(&executed));
        let conclusion = conclude(&observed, &executed);
        self.retry = conclusion.retry;
        if let Some(status) = conclusion.status {
            if random.chance(trouble) {
                // It is written by the next pass, if it still holds.
                self.retry = Retry::Backoff;
            } else {
                let told = status
                    .stages
                    .iter()
                    .map(|stage| (&stage.name, &stage.phase));
                let told: Vec<(&String, &String)> = told.collect();
                let line = format!("status {:?} {:?} {told:?}", status.target, status.hook);
                self.log.push(line);
                self.addon.as_mut().expect("observed").status = Some(status);
                self.note_done();
                self.check_status(&observed);
            }
        }
        self.ask(50, random);
        self.log.len() - before
    }

    fn take_up(&mut self, random: &mut Random, trouble: u64) {
        if self.addon.is_some() {
            return;
        }
        let head = ClusterHead::of(&self.capi.object(), "cluster.x-k8s.io/v1beta2");
        let Some(manifest) = wanted_addon(&head, self.releases.iter().map(|one| &one.release))
        else {
            return;
        };
        let plan = Plan::wave(vec![Effect::ApplyAddon(manifest)], Retry::OnChange);
        drop(self.execute(plan, random, trouble));
    }

    /// Cluster API asks the hook it waits for, and now and then another one.
    fn ask(&mut self, percent: u64, random: &mut Random) {
        if let Some(hook) = self.capi.asks()
            && random.chance(percent)
            && self.answer(hook)
        {
            self.capi.goes_on();
        }
        if random.chance(10) {
            let hook = Hook::ALL[random.below(9) as usize];
            self.answer(hook);
        }
    }
}

/// The record of a stage, if the manifest is one.
fn record(stage: &str, manifest: &Manifest) -> Option<StageRecord> {
    let is_record = manifest.id().name == cso_core::cluster_addon::record_name(stage);
    is_record.then(|| StageRecord::read(stage, &manifest.body()).expect("our own record"))
}
