//! Test bed and builders; for tests, the demo and benchmarks only.

pub mod assets;
pub mod bed;
pub mod charts;
pub mod cluster_api;
pub mod dump;
pub mod fixtures;
pub mod pins;
pub mod registry;
pub mod wait;

pub use bed::{Options, TestBed, TestNamespace, WorkloadServer};
pub use registry::Registry;
