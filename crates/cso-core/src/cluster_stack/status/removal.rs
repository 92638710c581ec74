//! What a stack says while it is deleted: what is left, and who holds it.

use std::sync::Arc;

use cso_api::ClusterStackRelease;
use cso_api::conditions::{reasons, types};

use super::{source, subject};
use crate::cluster::{listed, users_of};
use crate::cluster_stack::Observed;
use crate::conditions::{Conditions, Stance, Verdict};
use crate::effect::Executed;

pub(super) fn deletion(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
) -> Stance {
    let (reason, message) = match (&observed.releases, &observed.clusters) {
        (Err(failure), _) | (_, Err(failure)) => (reasons::READ_FAILED, failure.message.clone()),
        (Ok(releases), Ok(class_uses)) => {
            let own: Vec<&ClusterStackRelease> = releases
                .iter()
                .map(Arc::as_ref)
                .filter(|release| observed.owns(release))
                .collect();
            let users: Vec<String> = own
                .iter()
                .filter_map(|release| {
                    let users = users_of(class_uses, release);
                    let name = release.metadata.name.as_deref().unwrap_or_default();
                    (!users.is_empty()).then(|| format!("{name} is used by {}", listed(&users)))
                })
                .collect();
            match executed.failures().next() {
                _ if !users.is_empty() => (
                    reasons::IN_USE,
                    format!("{}: delete these Clusters first", users.join("; ")),
                ),
                Some((effect, failure)) => (
                    reasons::FAILED_TO_DELETE,
                    format!(
                        "{} could not be deleted: {}",
                        subject(effect),
                        failure.message
                    ),
                ),
                None => (
                    reasons::DELETING,
                    format!("{} releases to remove", own.len()),
                ),
            }
        }
    };
    source::forget(conditions);
    conditions.set(types::DELETING, Verdict::True, reason, message.clone());
    conditions.set(
        types::CLUSTER_STACK_RELEASES_SYNCED,
        Verdict::False,
        reason,
        message.clone(),
    );
    Stance::Reconciling(message)
}
