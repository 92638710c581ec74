//! The Cluster Stack Operator's shell: it reads, executes and reports what `cso-core` decides.

mod api_client;
mod api_server;
mod args;
mod config;
mod context;
mod controllers;
mod discovery;
mod error;
mod execute;
pub mod extension;
mod health;
mod leader;
mod memory;
mod metrics;
mod release_phases;
mod run;
pub mod serving;
mod sources;
mod telemetry;
mod tracker;
mod watches;

pub use api_client::client;
pub use api_server::ApiServer;
pub use args::{Args, LogFormat, SourceKind, go_spelling, listen_address};
pub use config::{Config, Election, Extension, resolve};
pub use context::Context;
pub use discovery::{Catalogue, Kinds, Served};
pub use error::{Error, chain};
pub use execute::execute;
pub use health::{metrics as metrics_routes, probes};
pub use leader::{Candidate, LEASE, Settings as LeaderSettings};
pub use metrics::Metrics;
pub use run::{run, start};
pub use sources::Sources;
pub use telemetry::start as start_logging;
pub use tracker::{ReleaseKey, Tracker};
