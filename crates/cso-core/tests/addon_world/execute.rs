//! Executes effects as an API server would, and refuses those that must never be; some fail, and the operator may die
//! after any.

use std::collections::BTreeSet;

use cso_core::cluster_addon::StageRecord;
use cso_core::effect::{Effect, Executed, Outcome, Plan, Target};
use cso_core::failure::Cause;
use cso_core::manifests::Manifest;
use serde_json::{Value, json};

use super::workload::failed;
use super::{World, record};
use crate::random::Random;

/// The operator died: nothing after the last write happened, not even the status.
pub(crate) struct Crash;

impl World {
    pub(crate) fn execute(
        &mut self,
        plan: Plan,
        random: &mut Random,
        trouble: u64,
    ) -> Result<Executed, Crash> {
        let mut execution = plan.start();
        while let Some(wave) = execution.next_wave() {
            let mut settled = Vec::new();
            for ticket in wave {
                let outcome = if random.chance(trouble) {
                    failed(Cause::Unreachable, "no answer")
                } else {
                    self.log.push(format!("{:?}", ticket.effect()));
                    let outcome = self.write(ticket.effect());
                    self.note_done();
                    outcome
                };
                // A write may succeed although its answer is lost.
                let outcome = if random.below(400) < trouble {
                    self.unheard(ticket.effect());
                    failed(Cause::Unreachable, "lost")
                } else {
                    outcome
                };
                settled.push(ticket.settle(outcome));
                if random.below(300) < trouble {
                    return Err(Crash);
                }
                self.ask(50, random);
            }
            execution.settle(settled);
        }
        Ok(execution.finish())
    }

    /// The operator does not know that it has written or deleted a record: it may write another one.
    fn unheard(&mut self, effect: &Effect) {
        let id = match effect {
            Effect::ApplyObject(manifest) => manifest.id(),
            Effect::DeleteObject(target) => &target.id,
            _ => return,
        };
        let stage = self.forget(id);
        self.lost.extend(stage);
    }

    fn write(&mut self, effect: &Effect) -> Outcome {
        let seed = self.seed;
        match effect {
            Effect::RemoveFinalizer(finalizer) => {
                let addon = self.addon.as_mut().expect("it is deleted");
                addon.metadata.finalizers = Some(finalizer.finalizers.clone());
                return Outcome::Done;
            }
            Effect::ApplyAddon(manifest) => {
                self.create(manifest);
                return Outcome::Done;
            }
            _ => {}
        }
        assert!(
            !self.is_held(),
            "seed {seed}: a write to what is paused or going: {effect:?}"
        );
        match effect {
            Effect::ApplyObject(manifest) => self.apply(manifest),
            Effect::DeleteObject(target) => self.delete(target),
            Effect::AdoptFields {
                id, managed_fields, ..
            } => match self.workload.objects.get_mut(id) {
                Some(found) => {
                    found.body["metadata"]["managedFields"] = json!(managed_fields);
                    found.reread();
                    Outcome::Done
                }
                None => failed(Cause::Conflict, "gone"),
            },
            other => panic!("seed {seed}: no effect of add-ons: {other:?}"),
        }
    }

    fn apply(&mut self, manifest: &Manifest) -> Outcome {
        let (seed, id) = (self.seed, manifest.id());
        assert!(
            self.is_claimed(id),
            "seed {seed}: {id} is applied before the inventory names it"
        );
        if self.workload.foreign.contains(id) {
            let live = &self.workload.objects[id].live;
            assert!(
                !live.is_marked(),
                "seed {seed}: {id} of another release is overwritten"
            );
        }
        let kind = id.kind.kind.clone();
        let Some(stage) = self.release().stage_of(&kind, &id.name) else {
            panic!("seed {seed}: {id} is applied and in no stage of the release");
        };
        let stage = stage.to_owned();
        self.check_turn(&stage, id);
        let outcome = self.workload.apply(manifest);
        if matches!(outcome, Outcome::Applied(_)) {
            if let Some(record) = record(&stage, manifest) {
                self.check_record(&record);
            }
            // In another stage an object is generated anew.
            let name = id.name.as_str();
            self.passwords
                .retain(|(of, object), _| of == &stage || object != name);
            self.check_password(&stage, &manifest.body());
            self.workload.foreign.remove(id);
        }
        outcome
    }

    /// What is served when a stage runs stays what it is rendered with.
    fn check_record(&mut self, record: &StageRecord) {
        let seed = self.seed;
        let known = self
            .seen
            .get(&record.stage)
            .filter(|known| known.0 == record.digest);
        let wanted =
            known.map_or_else(|| self.capabilities().api_versions, |known| known.1.clone());
        // A record that somebody has deleted is known to the operator that made it, and to no other.
        let is_lost = self.lost.remove(&record.stage);
        let wanted = if is_lost {
            record.capabilities.api_versions.clone()
        } else {
            wanted
        };
        assert_eq!(
            record.capabilities.api_versions, wanted,
            "seed {seed}: what stage {} was told of the cluster",
            record.stage
        );
        self.seen
            .insert(record.stage.clone(), (record.digest.clone(), wanted));
        // What a release of the stage does not generate is forgotten.
        let items = self.release().items[&record.stage].clone();
        let names: BTreeSet<String> = items
            .iter()
            .flat_map(|item| item.objects(true))
            .map(|(_, name)| name)
            .collect();
        self.passwords
            .retain(|(of, object), _| *of != record.stage || names.contains(object));
    }

    fn check_password(&mut self, stage: &str, body: &Value) {
        let Some(password) = body.pointer("/data/password").and_then(Value::as_str) else {
            return;
        };
        let name = body["metadata"]["name"].as_str().unwrap_or_default();
        let key = (stage.to_owned(), name.to_owned());
        let known = self.passwords.entry(key).or_insert(password.to_owned());
        assert_eq!(known, password, "seed {}: a password changed", self.seed);
    }

    fn delete(&mut self, target: &Target) -> Outcome {
        let (seed, id) = (self.seed, &target.id);
        assert!(
            self.is_claimed(id),
            "seed {seed}: {id} is deleted and not in the inventory"
        );
        let Some(live) = self.workload.objects.get(id).map(|found| &found.live) else {
            return Outcome::Done;
        };
        assert!(
            live.is_marked() && !self.workload.foreign.contains(id) || live.uid != target.uid,
            "seed {seed}: {id} is deleted and not ours"
        );
        assert!(
            id.kind.kind != "CustomResourceDefinition",
            "seed {seed}: {id} is deleted"
        );
        self.check_unwanted(id);
        if let Some(stage) = self.forget(id) {
            self.seen.remove(&stage);
        }
        self.passwords.retain(|(_, object), _| *object != id.name);
        self.workload.delete(target)
    }
}
