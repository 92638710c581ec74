//! Decides what the in-process registry remembers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Access, Fault};

#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) blobs: BTreeMap<String, Bytes>,
    /// By digest.
    pub(super) manifests: BTreeMap<String, Manifest>,
    /// Tag to digest.
    pub(super) tags: BTreeMap<String, String>,
    /// Uploads that are not finished, by number.
    pub(super) uploads: BTreeMap<u64, Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) access: Access,
    pub(super) address: SocketAddr,
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) faults: Vec<Fault>,
    pub(super) requests: Vec<String>,
    pub(super) next_upload: u64,
}

impl State {
    pub(super) fn new(access: Access, address: SocketAddr) -> Self {
        Self {
            access,
            address,
            repositories: BTreeMap::new(),
            faults: Vec::new(),
            requests: Vec::new(),
            next_upload: 0,
        }
    }

    pub(super) fn repository(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }

    pub(super) fn add_blob(&mut self, repository: &str, blob: Bytes) -> String {
        let digest = digest(&blob);
        self.repository(repository)
            .blobs
            .insert(digest.clone(), blob);
        digest
    }

    pub(super) fn add_manifest(
        &mut self,
        name: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: Bytes,
    ) -> String {
        let digest = digest(&bytes);
        let repository = self.repository(name);
        repository.manifests.insert(
            digest.clone(),
            Manifest {
                media_type: media_type.to_owned(),
                bytes,
            },
        );
        if let Some(tag) = tag {
            repository.tags.insert(tag.to_owned(), digest.clone());
        }
        digest
    }

    pub(super) fn remove_tag(&mut self, repository: &str, tag: &str) {
        self.repository(repository).tags.remove(tag);
    }
}

/// A test that panicked while it held the lock has failed already; the others go on.
pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `sha256:<hex>`.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
