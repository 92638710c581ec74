//! Executes effects on the world as an API server would; some fail, and the operator may crash between two.

use ::cluster_stack::Digest;
use cso_api::{ClusterStackRelease, labels};
use cso_core::cluster::users_of;
use cso_core::effect::{Effect, Executed, Finalizer, Outcome, Plan, Target};
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::{Applied, Kind, LiveObject, Manifest, ObjectId};
use serde_json::{Value, json};

use super::{NAMESPACE, World, text};
use crate::random::Random;

/// The operator died: nothing after the last write happened, not even the status.
pub(crate) struct Crash;

/// What the chart of a release with this digest renders to: content depends on the digest.
pub(crate) fn documents(digest: &Digest, release: &str) -> Vec<Value> {
    let byte = digest.hex().as_bytes()[0];
    let mut documents = vec![
        json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass", "metadata": {"name": release}, "spec": {"x": digest.hex()}}),
        json!({"apiVersion": "x/v1", "kind": "Template", "metadata": {"name": release}, "spec": {"x": digest.hex()}}),
    ];
    if byte.is_multiple_of(2) {
        documents.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("ns-{release}")}}));
        documents.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": format!("ns-{release}")}}));
    }
    documents
}

pub(crate) fn object_id(kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: Kind::new("", kind),
        namespace: Some(NAMESPACE.to_owned()),
        name: name.to_owned(),
    }
}

pub(crate) fn id_of(document: &Value) -> ObjectId {
    let (api_version, kind) = (text(document, "/apiVersion"), text(document, "/kind"));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let own = text(document, "/metadata/namespace");
    let namespace = match (kind.as_str(), own.as_str()) {
        ("Namespace", _) => None,
        (_, "") => Some(NAMESPACE.to_owned()),
        (_, own) => Some(own.to_owned()),
    };
    ObjectId {
        kind: Kind::new(group, &kind),
        namespace,
        name: text(document, "/metadata/name"),
    }
}

impl World {
    pub(crate) fn execute(
        &mut self,
        plan: Plan,
        subject: &str,
        random: &mut Random,
        trouble: u64,
    ) -> Result<Executed, Crash> {
        let mut execution = plan.start();
        while let Some(wave) = execution.next_wave() {
            let mut settled = Vec::new();
            for ticket in wave {
                if random.below(300) < trouble {
                    return Err(Crash);
                }
                let outcome = if random.chance(trouble) {
                    Outcome::Failed(Failure::new(Cause::Unreachable, "no answer"))
                } else {
                    self.write(ticket.effect(), subject)
                };
                // A write may succeed although its answer is lost.
                let lost = random.below(400) < trouble;
                settled.push(ticket.settle(if lost {
                    Outcome::Failed(Failure::new(Cause::Unreachable, "lost"))
                } else {
                    outcome
                }));
            }
            execution.settle(settled);
        }
        Ok(execution.finish())
    }

    fn write(&mut self, effect: &Effect, subject: &str) -> Outcome {
        match effect {
            Effect::AddFinalizer(finalizer) | Effect::RemoveFinalizer(finalizer) => {
                self.finalizers(finalizer)
            }
            Effect::ApplyRelease(manifest) => self.apply_release(manifest),
            Effect::DeleteRelease(target) => self.delete_one_release(target),
            Effect::Pull { tag, pinned, .. } => {
                self.pull(&tag.dash(), pinned.as_ref().map(|pin| &pin.digest))
            }
            Effect::ApplyObject(manifest) => self.apply_object(manifest, subject),
            Effect::DeleteObject(target) => self.delete_object(target, subject),
            Effect::AdoptFields { .. } => panic!("nothing of upstream's in this world"),
            Effect::ApplyAddon(_)
            | Effect::ClearProviderRef(_)
            | Effect::ApplyProviderObject(_) => {
                panic!("no providers in this world")
            }
        }
    }

    fn finalizers(&mut self, finalizer: &Finalizer) -> Outcome {
        let name = &finalizer.target.id.name;
        let (metadata, is_stack) = if finalizer.target.id.kind.kind == "ClusterStack" {
            (
                self.stacks.get_mut(name).map(|stack| &mut stack.metadata),
                true,
            )
        } else {
            (
                self.releases
                    .get_mut(name)
                    .map(|release| &mut release.metadata),
                false,
            )
        };
        let Some(metadata) =
            metadata.filter(|metadata| metadata.uid.as_deref() == Some(&finalizer.target.uid))
        else {
            return Outcome::Failed(Failure::new(Cause::Conflict, "replaced"));
        };
        metadata.finalizers = Some(finalizer.finalizers.clone());
        if metadata.deletion_timestamp.is_some() && finalizer.finalizers.is_empty() {
            if is_stack {
                self.stacks.remove(name);
            } else {
                let release = self.releases.remove(name).expect("it was there");
                assert!(
                    users_of(&self.uses(), &release).is_empty(),
                    "seed {}: {name} went while in use",
                    self.seed
                );
            }
        }
        Outcome::Done
    }

    fn apply_release(&mut self, manifest: &Manifest) -> Outcome {
        let name = manifest.id().name.clone();
        let mut wanted: ClusterStackRelease =
            serde_json::from_value(manifest.body()).expect("our own manifest");
        if let Some(existing) = self.releases.get_mut(&name) {
            existing.metadata.owner_references = wanted.metadata.owner_references;
            existing.metadata.labels = wanted.metadata.labels;
            existing.spec = wanted.spec;
        } else {
            wanted.metadata.uid = Some(self.uid());
            wanted.metadata.generation = Some(1);
            self.releases.insert(name, wanted);
        }
        Outcome::Done
    }

    fn delete_one_release(&mut self, target: &Target) -> Outcome {
        let name = &target.id.name;
        if let Some(release) = self.releases.get(name) {
            assert!(
                users_of(&self.uses(), release).is_empty(),
                "seed {}: {name} deleted while in use",
                self.seed
            );
        }
        self.mark_deleted(name);
        Outcome::Done
    }

    fn pull(&mut self, tag: &str, pinned: Option<&Digest>) -> Outcome {
        // Content stays reachable by digest although its tag moved.
        match pinned.or_else(|| self.tags.get(tag)).cloned() {
            Some(digest) => {
                self.cache.insert(tag.to_owned(), digest);
                Outcome::Done
            }
            None => Outcome::Failed(Failure::new(Cause::UnknownTag, format!("no tag {tag}"))),
        }
    }

    fn apply_object(&mut self, manifest: &Manifest, subject: &str) -> Outcome {
        if manifest.id().kind.kind == "ClusterClass" {
            let template = ObjectId {
                kind: Kind::new("x", "Template"),
                ..manifest.id().clone()
            };
            assert!(
                self.objects.contains_key(&template),
                "seed {}: a class before its template",
                self.seed
            );
        }
        let uid = match self.objects.get(manifest.id()) {
            Some(live) => live.uid.clone(),
            None => self.uid(),
        };
        let answer = json!({"metadata": {
            "uid": uid, "resourceVersion": self.tick().to_string(), "labels": manifest.body()["metadata"]["labels"],
            "managedFields": [{"manager": labels::FIELD_MANAGER, "operation": "Apply", "fieldsV1": {"d": manifest.digest().hex()}}],
        }});
        let live = LiveObject::of(&answer);
        let applied = Applied::of(manifest, &live);
        self.objects.insert(manifest.id().clone(), live);
        self.applied
            .insert((subject.to_owned(), manifest.id().clone()), applied.clone());
        Outcome::Applied(applied)
    }

    fn delete_object(&mut self, target: &Target, subject: &str) -> Outcome {
        let Some(live) = self.objects.get(&target.id) else {
            return Outcome::Done;
        };
        if live.uid != target.uid {
            return Outcome::Failed(Failure::new(Cause::Conflict, "replaced"));
        }
        assert!(
            !self.foreign.contains(&target.id),
            "seed {}: {} is not ours",
            self.seed,
            target.id
        );
        assert_eq!(
            live.label(labels::RELEASE_LABEL),
            Some(subject),
            "seed {}: {} of another release",
            self.seed,
            target.id
        );
        let used = self
            .clusters
            .values()
            .any(|class| class.name == target.id.name && class.namespace == NAMESPACE);
        assert!(
            !(used && target.id.kind.kind == "ClusterClass"),
            "seed {}: class in use deleted",
            self.seed
        );
        self.objects.remove(&target.id);
        Outcome::Done
    }
}
