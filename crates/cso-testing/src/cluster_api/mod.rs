//! Decides what stands for Cluster API and its infrastructure providers: definitions alone, or the real managers with
//! clusters whose machines are in memory.

mod class;
mod cluster;
mod hook_server;
pub(crate) mod install;
mod manifests;
mod module;
mod providers;

pub use class::in_memory;
pub use cluster::{RunningCluster, TopologyCluster};
pub use hook_server::{Call, HookServer};
pub use install::{install, objects};
pub use manifests::{Manifests, manifests};
pub use module::definitions;
pub use providers::{permissive, providers};
