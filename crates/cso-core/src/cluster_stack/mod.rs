//! `ClusterStack`: which releases exist, and what the stack says about them.

mod observed;
mod orphans;
mod plan;
mod provider;
mod retention;
mod status;
mod validate;

pub use observed::{Observed, Remote};
pub use orphans::MarkedClass;
pub use plan::plan;
pub(crate) use provider::provider_name;
pub use retention::{Retention, retention};
pub use status::{conclude, phase};
pub use validate::{Selection, may_create, may_delete, may_update, select};
