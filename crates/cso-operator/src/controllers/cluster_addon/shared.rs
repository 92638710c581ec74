//! Decides which render of a stage serves other Clusters too: one of the same chart, values and capabilities that took
//! nothing from clock or randomness but what was recorded. Such a stage is rendered once, however many Clusters want it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cluster_stack::Digest;
use cso_core::cluster_addon::{RenderedStage, StageObjects, StageRecipe, StageRecord};
use cso_core::manifests::Kinds;

/// What is known of the renders of one identity.
#[derive(Default)]
pub(super) enum Known {
    /// Nothing: who holds this renders, the others wait.
    #[default]
    Nothing,
    /// One that serves all where these kinds are served, as long as somebody uses it.
    Common(Arc<Kinds>, Weak<StageRecord>, Weak<StageObjects>),
    /// Every Cluster has its own.
    Own,
}

impl Known {
    /// The render that serves for this recipe.
    pub(super) fn common(&self, recipe: &StageRecipe) -> Option<RenderedStage> {
        let Self::Common(served, record, objects) = self else {
            return None;
        };
        if served != recipe.kinds() {
            return None;
        }
        Some(recipe.as_rendered(record.upgrade()?, objects.upgrade()?))
    }

    /// What is known after a render of this recipe.
    pub(super) fn after(rendered: &RenderedStage, recipe: &StageRecipe) -> Self {
        if recipe.is_closed(rendered) {
            let (record, objects) = (&rendered.record, &rendered.objects);
            let kinds = Arc::clone(recipe.kinds());
            Self::Common(kinds, Arc::downgrade(record), Arc::downgrade(objects))
        } else {
            Self::Own
        }
    }
}

/// Held while rendering.
pub(super) type Slot = Arc<tokio::sync::Mutex<Known>>;

/// The renders by identity. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<BTreeMap<Digest, Slot>>>);

impl Shared {
    /// The place of the renders of this identity.
    pub(super) fn slot(&self, identity: &Digest) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(identity) {
            return Arc::clone(slot);
        }
        slots.retain(|_, slot| is_used(slot));
        Arc::clone(slots.entry(identity.clone()).or_default())
    }
}

fn is_used(slot: &Slot) -> bool {
    let Ok(known) = slot.try_lock() else {
        return true;
    };
    match &*known {
        Known::Common(_, _, objects) => objects.strong_count() > 0,
        Known::Nothing | Known::Own => Arc::strong_count(slot) > 1,
    }
}
