//! Decides which custom resource definitions stand in for Cluster API and its infrastructure providers.

mod install;
mod module;
mod providers;

pub use install::install;
pub use module::definitions;
pub use providers::{permissive, providers};
