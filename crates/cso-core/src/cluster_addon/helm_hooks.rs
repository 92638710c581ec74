//! Runs the Helm hooks of a stage: one after the other by weight, before or after its objects, and on only when a `Job`
//! or `Pod` has succeeded. A hook that changed is deleted and made anew; one that ran is not run again.
//!
//! What ran is told by a label with the digest of the hook. Hooks of deletion and rollback never run here.

use std::collections::BTreeMap;

use cso_api::labels;
use helm_engine::HookEvent as On;
use serde_json::Value;

use super::HookManifest;
use crate::effect::{Effect, Target};
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;
use crate::hooks::Hook;
use crate::manifests::{Kind, Manifest, ObjectId, Owner, Situation};

/// A hook with our labels.
#[derive(Clone, Debug, PartialEq)]
pub struct HookObject {
    /// The object.
    pub manifest: Manifest,
    /// What Helm knows of it.
    pub hook: HookManifest,
}

/// Before or after the objects of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Before.
    Before,
    /// After.
    After,
}

impl HookObject {
    /// Marks a hook as ours, and as what it is.
    pub(super) fn of(hook: &HookManifest, owner: &Owner) -> Self {
        let run = identity(&hook.manifest);
        let manifest = owner
            .mark(hook.manifest.clone())
            .labelled([(labels::HOOK_LABEL, run.as_str())]);
        Self {
            manifest,
            hook: hook.clone(),
        }
    }

    /// Whether it runs at that side of the objects: on installation those of installation, else those of either, as a
    /// stage may be new in an upgrade.
    pub(super) fn runs(&self, during: Hook, when: When) -> bool {
        let is_installation = during == Hook::AfterControlPlaneInitialized;
        self.hook.events.iter().any(|event| match (event, when) {
            (On::PreInstall, When::Before) | (On::PostInstall, When::After) => true,
            (On::PreUpgrade, When::Before) | (On::PostUpgrade, When::After) => !is_installation,
            _ => false,
        })
    }

    /// Whether Helm deletes it once it has succeeded.
    pub(super) fn is_temporary(&self) -> bool {
        let policies = &self.hook.delete_policies;
        policies.iter().any(|policy| policy == "hook-succeeded")
    }
}

/// Whether objects of a kind tell that they have run to their end: those are read whole.
pub(super) fn tells_end(kind: &Kind) -> bool {
    (kind.group == "batch" && kind.kind == "Job") || (kind.group.is_empty() && kind.kind == "Pod")
}

/// Where a row of hooks is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row<'a> {
    /// All have run.
    Done,
    /// This is to be written for the next one.
    Write(Box<Effect>),
    /// The next one cannot go on, and why.
    Stopped(&'a ObjectId, Failure),
}

/// Where a row of hooks, sorted by weight, is; `ends` holds those objects that tell their end.
pub(super) fn row<'a>(
    hooks: &[&'a HookObject],
    situation: &Situation<'_>,
    ends: &BTreeMap<ObjectId, Fetched<Value>>,
) -> Row<'a> {
    for hook in hooks {
        let id = hook.manifest.id();
        let look = situation.look(id);
        let live = match look.as_ref() {
            Fetched::Failed(failure) => return Row::Stopped(id, failure.clone()),
            Fetched::Missing => {
                return Row::Write(Box::new(Effect::ApplyObject(hook.manifest.clone())));
            }
            Fetched::Found(live) => live,
        };
        if live.deleting {
            return waits(id, "is being deleted and made anew then");
        }
        if !situation.owner.owns(live) {
            let text = format!("Helm hook {id} is an object of somebody else: rename or delete it");
            return Row::Stopped(id, Failure::new(Cause::NotOurs, text));
        }
        let run = identity(&hook.hook.manifest);
        if live.label(labels::HOOK_LABEL) != Some(run.as_str()) {
            let target = Target {
                id: id.clone(),
                version: hook.manifest.version().to_owned(),
                uid: live.uid.clone(),
            };
            return Row::Write(Box::new(Effect::DeleteObject(target)));
        }
        if tells_end(&id.kind) {
            match ends.get(id) {
                Some(Fetched::Found(object)) => match end(&id.kind, object) {
                    End::Succeeded => {}
                    End::Running => return waits(id, "has not finished yet"),
                    End::Failed => {
                        let text = format!(
                            "Helm hook {id} failed: see its log, delete it to run it again"
                        );
                        return Row::Stopped(id, Failure::new(Cause::Rejected, text));
                    }
                },
                Some(Fetched::Failed(failure)) => return Row::Stopped(id, failure.clone()),
                Some(Fetched::Missing) | None => return waits(id, "was not looked at yet"),
            }
        }
    }
    Row::Done
}

fn waits<'a>(id: &'a ObjectId, why: &str) -> Row<'a> {
    let text = format!("Helm hook {id} {why}");
    Row::Stopped(id, Failure::new(Cause::Conflict, text))
}

enum End {
    Succeeded,
    Running,
    Failed,
}

fn end(kind: &Kind, object: &Value) -> End {
    if kind.kind == "Pod" {
        return match object.pointer("/status/phase").and_then(Value::as_str) {
            Some("Succeeded") => End::Succeeded,
            Some("Failed") => End::Failed,
            _ => End::Running,
        };
    }
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let is_true = |type_: &str| {
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|one| one["type"] == type_ && one["status"] == "True")
    };
    match (is_true("Complete"), is_true("Failed")) {
        (true, _) => End::Succeeded,
        (_, true) => End::Failed,
        _ => End::Running,
    }
}

/// What tells one form of a hook from another, as the value of a label.
fn identity(manifest: &Manifest) -> String {
    manifest.digest().hex()[..40].to_owned()
}
