//! Decides what the in-process OCI registry is: loopback HTTP, everything in memory, faults on demand. For unit tests.
//!
//! It speaks the part of the OCI distribution specification that pushes and pulls use, and answers as the CNCF
//! registry does: same status codes, error bodies, `Docker-Content-Digest`, `Link` pagination, token challenges.

mod access;
mod blobs;
mod fault;
mod manifests;
mod reply;
mod route;
mod state;
mod tags;

pub use access::Access;
pub use fault::Fault;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use state::State;

/// A registry that lives as long as this value and the runtime it was started on.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Registry {
    /// Starts an empty registry that anybody may read and write.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_with(Access::Anonymous).await
    }

    /// Starts an empty registry that asks for credentials.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start_with(access: Access) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::new(access, address)));
        let router = Router::new()
            .fallback(route::route)
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            // `serve` ends only with its task.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self {
            address,
            state,
            server,
        })
    }

    /// `host:port`, as it stands in a reference; plain HTTP.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Adds a fault. Faults stay until [`Registry::heal`].
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Takes every fault away.
    pub fn heal(&self) {
        self.lock().faults.clear();
    }

    /// Stores a blob without HTTP and returns its digest.
    pub fn add_blob(&self, repository: &str, blob: impl Into<Bytes>) -> String {
        self.lock().add_blob(repository, blob.into())
    }

    /// Stores a manifest under a tag without HTTP and returns its digest. A tag that exists moves.
    pub fn add_manifest(
        &self,
        repository: &str,
        tag: &str,
        media_type: &str,
        manifest: impl Into<Bytes>,
    ) -> String {
        self.lock()
            .add_manifest(repository, Some(tag), media_type, manifest.into())
    }

    /// Removes a tag; its manifest stays.
    pub fn remove_tag(&self, repository: &str, tag: &str) {
        self.lock().remove_tag(repository, tag);
    }

    /// Every request so far, as `METHOD path?query`, oldest first.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        state::lock(&self.state)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.server.abort();
    }
}
