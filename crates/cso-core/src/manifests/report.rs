//! Outcomes folded into the inventory: one entry per object, with its own error. Nothing is half-applied silently.

use std::collections::BTreeMap;

use cso_api::{Resource, ResourceStatus};

use super::prune::inventoried;
use super::{ApplyPlan, Manifest, ObjectId, Situation};
use crate::effect::{Effect, Executed, Outcome};
use crate::failure::Failure;

/// What became of the objects of a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The new inventory, sorted.
    pub resources: Vec<Resource>,
    /// Desired objects that are not as desired, with the reason if one is known, in order of identity.
    pub unsynced: Vec<(ObjectId, Option<Failure>)>,
    /// Objects that are still to go, with the reason if deleting them failed.
    pub leaving: Vec<(ObjectId, Option<Failure>)>,
}

impl Report {
    /// Whether every desired object is applied and nothing is left to remove.
    pub fn is_complete(&self) -> bool {
        self.unsynced.is_empty() && self.leaving.is_empty()
    }

    /// The first object with a known failure.
    pub fn first_failure(&self) -> Option<(&ObjectId, &Failure)> {
        self.unsynced
            .iter()
            .chain(&self.leaving)
            .find_map(|(id, failure)| Some((id, failure.as_ref()?)))
    }
}

/// Folds the plan and its outcomes into an inventory.
pub fn report(
    desired: &[Manifest],
    plan: &ApplyPlan,
    situation: &Situation<'_>,
    executed: &Executed,
) -> Report {
    let outcomes: BTreeMap<&ObjectId, &Outcome> = executed
        .settled()
        .filter_map(|(effect, outcome)| match effect {
            // An adoption is a first half: the object counts as applied only after the apply.
            Effect::ApplyObject(manifest) => Some((manifest.id(), outcome)),
            Effect::DeleteObject(target) => Some((&target.id, outcome)),
            Effect::AdoptFields { id, .. } if matches!(outcome, Outcome::Failed(_)) => {
                Some((id, outcome))
            }
            _ => None,
        })
        .collect();
    let mut report = Report::default();
    for manifest in desired {
        let id = manifest.id();
        let failure = match outcomes.get(id) {
            Some(Outcome::Failed(failure)) => Some(failure),
            _ => plan.blocked.get(id),
        };
        let synced =
            plan.settled.contains(id) || matches!(outcomes.get(id), Some(Outcome::Applied(_)));
        report
            .resources
            .push(entry(id.to_resource(manifest.version()), synced, failure));
        if !synced {
            report.unsynced.push((id.clone(), failure.cloned()));
        }
    }
    for resource in situation.inventory {
        let Some(id) = inventoried(resource, situation.owner, situation.kinds) else {
            continue;
        };
        if !plan.leaving.contains(&id) {
            continue;
        }
        let failure = match outcomes.get(&id) {
            Some(Outcome::Failed(failure)) => Some(failure),
            _ => None,
        };
        report
            .resources
            .push(entry(id.to_resource(&resource.version), false, failure));
        report.leaving.push((id, failure.cloned()));
    }
    report.resources.sort();
    report.resources.dedup();
    report.unsynced.sort_by(|left, right| left.0.cmp(&right.0));
    report
}

fn entry(mut resource: Resource, synced: bool, failure: Option<&Failure>) -> Resource {
    resource.status = Some(if synced {
        ResourceStatus::Synced
    } else {
        ResourceStatus::NotSynced
    });
    resource.error = failure
        .map(|failure| failure.message.clone())
        .unwrap_or_default();
    resource
}
