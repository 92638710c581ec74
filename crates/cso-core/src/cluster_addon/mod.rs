//! The add-ons of a Cluster: how its workload cluster is reached, what a stage waits for, renders and remembers.

mod kubeconfig;
mod record;
mod render;
mod values;
mod wait_condition;

pub use kubeconfig::{Identity, KubeconfigError, WorkloadAccess, workload_access};
pub use record::{RecordError, StageRecord, record_name};
pub use render::{
    AddonCharts, HookManifest, RELEASE_NAME, RELEASE_NAMESPACE, StageChart, StageInput,
    StageRender, render_identity, render_stage,
};
pub use values::{Objects, Values, ValuesError, values};
pub use wait_condition::{Verdict, holds};
