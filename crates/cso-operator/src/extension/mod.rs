//! The runtime extension: Cluster API asks at points of a Cluster's life, every replica answers from what it has seen.
//!
//! What is answered is decided in [`cso_core::hooks`]. Handlers read state and answer; they write nothing.

mod answers;
pub(crate) mod definitions;
mod registrar;
mod routes;

pub use answers::{Answers, Sight};
pub(crate) use registrar::{Place, Registrar};
pub use routes::routes;
