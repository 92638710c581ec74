//! What is remembered of add-ons between passes. Forgetting is safe: releases are in the store, records in the workload
//! cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster_stack::{Bundle, Digest};
use cso_core::cluster_addon::{AddonCharts, KnownStage, StageChart};
use cso_core::effect::Executed;
use cso_core::failure::Failure;

use super::shared::Shared;
use crate::tracker::ReleaseKey;

/// How many releases are kept unpacked.
const RELEASES: usize = 8;

/// The add-ons of a release, unpacked.
pub(crate) struct Addons {
    pub(crate) bundle: Arc<Bundle>,
    /// The chart of each stage the release applies.
    pub(crate) charts: BTreeMap<String, Result<Arc<StageChart>, Failure>>,
}

impl Addons {
    pub(crate) fn unpack(bundle: Arc<Bundle>) -> Result<Self, Failure> {
        let unpacked = AddonCharts::unpack(&bundle)?;
        let charts = cso_core::cluster_addon::applied_stages(&bundle)
            .into_iter()
            .map(|stage| {
                let chart = unpacked.stage(&stage).map(Arc::new);
                (stage, chart)
            })
            .collect();
        Ok(Self { bundle, charts })
    }
}

/// The memory. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct AddonMemory {
    state: Arc<Mutex<State>>,
    /// Renders that serve several Clusters.
    pub(super) shared: Shared,
}

#[derive(Default)]
struct State {
    /// Those used last, newest at the end.
    releases: Vec<Arc<Addons>>,
    stages: BTreeMap<ReleaseKey, BTreeMap<String, KnownStage>>,
}

impl AddonMemory {
    /// The unpacked release of that digest.
    pub(crate) fn release(&self, digest: &Digest) -> Option<Arc<Addons>> {
        let mut state = self.lock();
        let place = state
            .releases
            .iter()
            .position(|known| known.bundle.digest() == digest)?;
        let found = state.releases.remove(place);
        state.releases.push(Arc::clone(&found));
        Some(found)
    }

    /// Keeps an unpacked release.
    pub(crate) fn keep(&self, addons: Addons) -> Arc<Addons> {
        let addons = Arc::new(addons);
        let mut state = self.lock();
        if state.releases.len() >= RELEASES {
            state.releases.remove(0);
        }
        state.releases.push(Arc::clone(&addons));
        addons
    }

    /// What is remembered of a stage.
    pub(crate) fn stage(&self, owner: &ReleaseKey, stage: &str) -> KnownStage {
        let state = self.lock();
        let known = state.stages.get(owner).and_then(|all| all.get(stage));
        known.cloned().unwrap_or_default()
    }

    /// Remembers a stage.
    pub(crate) fn learn(&self, owner: &ReleaseKey, stage: &str, known: KnownStage) {
        let mut state = self.lock();
        let stages = state.stages.entry(owner.clone()).or_default();
        stages.insert(stage.to_owned(), known);
    }

    /// Takes in what a pass over the add-ons wrote.
    pub(crate) fn wrote(&self, owner: &ReleaseKey, executed: &Executed) {
        let mut state = self.lock();
        let stages = state.stages.get_mut(owner).into_iter().flatten();
        for (_, known) in stages {
            known.learn(executed);
        }
    }

    /// Forgets all but the releases of owners that the test refuses.
    pub(crate) fn retain(&self, exists: impl Fn(&ReleaseKey) -> bool) {
        self.lock().stages.retain(|owner, _| exists(owner));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
