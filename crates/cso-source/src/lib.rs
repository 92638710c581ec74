//! Where releases come from: OCI registries, GitHub, local folders.
//!
//! A [`Source`] is asked which releases there are and for the content of one; a [`Store`] keeps what was pulled, by
//! digest; [`Pollers`] list each source once for all who follow it. Everything that comes back is hostile until its
//! digest, its size and its names are checked.

mod artifact;
mod blocking;
mod cache;
mod dependencies;
mod docker_config;
pub mod env;
mod error;
mod extract;
mod file;
mod github;
mod http;
mod limits;
mod local;
mod oci;
mod poller;
mod progress;
mod source;
mod spec;
mod store;

pub use artifact::Artifact;
pub use cache::Cache;
pub use dependencies::{ChartRepositories, DependencyError, Mirrors, Network, Resolver};
pub use docker_config::docker_config_credentials;
pub use error::{Error, Retry};
pub use extract::{ArchiveLimits, ExtractError, extract};
pub use limits::Limits;
pub use local::read_folder;
pub use oci::{Pushed, manifest, media_type};
pub use poller::{Listing, Pollers};
pub use progress::Transfer;
pub use source::{Source, TagList};
pub use spec::{Access, Credentials, GithubRepository, OciRepository, Secret, SourceSpec};
pub use store::Store;
