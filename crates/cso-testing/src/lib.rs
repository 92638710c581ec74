//! Test bed and builders; for tests, the demo and benchmarks only.

pub mod assets;
pub mod bed;
pub mod cluster_api;
pub mod pins;

pub use bed::{Options, TestBed, TestNamespace};
