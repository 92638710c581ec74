//! What can keep the operator from starting or make it stop.

use std::net::SocketAddr;

/// Why the operator stops.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A flag or environment variable cannot be used.
    #[error("cannot use {setting}: {problem}")]
    Setting {
        /// The flag or variable.
        setting: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The system gives no threads or no event queue.
    #[error("failed to start the runtime")]
    Runtime {
        /// Cause.
        source: std::io::Error,
    },
    /// Logging was started twice.
    #[error("failed to start logging")]
    Telemetry {
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No way to reach an API server was found.
    #[error(
        "failed to find the API server: neither a kubeconfig nor a service account can be used"
    )]
    Infer {
        /// Cause.
        source: Box<kube::config::InferConfigError>,
    },
    /// The client cannot be built.
    #[error("failed to set up the client of the API server")]
    Client {
        /// Cause.
        source: Box<kube::Error>,
    },
    /// An address cannot be listened on.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Cause.
        source: std::io::Error,
    },
    /// A store of pulled releases cannot be opened.
    #[error("failed to open the store of releases")]
    Store {
        /// Cause.
        source: Box<cso_source::Error>,
    },
    /// Another replica leads now.
    #[error("lost the lease {lease}: another replica may write now")]
    LostLease {
        /// Namespace and name.
        lease: String,
    },
    /// A part of the operator ended by itself.
    #[error("{part} ended unexpectedly")]
    Ended {
        /// Which.
        part: &'static str,
    },
}

/// An error with its causes, as one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
