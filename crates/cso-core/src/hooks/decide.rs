//! Decides what a hook is answered: go, or what is missing. A function of the present state, so every replica can answer.
//!
//! Never "go" before the add-ons are as far as the hook demands, and never "wait" about Clusters that are not ours.

use cso_api::{ClusterAddon, ClusterAddonStatus, ClusterStackRelease, StageStatus};

use super::{Answer, Hook, Request};
use crate::cluster_addon::{Word, is_applied, word};

/// What is known about the Cluster of a request.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The release its class belongs to.
    pub release: Option<&'a ClusterStackRelease>,
    /// Its add-ons.
    pub addon: Option<&'a ClusterAddon>,
}

/// Name of the `ClusterAddon` of a Cluster, in the Cluster's namespace. Upstream's.
pub fn addon_name(cluster: &str) -> String {
    format!("cluster-addon-{cluster}")
}

/// The answer.
pub fn decide(request: &Request, facts: &Facts<'_>) -> Answer {
    let view = request.view();
    let gates = !matches!(
        request.hook,
        Hook::BeforeClusterCreate | Hook::BeforeClusterDelete
    );
    let Some(class) = view.class().filter(|_| gates && !view.is_deleting()) else {
        return Answer::Go;
    };
    let Some(release) = facts.release else {
        return match facts.addon {
            // We care for this Cluster, so the class is one of ours whose release we have not heard of yet.
            Some(addon) if is_tag(&class.name) && addon.metadata.deletion_timestamp.is_none() => {
                Answer::wait(format!(
                    "the release of ClusterClass {} is not known yet",
                    class.name
                ))
            }
            _ => Answer::Go,
        };
    };
    let digest = release
        .status
        .as_ref()
        .and_then(|status| status.digest.as_deref());
    let release = release.metadata.name.as_deref().unwrap_or_default();
    let Some(addon) = facts.addon else {
        return Answer::wait(format!(
            "the add-ons of release {release} are not taken up yet"
        ));
    };
    if is_paused(addon) {
        return Answer::wait(format!(
            "ClusterAddon {} is paused: remove the annotation {} to go on",
            addon.metadata.name.as_deref().unwrap_or_default(),
            cso_api::labels::PAUSED_ANNOTATION
        ));
    }
    let unknown = ClusterAddonStatus::default();
    let status = addon.status.as_ref().unwrap_or(&unknown);
    // What was complete before we came holds nobody up; stages after the upgrade may still be ours to run.
    let was_complete = || {
        status.target.is_none()
            && request.hook < Hook::AfterClusterUpgrade
            && word(addon, release) == Word::Installed
    };
    if is_applied(status, release, digest) || was_complete() {
        return Answer::Go;
    }
    progress(request.hook, release, status)
}

/// How far the add-ons of the release are, as far as the hook demands.
fn progress(hook: Hook, release: &str, status: &ClusterAddonStatus) -> Answer {
    if status.target.as_deref() != Some(release) {
        return Answer::wait(format!(
            "the add-ons of release {release} are not taken up yet"
        ));
    }
    let running = status.hook.as_deref().and_then(Hook::named);
    match running {
        // The stages of a later hook run only when those of the earlier ones are done.
        Some(running) if running > hook => Answer::Go,
        Some(running) => match status.stages.iter().find(|stage| stage.phase != DONE) {
            Some(stage) => Answer::wait(waits_for(release, running, stage)),
            None if running == hook && !status.stages.is_empty() => Answer::Go,
            None => Answer::wait(format!(
                "the add-ons of release {release} have not begun with hook {hook} yet"
            )),
        },
        None => Answer::wait(format!(
            "the add-ons of release {release} are not installed yet"
        )),
    }
}

/// Phase of a stage that has nothing left to do.
const DONE: &str = "done";

fn waits_for(release: &str, hook: Hook, stage: &StageStatus) -> String {
    let phase = if stage.phase.is_empty() {
        "not started"
    } else {
        &stage.phase
    };
    let mut text = format!(
        "add-ons of release {release}: stage {} of hook {hook} is {phase}",
        stage.name
    );
    if let Some(message) = stage.message.as_deref().filter(|text| !text.is_empty()) {
        text.push_str(": ");
        text.push_str(message);
    }
    text
}

fn is_tag(class: &str) -> bool {
    class.parse::<cluster_stack::ReleaseTag>().is_ok()
}

fn is_paused(addon: &ClusterAddon) -> bool {
    let annotations = addon.metadata.annotations.as_ref();
    annotations.is_some_and(|all| all.contains_key(cso_api::labels::PAUSED_ANNOTATION))
}

#[cfg(test)]
mod tests;
