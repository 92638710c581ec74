//! Decides how the releases of a GitHub repository are read: all pages, by tag, assets by exact name.

use std::collections::{BTreeMap, BTreeSet};

use cluster_stack::{Digest, Files, ReleaseTag};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::artifact::{Artifact, digest_of_entries};
use crate::error::Error;
use crate::http;
use crate::limits::{Limits, is_plain_name};
use crate::progress::Progress;
use crate::spec::{Access, Credentials, GithubRepository};

const PAGE: usize = 100;

/// A GitHub repository and the means to read it.
#[derive(Debug)]
pub(crate) struct Github {
    place: GithubRepository,
    credentials: Credentials,
    limits: Limits,
    client: Client,
    progress: Progress,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    id: u64,
    name: String,
    size: u64,
    /// `sha256:…`, which GitHub computes since 2025.
    digest: Option<String>,
}

impl Github {
    /// Prepares to talk; nothing is sent yet.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub(crate) fn new(
        place: GithubRepository,
        access: &Access,
        limits: Limits,
        progress: Progress,
    ) -> Result<Self, Error> {
        Ok(Self {
            place,
            credentials: access.credentials.clone(),
            limits,
            client: http::client(access)?,
            progress,
        })
    }

    /// The tags of all published releases. Upstream reads the first page only, and titles instead of tags.
    ///
    /// # Errors
    /// Anything the server says.
    pub(crate) async fn list_tags(&self) -> Result<BTreeSet<String>, Error> {
        let what = format!("releases of {}/{}", self.place.owner, self.place.repository);
        let mut tags = BTreeSet::new();
        for page in 1..=self.limits.pages {
            let path = format!("releases?per_page={PAGE}&page={page}");
            let releases: Vec<Release> = http::retry(|| self.json(&what, &path)).await?;
            let count = releases.len();
            tags.extend(
                releases
                    .into_iter()
                    .filter(|release| !release.draft)
                    .map(|release| release.tag_name),
            );
            if tags.len() > self.limits.tags {
                return Err(Error::TooLarge {
                    what,
                    limit: self.limits.tags as u64,
                    unit: "tags",
                });
            }
            if count < PAGE {
                return Ok(tags);
            }
        }
        Err(Error::TooLarge {
            what,
            limit: self.limits.pages as u64,
            unit: "pages",
        })
    }

    /// The digest of a release's files: from the digests GitHub states, else by reading the files.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such release, and anything else the server says.
    pub(crate) async fn resolve(&self, tag: &ReleaseTag) -> Result<Digest, Error> {
        let release = self.release(tag).await?;
        let stated =
            |asset: &Asset| Some((asset.name.clone(), asset.digest.as_deref()?.parse().ok()?));
        match release
            .assets
            .iter()
            .map(stated)
            .collect::<Option<BTreeMap<String, Digest>>>()
        {
            Some(entries) => Ok(digest_of_entries(&entries)),
            None => Ok(self.assets(tag, &release).await?.digest()),
        }
    }

    /// All files of a release.
    ///
    /// # Errors
    /// As for [`Self::resolve`], and when a limit is passed.
    pub(crate) async fn pull(&self, tag: &ReleaseTag) -> Result<Artifact, Error> {
        let release = self.release(tag).await?;
        self.assets(tag, &release).await
    }

    async fn release(&self, tag: &ReleaseTag) -> Result<Release, Error> {
        let what = format!(
            "release {tag} of {}/{}",
            self.place.owner, self.place.repository
        );
        let by_tag = async |spelling: String| {
            let path = format!("releases/tags/{spelling}");
            http::retry(|| self.json(&what, &path)).await
        };
        match by_tag(tag.dash()).await {
            Err(Error::NotFound { .. }) if tag.dot() != tag.dash() => by_tag(tag.dot()).await,
            answer => answer,
        }
    }

    async fn assets(&self, tag: &ReleaseTag, release: &Release) -> Result<Artifact, Error> {
        let what = format!("release {tag}");
        let too_large = |limit, unit| Error::TooLarge {
            what: what.clone(),
            limit,
            unit,
        };
        if release.assets.len() > self.limits.files {
            return Err(too_large(self.limits.files as u64, "files"));
        }
        let sizes = release.assets.iter().map(|asset| asset.size);
        let total = sizes.fold(0, u64::saturating_add);
        if total > self.limits.release_bytes {
            return Err(too_large(self.limits.release_bytes, "bytes"));
        }
        self.progress.begin(total);
        let mut files = Files::new();
        for asset in &release.assets {
            let problem = format!(
                "asset {:?} is not a plain file name, or is there twice",
                asset.name
            );
            let bytes = http::retry(|| self.asset(asset)).await?;
            self.progress.finish(bytes.len());
            if !is_plain_name(&asset.name)
                || files.insert(asset.name.clone(), bytes.into()).is_some()
            {
                return Err(Error::Malformed { what, problem });
            }
        }
        Ok(Artifact::of_files(files))
    }

    async fn asset(&self, asset: &Asset) -> Result<Vec<u8>, Error> {
        let what = format!("asset {}", asset.name);
        let mismatch = |expected: String, found: String| Error::DigestMismatch {
            what: what.clone(),
            expected,
            found,
        };
        let request = self
            .request(&format!("releases/assets/{}", asset.id))
            .header("accept", "application/octet-stream");
        let response = http::success(&what, http::send(&what, request).await?).await?;
        let limit = asset.size.min(self.limits.file_bytes);
        let bytes = http::bytes(&what, response, limit, http::transfer_deadline(limit)).await?;
        if bytes.len() as u64 != asset.size {
            return Err(mismatch(
                format!("{} bytes", asset.size),
                format!("{} bytes", bytes.len()),
            ));
        }
        match asset
            .digest
            .as_deref()
            .and_then(|digest| digest.parse::<Digest>().ok())
        {
            Some(digest) if digest != Digest::of(&bytes) => {
                Err(mismatch(digest.to_string(), Digest::of(&bytes).to_string()))
            }
            _ => Ok(bytes),
        }
    }

    async fn json<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<T, Error> {
        let request = self
            .request(path)
            .header("accept", "application/vnd.github+json");
        let response = http::success(what, http::send(what, request).await?).await?;
        let body = http::bytes(what, response, self.limits.page_bytes, http::DEADLINE).await?;
        serde_json::from_slice(&body).map_err(|e| Error::Malformed {
            what: what.to_owned(),
            problem: format!("the answer is not what GitHub sends: {e}"),
        })
    }

    /// A request to the API. The token goes to the API only: on the way to another host the HTTP client drops it.
    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let GithubRepository {
            owner,
            repository,
            api,
        } = &self.place;
        let request = self
            .client
            .get(format!("{api}/repos/{owner}/{repository}/{path}"));
        match &self.credentials {
            Credentials::Anonymous => request,
            Credentials::Bearer(token)
            | Credentials::Basic {
                password: token, ..
            } => request.header("authorization", format!("Bearer {}", token.reveal())),
        }
    }
}
