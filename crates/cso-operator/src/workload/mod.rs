//! Workload clusters: how each is reached, what it serves, whether it answers. What one of them costs, when it is slow or
//! gone, it costs nobody else.

mod access;
mod capabilities;
mod link;
mod objects;
mod pool;

pub use link::Workload;
pub use pool::{Settings, Workloads};
