//! The add-ons of a Cluster: how its workload cluster is reached, what a stage waits for, renders and remembers, which
//! stage is next and what is reported.

mod cluster_state;
mod decision;
mod health;
mod helm_hooks;
mod kubeconfig;
mod observed;
mod plan;
mod recipe;
mod record;
mod render;
mod run;
mod status;
mod takeover;
mod validate;
mod values;
mod wait_condition;
mod work;

pub use decision::{Decision, decide};
pub use health::tells_health;
pub use helm_hooks::HookObject;
pub use kubeconfig::{Identity, KubeconfigError, WorkloadAccess, workload_access};
pub use observed::{
    Observed, StageObjects, addon_owner, applied_stages, awaited, may_look, reads, stages_of,
    workloads,
};
pub use plan::plan;
pub use recipe::{KnownStage, RenderedStage, StageRecipe, ValueSources};
pub use record::{RecordError, StageRecord, record_name};
pub(crate) use render::ONLY_STAGE;
pub use render::{
    AddonCharts, HookManifest, RELEASE_NAME, RELEASE_NAMESPACE, StageChart, StageInput,
    StageRender, render_identity, render_stage,
};
pub(crate) use run::is_applied;
pub use status::conclude;
pub use takeover::{LeftBehind, is_former, looks_back};
pub(crate) use takeover::{Word, word};
pub use validate::{may_create, may_update};
pub use values::{Objects, Values, ValuesError, values};
pub use wait_condition::{Verdict, holds};

#[cfg(test)]
mod tests;
