//! The closed list of writes the operator can make, and the proof that every planned write has an outcome.
//!
//! Objects of a release lie in the management cluster, those of add-ons in the workload cluster the pass is about.
//! Besides these, a pass ends with the status of its own object and its events (a `Conclusion`); nothing else is written.

use cluster_stack::{Pin, ReleaseTag};
use cso_api::Source;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;

use crate::failure::Failure;
use crate::manifests::{Applied, Manifest, ObjectId};
use crate::retry::Retry;

/// One write.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Add a finalizer to an object of ours: JSON patch guarded by `uid` and `resource_version`.
    AddFinalizer(Finalizer),
    /// Remove a finalizer from an object of ours: JSON patch guarded by `uid` and `resource_version`.
    RemoveFinalizer(Finalizer),
    /// Server-side apply (force) of a `ClusterStackRelease`.
    ApplyRelease(Manifest),
    /// Server-side apply (force) of a `ClusterAddon` that does not exist yet.
    ApplyAddon(Manifest),
    /// Remove `spec.providerRef` of a `ClusterStackRelease`: merge patch guarded by the uid.
    ClearProviderRef(Target),
    /// Delete a `ClusterStackRelease`, uid precondition, background propagation. Missing counts as done.
    DeleteRelease(Target),
    /// Server-side apply (force) of a provider object.
    ApplyProviderObject(Manifest),
    /// Pull a release, and the charts it needs and does not ship, into the cache. With a pin nothing else may be accepted.
    Pull {
        /// The release.
        tag: ReleaseTag,
        /// Where from; the operator's default source if `None`.
        source: Option<Source>,
        /// What was pulled before.
        pinned: Option<Pin>,
    },
    /// Replace `metadata.managedFields` of an object: JSON patch guarded by `uid` and `resource_version`.
    AdoptFields {
        /// The object.
        id: ObjectId,
        /// API version to address it in.
        version: String,
        /// Its uid.
        uid: String,
        /// The version of the object the new entries were computed from.
        resource_version: String,
        /// The new entries.
        managed_fields: Vec<ManagedFieldsEntry>,
    },
    /// Server-side apply (force) of an object of a release, or of an add-on in its workload cluster. The outcome is [`Outcome::Applied`].
    ApplyObject(Manifest),
    /// Delete an object of a release, or of an add-on in its workload cluster, uid precondition, background propagation. Missing counts as done.
    DeleteObject(Target),
}

/// An existing object, exactly this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub id: ObjectId,
    /// API version to address it in, for example `v1beta2`.
    pub version: String,
    /// Precondition.
    pub uid: String,
}

/// A finalizer of an object in its known state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalizer {
    /// The object.
    pub target: Target,
    /// Precondition: a list is replaced, so nobody may have changed it meanwhile.
    pub resource_version: String,
    /// The finalizers the object has afterwards.
    pub finalizers: Vec<String>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done; there is nothing more to know.
    Done,
    /// An object was applied; the record lets a later pass see that nothing has to be done.
    Applied(Applied),
    /// It failed.
    Failed(Failure),
    /// An earlier wave failed, or the operator lost its lease: not tried.
    NotTried,
}

/// What to write in this pass, in waves, and when to look again if all goes well.
///
/// Effects of one wave are independent and may run concurrently. A wave starts only when every effect of all earlier
/// waves succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    waves: Vec<Vec<Effect>>,
    retry: Retry,
}

impl Plan {
    /// Nothing to write.
    pub fn nothing(retry: Retry) -> Self {
        Self {
            waves: Vec::new(),
            retry,
        }
    }

    /// One wave.
    pub fn wave(effects: Vec<Effect>, retry: Retry) -> Self {
        Self::waves(vec![effects], retry)
    }

    /// Several waves; empty ones are dropped.
    pub fn waves(waves: Vec<Vec<Effect>>, retry: Retry) -> Self {
        let waves = waves.into_iter().filter(|wave| !wave.is_empty()).collect();
        Self { waves, retry }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.waves.is_empty()
    }

    /// Every effect, in order.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.waves.iter().flatten()
    }

    /// When to look again if every effect succeeds.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// Begins the execution.
    pub fn start(self) -> Execution {
        Execution {
            waiting: self.waves.into_iter(),
            settled: Vec::new(),
            retry: self.retry,
            failed: false,
            next: 0,
        }
    }
}

/// A plan that is being executed: take a wave, settle every ticket of it, take the next, finish.
#[derive(Debug)]
pub struct Execution {
    waiting: std::vec::IntoIter<Vec<Effect>>,
    settled: Vec<Settled>,
    retry: Retry,
    failed: bool,
    next: usize,
}

impl Execution {
    /// The effects that may run now; `None` when all ran or one failed.
    pub fn next_wave(&mut self) -> Option<Vec<Ticket>> {
        if self.failed {
            return None;
        }
        let wave = self.waiting.next()?;
        Some(self.tickets(wave))
    }

    /// Takes the outcomes of a wave, in any order.
    pub fn settle(&mut self, settled: Vec<Settled>) {
        self.failed |= settled
            .iter()
            .any(|one| matches!(one.outcome, Outcome::Failed(_) | Outcome::NotTried));
        self.settled.extend(settled);
    }

    /// Ends the execution. Waves that did not start are [`Outcome::NotTried`].
    pub fn finish(mut self) -> Executed {
        for wave in std::mem::take(&mut self.waiting) {
            let rest: Vec<Settled> = self
                .tickets(wave)
                .into_iter()
                .map(|ticket| ticket.settle(Outcome::NotTried))
                .collect();
            self.settled.extend(rest);
        }
        self.settled.sort_by_key(|settled| settled.index);
        Executed {
            settled: self.settled,
            retry: self.retry,
        }
    }

    fn tickets(&mut self, wave: Vec<Effect>) -> Vec<Ticket> {
        let first = self.next;
        self.next += wave.len();
        wave.into_iter()
            .enumerate()
            .map(|(offset, effect)| Ticket {
                index: first + offset,
                effect,
            })
            .collect()
    }
}

/// The right and the duty to execute one effect once. Not `Clone`: an effect has at most one outcome.
#[derive(Debug)]
#[must_use = "an effect without an outcome is missing from the report"]
pub struct Ticket {
    index: usize,
    effect: Effect,
}

impl Ticket {
    /// What to do.
    pub fn effect(&self) -> &Effect {
        &self.effect
    }

    /// Says what became of it.
    pub fn settle(self, outcome: Outcome) -> Settled {
        Settled {
            index: self.index,
            effect: self.effect,
            outcome,
        }
    }
}

/// An effect with its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    index: usize,
    effect: Effect,
    outcome: Outcome,
}

impl Settled {
    /// What was to be done.
    pub fn effect(&self) -> &Effect {
        &self.effect
    }

    /// What became of it.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// A plan with the outcome of each effect. Obtained only from [`Execution::finish`].
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    settled: Vec<Settled>,
    retry: Retry,
}

impl Executed {
    /// Every effect with its outcome, in the order of the plan.
    pub fn settled(&self) -> impl Iterator<Item = (&Effect, &Outcome)> {
        self.settled
            .iter()
            .map(|settled| (&settled.effect, &settled.outcome))
    }

    /// Every failed effect with its failure, in the order of the plan.
    pub fn failures(&self) -> impl Iterator<Item = (&Effect, &Failure)> {
        self.settled()
            .filter_map(|(effect, outcome)| match outcome {
                Outcome::Failed(failure) => Some((effect, failure)),
                Outcome::Done | Outcome::Applied(_) | Outcome::NotTried => None,
            })
    }

    /// Whether the plan was empty.
    pub fn is_empty(&self) -> bool {
        self.settled.is_empty()
    }

    /// Whether every effect succeeded.
    pub fn succeeded(&self) -> bool {
        self.settled
            .iter()
            .all(|one| matches!(one.outcome, Outcome::Done | Outcome::Applied(_)))
    }

    /// When to look again, failures considered: the soonest any of them asks for, else what the plan says.
    pub fn retry(&self) -> Retry {
        let failed = self
            .failures()
            .map(|(_, failure)| failure.retry())
            .reduce(Retry::sooner);
        match failed {
            // A conflict seen again and again must not spin.
            Some(Retry::Now) => Retry::Backoff,
            Some(retry) => retry,
            None if self.succeeded() => self.retry,
            None => Retry::Backoff,
        }
    }
}

/// What a pass ends with: the new status, when to look again, what to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion<S> {
    /// The status to write; `None` if it is what the object already has.
    pub status: Option<S>,
    /// When to look again.
    pub retry: Retry,
    /// Events about the object, only for what changed in this pass.
    pub events: Vec<Event>,
}

/// An event about the reconciled object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether a person should look.
    pub severity: Severity,
    /// One CamelCase word.
    pub reason: String,
    /// What happened.
    pub message: String,
}

/// Whether a person should look at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

#[cfg(test)]
mod tests;
