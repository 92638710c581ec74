//! Decides how a release is pulled: tag to digest once, everything after by digest, every byte verified.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::Digest;
use reqwest::Method;

use super::Repository;
use crate::artifact::{Artifact, Entry, of_manifest};
use crate::error::Error;
use crate::http;

const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

impl Repository {
    /// The digest a tag points to, by HEAD; by GET where the registry leaves the header out.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tag, and anything else the registry says.
    pub(crate) async fn resolve(&self, tag: &str) -> Result<Digest, Error> {
        http::retry(|| self.head(tag)).await
    }

    async fn head(&self, tag: &str) -> Result<Digest, Error> {
        let what = self.name(tag);
        let url = self.url(&format!("manifests/{tag}"));
        let response = self
            .request(&what, Method::HEAD, &url, &|request| {
                request.header("accept", ACCEPT)
            })
            .await?;
        match response.headers().get("docker-content-digest") {
            Some(digest) => digest
                .to_str()
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or(Error::Malformed {
                    what,
                    problem: "the registry's digest header is not a SHA-256 digest".to_owned(),
                }),
            None => Ok(Digest::of(&self.get_manifest(tag).await?)),
        }
    }

    /// The manifest and all files it names, verified.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] when something is not what its digest says, [`Error::TooLarge`] when a limit is
    /// passed, and anything the registry says.
    pub(crate) async fn pull(&self, digest: &Digest) -> Result<Artifact, Error> {
        let what = self.name(digest.as_str());
        let index = http::retry(|| self.verified_manifest(digest)).await?;
        let entries = of_manifest(&what, &index, &self.limits)?;
        let wanted: BTreeMap<&Digest, &Entry> = entries.iter().map(|e| (&e.digest, e)).collect();
        let sizes = wanted.values().filter_map(|entry| entry.size);
        self.progress.begin(sizes.sum());
        let mut blobs: BTreeMap<&Digest, Arc<[u8]>> = BTreeMap::new();
        for (digest, entry) in wanted {
            let bytes = http::retry(|| self.blob(entry)).await?;
            self.progress.finish(bytes.len());
            blobs.insert(digest, bytes.into());
        }
        Artifact::verify(index, &entries, |entry| blobs.get(&entry.digest).cloned())
    }

    pub(super) async fn verified_manifest(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        let index = self.get_manifest(digest.as_str()).await?;
        let found = Digest::of(&index);
        if &found == digest {
            return Ok(index);
        }
        Err(Error::DigestMismatch {
            what: self.name(digest.as_str()),
            expected: digest.to_string(),
            found: found.to_string(),
        })
    }

    async fn get_manifest(&self, reference: &str) -> Result<Vec<u8>, Error> {
        let what = self.name(reference);
        let url = self.url(&format!("manifests/{reference}"));
        let response = self
            .request(&what, Method::GET, &url, &|request| {
                request.header("accept", ACCEPT)
            })
            .await?;
        http::bytes(&what, response, self.limits.manifest_bytes, http::DEADLINE).await
    }

    pub(super) async fn blob(&self, entry: &Entry) -> Result<Vec<u8>, Error> {
        let what = format!(
            "file {} of {}/{}",
            entry.name, self.place.registry, self.place.repository
        );
        let url = self.url(&format!("blobs/{}", entry.digest));
        let response = self
            .request(&what, Method::GET, &url, &|request| request)
            .await?;
        let size = entry.size.unwrap_or(self.limits.file_bytes);
        let bytes = http::bytes(&what, response, size, http::transfer_deadline(size)).await?;
        entry.check(&bytes)?;
        Ok(bytes)
    }
}
