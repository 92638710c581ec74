//! Decides how a release is written to a registry: the same files always give the same manifest.

use std::collections::BTreeMap;

use cluster_stack::{Digest, Files, ReleaseTag, file};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use reqwest::{Method, Url};

use super::Repository;
use crate::artifact::TITLE;
use crate::error::Error;
use crate::http;

const ARTIFACT_TYPE: &str = "application/vnd.scs.cluster-stacks.v1";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
const EMPTY: &[u8] = b"{}";

/// What a push came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The tag is new.
    Created(Digest),
    /// The tag was there with the same content; nothing was written.
    Unchanged(Digest),
}

/// The media type that upstream's `csctl` gives a file, found by name.
pub fn media_type(name: &str) -> &'static str {
    let archive = |part: &str| name.contains(part) && name.strip_suffix(".tgz").is_some();
    match name {
        file::CLUSTER_ADDON => "application/vnd.scs.cluster-addon.config.layer.v1+yaml",
        file::METADATA => "application/vnd.scs.metadata.layer.v1+yaml",
        file::NODE_IMAGES => "application/vnd.scs.node-image.config.layer.v1+yaml",
        file::HASHES => "application/vnd.scs.hashes.layer.v1+yaml",
        _ if archive("cluster-addon") => "application/vnd.scs.cluster-addon.layer.v1.tar+gzip",
        _ if archive("cluster-class") => "application/vnd.scs.cluster-class.v1.tar+gzip",
        _ if archive("node-image") => "application/vnd.scs.node-image.layer.v1.tar+gzip",
        _ => "application/vnd.oci.image.layer.v1.tar",
    }
}

/// The manifest of a release: layers in the order of their names, no time, so that it can be reproduced.
///
/// # Panics
/// Never: the manifest is made of strings and numbers, which JSON can always hold.
pub fn manifest(files: &Files, annotations: BTreeMap<String, String>) -> Vec<u8> {
    let layers = files.iter().map(|(name, bytes)| OciDescriptor {
        annotations: Some(BTreeMap::from([(TITLE.to_owned(), name.clone())])),
        ..descriptor(media_type(name), bytes)
    });
    let manifest = OciImageManifest {
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: Some(ARTIFACT_TYPE.to_owned()),
        config: descriptor(EMPTY_TYPE, EMPTY),
        layers: layers.collect(),
        annotations: Some(annotations),
        ..OciImageManifest::default()
    };
    serde_json::to_vec(&manifest).expect("a manifest is made of strings and numbers")
}

fn descriptor(media_type: &str, bytes: &[u8]) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: bytes.len() as i64,
        ..OciDescriptor::default()
    }
}

impl Repository {
    /// Writes a release under its tag, dash form, manifest last.
    ///
    /// # Errors
    /// [`Error::TagTaken`] when the tag exists with other content: published releases do not change.
    pub(crate) async fn push(
        &self,
        tag: &ReleaseTag,
        files: &Files,
        annotations: BTreeMap<String, String>,
    ) -> Result<Pushed, Error> {
        let manifest = manifest(files, annotations);
        let digest = Digest::of(&manifest);
        match self.resolve(&tag.dash()).await {
            Ok(found) if found == digest => return Ok(Pushed::Unchanged(digest)),
            Ok(found) => {
                return Err(Error::TagTaken {
                    tag: tag.dash(),
                    published: Box::new(found),
                    yours: Box::new(digest),
                });
            }
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        self.push_blob("config", EMPTY).await?;
        let total = files.values().map(|bytes| bytes.len() as u64).sum();
        self.progress.begin(total);
        for (name, bytes) in files {
            self.push_blob(name, bytes).await?;
            self.progress.finish(bytes.len());
        }
        let what = self.name(&tag.dash());
        let url = self.url(&format!("manifests/{}", tag.dash()));
        let put = |request: reqwest::RequestBuilder| {
            request
                .header("content-type", MANIFEST)
                .body(manifest.clone())
        };
        http::retry(|| self.request(&what, Method::PUT, &url, &put)).await?;
        Ok(Pushed::Created(digest))
    }

    async fn push_blob(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let what = format!(
            "file {name} for {}/{}",
            self.place.registry, self.place.repository
        );
        let digest = Digest::of(bytes);
        match self
            .request(
                &what,
                Method::HEAD,
                &self.url(&format!("blobs/{digest}")),
                &|request| request,
            )
            .await
        {
            Ok(_) => return Ok(()),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        http::retry(|| self.upload(&what, &digest, bytes)).await
    }

    async fn upload(&self, what: &str, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
        let malformed = || Error::Malformed {
            what: what.to_owned(),
            problem: "the registry gave no address to upload to".to_owned(),
        };
        let start = self.url("blobs/uploads/");
        let response = self
            .request(what, Method::POST, &start, &|request| {
                request.header("content-length", "0")
            })
            .await?;
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .ok_or_else(malformed)?;
        let base = Url::parse(&start).map_err(|_| malformed())?;
        let mut url = base.join(location).map_err(|_| malformed())?;
        if url.origin() != base.origin() {
            let reason = "uploads go to the registry itself";
            return Err(Error::Redirect {
                what: what.to_owned(),
                target: url.origin().ascii_serialization(),
                reason,
            });
        }
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        let put = |request: reqwest::RequestBuilder| {
            request
                .header("content-type", "application/octet-stream")
                .body(bytes.to_vec())
        };
        self.request(what, Method::PUT, url.as_str(), &put)
            .await
            .map(drop)
    }
}
