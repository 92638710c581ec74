//! The lifecycle hooks of Cluster API's runtime SDK: what is asked, what is announced, how an answer is written down.
//!
//! Hooks are questions, not commands: nothing here remembers a call. Shapes are those of
//! `hooks.runtime.cluster.x-k8s.io/v1alpha1` as Cluster API 1.10 to 1.14 sends and reads them.

mod answer;
mod decide;
mod discovery;
mod hook;
mod registration;
mod request;

pub use answer::{Answer, RETRY_AFTER, reply};
pub use decide::{Facts, addon_name, decide};
pub use discovery::{Catalogue, announced, discovery, hooks_annotation};
pub use hook::Hook;
pub use registration::{
    Authority, Endpoint, HOOKS_ANNOTATION, INJECTION_ANNOTATION, RUNTIME_GROUP, RUNTIME_VERSIONS,
    Registration, injects, registration,
};
pub use request::{BODY_LIMIT, Error, Request, parse};

/// `apiVersion` of requests and responses.
pub const API_VERSION: &str = "hooks.runtime.cluster.x-k8s.io/v1alpha1";
