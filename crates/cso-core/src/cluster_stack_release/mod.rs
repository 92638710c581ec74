//! `ClusterStackRelease`: pull once, wait for the provider, render, apply, heal, remove.

mod chart;
mod observed;
mod plan;
mod render;
mod status;
mod validate;

pub use chart::documents;
pub use observed::{Artifact, Observed, Provider, Reads, pin, reads};
pub use plan::plan;
pub use render::{helm_release_name, objects};
pub use status::conclude;
pub use validate::may_delete;
