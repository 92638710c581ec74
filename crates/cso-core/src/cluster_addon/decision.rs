//! Where the add-ons of a Cluster are and what they lack, decided once: what is written and what is reported go by it.

use super::Observed;
use super::plan::{is_announced, objects_plan, planned};
use super::run::{Run, run};
use super::status::concluded;
use super::work::{Work, work};
use crate::effect::{Conclusion, Executed, Plan};
use crate::manifests::ApplyPlan;
use cso_api::ClusterAddonStatus;

/// What is decided about the add-ons of a Cluster as they were observed.
pub struct Decision<'a> {
    pub(super) observed: &'a Observed,
    /// Where they are; `None` while nothing may be done.
    pub(super) run: Option<Run>,
    /// What is to be made of the workload cluster; `None` = nothing now.
    pub(super) task: Option<Task>,
}

/// Work, compared with the workload cluster.
pub(super) struct Task {
    pub(super) work: Work,
    /// What to apply and remove.
    pub(super) objects: ApplyPlan,
    /// Whether the inventory names every object.
    pub(super) is_announced: bool,
}

/// Decides.
pub fn decide(observed: &Observed) -> Decision<'_> {
    let may_act = !observed.is_deleting() && observed.held().is_none();
    let run = may_act.then(|| run(observed));
    let task = run.as_ref().and_then(|run| {
        let work = work(observed, run)?;
        Some(Task {
            objects: objects_plan(observed, &work),
            is_announced: is_announced(observed, &work),
            work,
        })
    });
    Decision {
        observed,
        run,
        task,
    }
}

impl Decision<'_> {
    /// The writes of the pass.
    pub fn plan(&self) -> Plan {
        planned(self)
    }

    /// Status, retry and events after them.
    pub fn conclude(&self, executed: &Executed) -> Conclusion<ClusterAddonStatus> {
        concluded(self, executed)
    }
}
