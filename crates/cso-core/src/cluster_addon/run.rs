//! Where the add-ons of a Cluster are on their way to the release of its class: which hook, which stage, which phase.
//!
//! Nothing applied yet: the stages of `AfterControlPlaneInitialized`. Another release applied: those of
//! `BeforeClusterUpgrade`, and once Cluster API has rolled the topology out those of `AfterClusterUpgrade`. Then what the
//! release has no stage for is removed, and from there on everything is kept as it is.

use cluster_stack::{Action, Stage, WaitCondition};
use cso_api::conditions::{reasons, types};
use cso_api::{ClusterAddonStatus, StageAction, StageStatus};

use super::Observed;
use super::cluster_state::{is_initialized, rollout_waits_for};
use super::observed::stages_of;
use super::takeover::{Word, complete, resumed, word};
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;
use crate::hooks::Hook;
use crate::retry::Retry;

/// Phase of a stage that nothing was done for yet.
pub(super) const PENDING: &str = "Pending";
/// Phase of a stage whose pre-condition does not hold yet.
pub(super) const BEFORE: &str = "waitingForPreCondition";
/// Phase of a stage whose objects are applied or deleted.
pub(super) const ACTING: &str = "applyingOrDeleting";
/// Phase of a stage whose post-condition does not hold yet.
pub(super) const AFTER: &str = "waitingForPostCondition";
/// Phase of a stage that has nothing left to do.
pub(super) const DONE: &str = "done";

/// Where the add-ons are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Run {
    /// Nothing can be done now.
    Blocked(Blocked),
    /// This stage is next.
    Stage(At),
    /// The stages of this hook wait until Cluster API has rolled the topology out.
    Rollout(Way),
    /// Every stage is done: what the release does not have is removed.
    Finish(Way),
    /// The release is applied: it is kept as it is.
    Steady,
}

/// Why nothing can be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Blocked {
    /// The condition that says so.
    pub(super) condition: &'static str,
    /// Why.
    pub(super) failure: Failure,
    /// Its reason, if not that of the failure.
    pub(super) reason: Option<&'static str>,
    /// When to look again.
    pub(super) retry: Retry,
}

/// The hook whose stages run, and how far they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    /// The hook.
    pub(super) hook: Hook,
    /// Its stages as the status tells them.
    pub(super) told: Vec<StageStatus>,
    /// Why the rollout is not finished.
    pub(super) waits: Option<String>,
}

/// The stage that is next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct At {
    /// The hook.
    pub(super) way: Way,
    /// Place of the stage.
    pub(super) index: usize,
    /// The stage.
    pub(super) stage: Stage,
}

impl At {
    /// Its phase. One that waits for nothing is acted for at once.
    pub(super) fn phase(&self) -> &str {
        match self.way.told[self.index].phase.as_str() {
            "" | PENDING if self.stage.wait_for_pre_condition.is_none() => ACTING,
            "" => PENDING,
            phase => phase,
        }
    }

    /// The condition it waits for now.
    pub(super) fn condition(&self) -> Option<&WaitCondition> {
        match self.phase() {
            PENDING | BEFORE => self.stage.wait_for_pre_condition.as_ref(),
            AFTER => self.stage.wait_for_post_condition.as_ref(),
            _ => None,
        }
    }
}

/// Where the add-ons are.
pub(super) fn run(observed: &Observed) -> Run {
    if let Some(blocked) = blocked(observed) {
        return Run::Blocked(blocked);
    }
    let (Some(tag), Some(bundle), Some(cluster)) =
        (observed.tag(), observed.content(), observed.cluster.found())
    else {
        return Run::Blocked(not_pulled());
    };
    let status = observed.status();
    let release = tag.dash();
    let digest = bundle.digest().as_str();
    if is_applied(status, &release, Some(digest)) {
        return Run::Steady;
    }
    let begun = (status.target.as_deref() == Some(release.as_str()))
        .then(|| status.hook.as_deref().and_then(Hook::named))
        .flatten();
    let word = word(&observed.addon, &release);
    let waits = rollout_waits_for(cluster, observed.control_plane_version.as_deref());
    let first = first(observed, word, &release, waits.is_some());
    let mut hook = begun.unwrap_or(first);
    loop {
        let stages = stages_of(bundle, hook);
        let mut told = told(&stages, status, begun == Some(hook));
        if status.target.is_none() && hook == first {
            inherit(&mut told, word, status);
        }
        // Upstream removes what a release does not have before it calls it complete: nothing is left for after the rollout.
        let is_over = word == Word::Installed && stages.is_empty();
        let current = told.iter().position(|stage| stage.phase != DONE);
        let way = Way {
            hook,
            told,
            waits: None,
        };
        match current {
            _ if hook == Hook::AfterClusterUpgrade && waits.is_some() && !is_over => {
                return Run::Rollout(Way { waits, ..way });
            }
            Some(index) => {
                let stage = stages[index].clone();
                return Run::Stage(At { way, index, stage });
            }
            None if hook == Hook::BeforeClusterUpgrade => hook = Hook::AfterClusterUpgrade,
            None => return Run::Finish(way),
        }
    }
}

/// The hook whose stages come first.
fn first(observed: &Observed, word: Word, release: &str, is_rolling_out: bool) -> Hook {
    let is_upgrade = match word {
        Word::Running(hook) => return hook,
        Word::Installed => is_rolling_out,
        Word::Nothing => before(observed, observed.status(), release).is_some(),
    };
    if is_upgrade {
        Hook::BeforeClusterUpgrade
    } else {
        Hook::AfterControlPlaneInitialized
    }
}

/// Puts the stages of the first hook where upstream left them.
fn inherit(told: &mut [StageStatus], word: Word, status: &ClusterAddonStatus) {
    match word {
        Word::Running(_) => resumed(told, status),
        Word::Installed => told
            .iter_mut()
            .for_each(|stage| DONE.clone_into(&mut stage.phase)),
        Word::Nothing => {}
    }
}

/// Whether a release is applied completely. A run that was begun for another one spoils it: who goes back goes through the
/// stages again. Without `digest` any content of that release will do.
pub(crate) fn is_applied(status: &ClusterAddonStatus, release: &str, digest: Option<&str>) -> bool {
    let target = status.target.as_deref();
    status.hook.is_none()
        && target.is_none_or(|target| target == release)
        && status.applied.as_ref().is_some_and(|applied| {
            applied.release == release
                && digest.is_none_or(|digest| applied.digest.as_deref() == Some(digest))
        })
}

/// The release that was applied before; the word of an upstream installation counts until we know better.
fn before(observed: &Observed, status: &ClusterAddonStatus, release: &str) -> Option<String> {
    if let Some(applied) = &status.applied {
        return Some(applied.release.clone());
    }
    let upstream = complete(&observed.addon)?;
    let is_going_back = status.target.as_ref().is_some_and(|begun| begun != release);
    (upstream.dash() != release || is_going_back).then(|| upstream.dash())
}

/// The stages of a hook as the status tells them, or all pending.
fn told(stages: &[Stage], status: &ClusterAddonStatus, is_running: bool) -> Vec<StageStatus> {
    let same = is_running
        && status.stages.len() == stages.len()
        && status
            .stages
            .iter()
            .zip(stages)
            .all(|(told, stage)| told.name == stage.name);
    if same {
        return status.stages.clone();
    }
    let fresh = stages.iter().map(|stage| StageStatus {
        name: stage.name.clone(),
        action: Some(match stage.action {
            Action::Apply => StageAction::Apply,
            Action::Delete => StageAction::Delete,
        }),
        phase: PENDING.to_owned(),
        ..StageStatus::default()
    });
    fresh.collect()
}

fn blocked(observed: &Observed) -> Option<Blocked> {
    let waiting = |condition, reason, message: &str| Blocked {
        condition,
        failure: Failure::new(Cause::Unreachable, message),
        reason: Some(reason),
        retry: Retry::OnChange,
    };
    let failed = |condition, failure: &Failure| Blocked {
        condition,
        failure: failure.clone(),
        reason: None,
        retry: failure.retry(),
    };
    let cluster = match &observed.cluster {
        Fetched::Found(cluster) => cluster,
        Fetched::Missing => {
            return Some(waiting(
                types::CLUSTER_READY,
                reasons::CONTROL_PLANE_NOT_READY,
                "the Cluster does not exist",
            ));
        }
        Fetched::Failed(failure) => return Some(failed(types::CLUSTER_READY, failure)),
    };
    if observed.release.is_none() {
        return Some(waiting(
            types::RELEASE_DOWNLOADED,
            reasons::NOT_DOWNLOADED_YET,
            "the class of the Cluster belongs to no release that is known",
        ));
    }
    match &observed.bundle {
        Err(failure) => return Some(failed(types::RELEASE_DOWNLOADED, failure)),
        Ok(None) => return Some(not_pulled()),
        Ok(Some(_)) => {}
    }
    if !is_initialized(cluster) {
        return Some(waiting(
            types::CLUSTER_READY,
            reasons::CONTROL_PLANE_NOT_READY,
            "the control plane is not initialised yet",
        ));
    }
    match &observed.workload {
        Fetched::Found(()) => None,
        Fetched::Missing => Some(Blocked {
            retry: Retry::After(crate::retry::KUBECONFIG),
            ..waiting(
                types::CLUSTER_READY,
                reasons::CONTROL_PLANE_NOT_READY,
                "the Secret with the kubeconfig of the Cluster does not exist yet",
            )
        }),
        // The link tells when a silent cluster is back.
        Fetched::Failed(failure) => Some(Blocked {
            reason: (!failure.cause.needs_a_person()).then_some(reasons::CONTROL_PLANE_NOT_READY),
            retry: failure.retry().sooner(Retry::After(crate::retry::SILENT)),
            ..failed(types::CLUSTER_READY, failure)
        }),
    }
}

fn not_pulled() -> Blocked {
    Blocked {
        condition: types::RELEASE_DOWNLOADED,
        failure: Failure::new(Cause::Unreachable, "the release is not pulled yet"),
        reason: Some(reasons::NOT_DOWNLOADED_YET),
        retry: Retry::OnChange,
    }
}
