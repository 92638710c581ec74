//! A management cluster in memory: objects, tags, Clusters, and the ways they fail.

mod execute;
mod observe;

use std::collections::{BTreeMap, BTreeSet};

use ::cluster_stack::Digest;
use cso_api::capi::ClassReference;
use cso_api::conditions::{is_true, types};
use cso_api::{ClusterStack, ClusterStackRelease, labels};
use cso_core::cluster::{ClassUse, users_of};
use cso_core::effect::{Effect, Executed, Outcome};
use cso_core::manifests::{Applied, LiveObject, ObjectId};
use cso_core::retry::Retry;
use cso_core::{cluster_stack, cluster_stack_release};
use serde_json::{Value, json};

use crate::random::Random;

pub(crate) const NAMESPACE: &str = "team-a";
/// What a read that failed says.
const NO_ANSWER: &str = "no answer";

/// Everything there is.
#[derive(Debug, Default)]
pub(crate) struct World {
    seed: u64,
    clock: i64,
    next_uid: u64,
    pub(crate) stacks: BTreeMap<String, ClusterStack>,
    pub(crate) releases: BTreeMap<String, ClusterStackRelease>,
    pub(crate) objects: BTreeMap<ObjectId, LiveObject>,
    pub(crate) tags: BTreeMap<String, Digest>,
    pub(crate) broken: BTreeSet<Digest>,
    pub(crate) cache: BTreeMap<String, Digest>,
    pub(crate) applied: BTreeMap<(String, ObjectId), Applied>,
    pub(crate) clusters: BTreeMap<String, ClassReference>,
    pub(crate) foreign: BTreeSet<ObjectId>,
    /// Per mille of reads that fail.
    unreliable: u64,
    log: Vec<(Effect, Outcome)>,
    /// Counts what happened: every disturbance and every write, each of which a watch would tell.
    changes: u64,
    /// Objects whose last pass asked for no other before a change, and how many changes there were then. The status they
    /// wrote themselves is none.
    resting: BTreeMap<String, u64>,
}

impl World {
    pub(crate) fn random(seed: u64, random: &mut Random) -> Self {
        let mut world = Self {
            seed,
            ..Self::default()
        };
        for number in 1..=1 + random.below(4) {
            world.publish(&format!("v{number}"), random);
        }
        world
            .tags
            .insert("openstack-scs-v5".to_owned(), Digest::of(b"foreign"));
        for name in ["one", "two"]
            .into_iter()
            .take(1 + random.below(2) as usize)
        {
            world.create_stack(name, random);
        }
        world
    }

    pub(crate) fn uid(&mut self) -> String {
        self.next_uid += 1;
        format!("uid-{}", self.next_uid)
    }

    pub(crate) fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    fn publish(&mut self, version: &str, random: &mut Random) {
        let digest = Digest::of(&[random.below(250) as u8, 1]);
        if random.chance(5) {
            self.broken.insert(digest.clone());
        }
        self.tags
            .insert(format!("docker-scs-1-33-{version}"), digest);
    }

    fn create_stack(&mut self, name: &str, random: &mut Random) {
        let versions: Vec<String> = (1..=4)
            .filter(|_| random.chance(35))
            .map(|number| format!("v{number}"))
            .collect();
        let created = self.tick();
        let stack = json!({
            "apiVersion": cso_api::API_VERSION, "kind": "ClusterStack",
            "metadata": {"name": name, "namespace": NAMESPACE, "uid": self.uid(), "generation": 1, "resourceVersion": "1",
                "creationTimestamp": format!("2026-01-01T00:00:{:02}Z", created % 60)},
            "spec": {"provider": "docker", "name": "scs", "kubernetesVersion": "1.33", "noProvider": true,
                "autoSubscribe": random.chance(60), "versions": versions},
        });
        self.stacks.insert(
            name.to_owned(),
            serde_json::from_value(stack).expect("made by this world"),
        );
    }

    /// One thing happens that is not the operator's doing.
    pub(crate) fn disturb(&mut self, random: &mut Random) {
        self.unreliable = 100;
        self.changes += 1;
        match random.below(12) {
            0 => self.publish("v5", random),
            1 => {
                let cluster = format!("team-b/c{}", random.below(3));
                let name = format!("docker-scs-1-33-v{}", 1 + random.below(4));
                self.clusters.insert(
                    cluster,
                    ClassReference {
                        namespace: NAMESPACE.to_owned(),
                        name,
                    },
                );
            }
            2 => drop(self.clusters.pop_first()),
            3 => self.applied.clear(),
            4 => self.cache.clear(),
            5 => self.edit_object(random),
            6 => self
                .objects
                .retain(|id, _| self.foreign.contains(id) || !random.chance(20)),
            7 => self.edit_versions(random),
            8 => self.delete_stack(random),
            9 => self.moved_tag(random),
            10 => self.foreign_object(random),
            _ => self.delete_release(random),
        }
    }

    /// The trouble is over.
    pub(crate) fn calm(&mut self) {
        self.unreliable = 0;
    }

    fn edit_object(&mut self, random: &mut Random) {
        if let Some(object) = self.objects.values_mut().nth(random.below(4) as usize) {
            object.own_fields = None;
        }
    }

    fn edit_versions(&mut self, random: &mut Random) {
        if let Some(stack) = self.stacks.values_mut().next() {
            stack.spec.versions = (1..=4)
                .filter(|_| random.chance(40))
                .map(|number| format!("v{number}"))
                .collect();
            stack.metadata.generation = stack.metadata.generation.map(|generation| generation + 1);
        }
    }

    fn delete_stack(&mut self, random: &mut Random) {
        let now = self.time();
        if !random.chance(40) {
            return;
        }
        let Some(name) = self.stacks.keys().next_back().cloned() else {
            return;
        };
        let stack = self.stacks.get_mut(&name).expect("made by this world");
        if stack
            .metadata
            .finalizers
            .as_deref()
            .unwrap_or_default()
            .is_empty()
        {
            self.stacks.remove(&name);
        } else {
            stack.metadata.deletion_timestamp = Some(now);
        }
    }

    fn delete_release(&mut self, random: &mut Random) {
        let Some(name) = self.releases.keys().nth(random.below(4) as usize).cloned() else {
            return;
        };
        self.mark_deleted(&name);
    }

    fn moved_tag(&mut self, random: &mut Random) {
        if let Some(digest) = self.tags.get_mut("docker-scs-1-33-v1") {
            *digest = Digest::of(&[random.below(250) as u8, 2]);
        }
    }

    /// An object that somebody made and that has the name of one of a release, or lies beside them.
    fn foreign_object(&mut self, random: &mut Random) {
        let mut id = execute::object_id("Secret", &format!("foreign-{}", random.below(3)));
        id.namespace = Some("team-b".to_owned());
        let uid = self.uid();
        self.foreign.insert(id.clone());
        let object = LiveObject::of(&json!({"metadata": {"uid": uid, "resourceVersion": "1"}}));
        self.objects.entry(id).or_insert(object);
    }

    pub(crate) fn time(&self) -> k8s_openapi::apimachinery::pkg::apis::meta::v1::Time {
        k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(self.now())
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_800_000_000 + self.clock).expect("made by this world")
    }

    pub(crate) fn mark_deleted(&mut self, name: &str) {
        let now = self.time();
        let Some(release) = self.releases.get_mut(name) else {
            return;
        };
        if release
            .metadata
            .finalizers
            .as_deref()
            .unwrap_or_default()
            .is_empty()
        {
            self.releases.remove(name);
        } else {
            release.metadata.deletion_timestamp.get_or_insert(now);
        }
    }

    pub(crate) fn uses(&self) -> Vec<ClassUse> {
        self.clusters
            .iter()
            .map(|(cluster, class)| ClassUse {
                cluster: cluster.clone(),
                class: class.clone(),
            })
            .collect()
    }

    /// Reconciles every object that waits for its turn once; `trouble` percent of the writes fail and the operator may crash. Returns the
    /// number of writes, status writes included.
    pub(crate) fn pass(&mut self, random: &mut Random, trouble: u64) -> usize {
        let mut writes = 0;
        for name in self.stacks.keys().cloned().collect::<Vec<_>>() {
            self.tick();
            if self.rests(&name) {
                continue;
            }
            let Some(observed) = self.observe_stack(&name, random) else {
                continue;
            };
            let executed =
                match self.execute(cluster_stack::plan(&observed), &name, random, trouble) {
                    Ok(executed) => executed,
                    Err(execute::Crash) => continue,
                };
            let acted = self.note(&executed);
            writes += acted;
            let conclusion = cluster_stack::conclude(&observed, &executed);
            if let Some(status) = conclusion.status {
                writes += 1;
                self.changes += 1;
                if let Some(stack) = self.stacks.get_mut(&name) {
                    stack.status = Some(status);
                }
            }
            self.rest(&name, acted == 0 && conclusion.retry == Retry::OnChange);
        }
        for name in self.releases.keys().cloned().collect::<Vec<_>>() {
            self.tick();
            if self.rests(&name) {
                continue;
            }
            let Some(observed) = self.observe_release(&name, random) else {
                continue;
            };
            let executed = match self.execute(
                cluster_stack_release::plan(&observed),
                &name,
                random,
                trouble,
            ) {
                Ok(executed) => executed,
                Err(execute::Crash) => continue,
            };
            let acted = self.note(&executed);
            writes += acted;
            let conclusion = cluster_stack_release::conclude(&observed, &executed);
            if let Some(status) = conclusion.status {
                writes += 1;
                self.changes += 1;
                if let Some(release) = self.releases.get_mut(&name) {
                    release.status = Some(status);
                    self.check_ready(&name);
                }
            }
            self.rest(&name, acted == 0 && conclusion.retry == Retry::OnChange);
        }
        self.collect_garbage();
        writes
    }

    /// Whether nothing happened since the last pass over an object, which asked for no other before that.
    fn rests(&self, name: &str) -> bool {
        self.resting.get(name) == Some(&self.changes)
    }

    fn rest(&mut self, name: &str, rests: bool) {
        if rests {
            self.resting.insert(name.to_owned(), self.changes);
        } else {
            self.resting.remove(name);
        }
    }

    /// Remembers what was written for the report of a failure. A pull that finds no tag is a look-up, not a write.
    fn note(&mut self, executed: &Executed) -> usize {
        let mut count = 0;
        for (effect, outcome) in executed.settled() {
            if !matches!((effect, outcome), (Effect::Pull { .. }, Outcome::Failed(_))) {
                count += 1;
                self.changes += 1;
                self.log.push((effect.clone(), outcome.clone()));
            }
        }
        count
    }

    /// The last writes, for the report of a failure.
    pub(crate) fn last_writes(&self) -> &[(Effect, Outcome)] {
        &self.log[self.log.len().saturating_sub(8)..]
    }

    /// Releases whose owners are all gone are deleted, as the garbage collector does.
    fn collect_garbage(&mut self) {
        let uids: BTreeSet<String> = self
            .stacks
            .values()
            .filter_map(|stack| stack.metadata.uid.clone())
            .collect();
        let orphans: Vec<String> = self
            .releases
            .iter()
            .filter(|(_, release)| {
                release
                    .metadata
                    .owner_references
                    .iter()
                    .flatten()
                    .all(|owner| !uids.contains(&owner.uid))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in &orphans {
            self.mark_deleted(name);
        }
    }

    /// A release that says it is ready has all its objects, as applied.
    fn check_ready(&self, name: &str) {
        let release = &self.releases[name];
        let status = release.status.as_ref().expect("made by this world");
        if !is_true(&status.conditions, types::READY) {
            assert!(!status.ready, "seed {}: ready without Ready", self.seed);
            return;
        }
        let digest: Digest = status
            .digest
            .as_ref()
            .expect("a ready release has a digest")
            .parse()
            .expect("made by this world");
        for document in execute::documents(&digest, name) {
            let id = execute::id_of(&document);
            let live = self
                .objects
                .get(&id)
                .unwrap_or_else(|| panic!("seed {}: {name} is Ready without {id}", self.seed));
            assert!(
                live.own_fields.is_some(),
                "seed {}: {name} is Ready with a changed {id}",
                self.seed
            );
        }
    }

    /// What must hold when nothing is left to do.
    pub(crate) fn check_rest(&self) {
        let seed = self.seed;
        for id in &self.foreign {
            assert!(
                self.objects.contains_key(id),
                "seed {seed}: {id} was not ours and is gone"
            );
        }
        let known: BTreeSet<&str> = self.releases.keys().map(String::as_str).collect();
        for (id, live) in &self.objects {
            if let Some(release) = live.label(labels::RELEASE_LABEL) {
                assert!(
                    known.contains(release),
                    "seed {seed}: {id} outlived its release {release}"
                );
            }
        }
        for (name, release) in &self.releases {
            let users = users_of(&self.uses(), release);
            let status = release.status.clone().unwrap_or_default();
            if release.metadata.deletion_timestamp.is_some() {
                assert!(
                    !users.is_empty(),
                    "seed {seed}: {name} is held without a user"
                );
                let why = cso_api::conditions::find(&status.conditions, types::DELETING)
                    .expect("says why it waits");
                assert!(
                    why.message
                        .as_deref()
                        .unwrap_or_default()
                        .contains(&users[0]),
                    "seed {seed}: {why:?}"
                );
                continue;
            }
            let digest = status
                .digest
                .as_deref()
                .and_then(|digest| digest.parse::<Digest>().ok());
            let usable = digest.is_some_and(|digest| !self.broken.contains(&digest));
            if usable && self.tags.contains_key(name) {
                let ready = is_true(&status.conditions, types::READY);
                let pullable = self.cache.contains_key(name);
                assert!(
                    ready || !pullable,
                    "seed {seed}: {name} rests without being ready: {:?}",
                    status.conditions
                );
            }
        }
        for (name, stack) in &self.stacks {
            let status = stack.status.clone().unwrap_or_default();
            let told = format!("{:?}", status.conditions);
            assert!(
                !told.contains(NO_ANSWER),
                "seed {seed}: {name} rests with the answer it did not get: {told}"
            );
            if stack.spec.auto_subscribe && stack.metadata.deletion_timestamp.is_none() {
                let newest = self
                    .tags
                    .keys()
                    .rfind(|tag| tag.starts_with("docker-"))
                    .expect("one is published");
                assert!(
                    self.releases.contains_key(newest),
                    "seed {seed}: {name} has no {newest}"
                );
            }
            if !is_true(&status.conditions, types::READY) {
                continue;
            }
            for version in &stack.spec.versions {
                let release = &self.releases[&format!("docker-scs-1-33-{version}")];
                assert!(
                    release.status.as_ref().expect("made by this world").ready,
                    "seed {seed}: {name} is Ready without {version}"
                );
            }
        }
    }

    fn read_fails(&self, random: &mut Random) -> bool {
        random.below(1000) < self.unreliable
    }
}

/// The content of a value as `Value`, for brevity.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
