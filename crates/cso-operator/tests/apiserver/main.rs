//! The operator against a real API server: what it does to objects, and what it says about them.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step is a failed test; the builders are not test functions"
)]

mod addons;
mod admission;
mod bad_input;
mod cluster_api;
mod dependencies;
mod extension;
mod installation;
mod objects;
mod provider;
mod quickstart;
mod release;
mod removal;
mod repair;
mod replicas;
mod takeover;
mod workloads;
mod world;
