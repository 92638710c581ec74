//! Decides what a source can be asked, whatever kind it is: which releases there are, and the content of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster_stack::{Digest, ReleaseTag};

use crate::artifact::Artifact;
use crate::blocking::blocking;
use crate::error::Error;
use crate::github::Github;
use crate::limits::Limits;
use crate::local;
use crate::oci::Repository;
use crate::progress::{Progress, Transfer};
use crate::spec::{Access, SourceSpec};

/// A place releases come from. Cheap to clone; clones share connections and tokens.
#[derive(Debug, Clone)]
pub struct Source {
    spec: SourceSpec,
    access: Arc<Access>,
    limits: Limits,
    kind: Kind,
    progress: Progress,
}

#[derive(Debug, Clone)]
enum Kind {
    Oci(Arc<Repository>),
    Github(Arc<Github>),
    Local(std::path::PathBuf),
}

/// The releases of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagList {
    /// Every tag that is one of a release.
    pub releases: BTreeSet<ReleaseTag>,
    /// How many tags are none of ours: a fact to show, not a fault.
    pub foreign: usize,
}

impl TagList {
    /// Sorts tags into releases and others.
    pub fn new(tags: &BTreeSet<String>) -> Self {
        let releases: BTreeSet<ReleaseTag> =
            tags.iter().filter_map(|tag| tag.parse().ok()).collect();
        let foreign = tags
            .iter()
            .filter(|tag| tag.parse::<ReleaseTag>().is_err())
            .count();
        Self { releases, foreign }
    }
}

impl Source {
    /// Prepares a source with the usual limits; nothing is sent or read yet.
    ///
    /// # Errors
    /// [`Error::Config`] when the certificates cannot be used.
    pub fn new(spec: SourceSpec, access: Access) -> Result<Self, Error> {
        Self::with_limits(spec, access, Limits::default())
    }

    /// Prepares a source with other limits.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_limits(spec: SourceSpec, access: Access, limits: Limits) -> Result<Self, Error> {
        let progress = Progress::default();
        let kind = match &spec {
            SourceSpec::Oci(place) => {
                let counted = progress.clone();
                Kind::Oci(Arc::new(Repository::new(
                    place.clone(),
                    &access,
                    limits,
                    counted,
                )?))
            }
            SourceSpec::Github(place) => {
                let counted = progress.clone();
                Kind::Github(Arc::new(Github::new(
                    place.clone(),
                    &access,
                    limits,
                    counted,
                )?))
            }
            SourceSpec::Local { path } => Kind::Local(path.clone()),
        };
        Ok(Self {
            spec,
            access: Arc::new(access),
            limits,
            kind,
            progress,
        })
    }

    /// Where this is.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// How far pulls and pushes of this source and its clones are, all together. Folders are not counted.
    pub fn transfers(&self) -> tokio::sync::watch::Receiver<Transfer> {
        self.progress.follow()
    }

    /// What tells sources apart: place and credentials, so that nobody sees through another's rights.
    pub(crate) fn key(&self) -> (SourceSpec, Arc<Access>) {
        (self.spec.clone(), Arc::clone(&self.access))
    }

    /// All releases of the source.
    ///
    /// # Errors
    /// An error is never an empty list, and an empty list is never an error.
    pub async fn list_tags(&self) -> Result<TagList, Error> {
        let tags = match &self.kind {
            Kind::Oci(repository) => repository.list_tags().await?,
            Kind::Github(github) => github.list_tags().await?,
            Kind::Local(folder) => {
                let folder = folder.clone();
                blocking(move || local::list_tags(&folder)).await?
            }
        };
        Ok(TagList::new(&tags))
    }

    /// The digest that a release has now; asks without downloading where the source can answer that.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the source has no such release in either spelling.
    pub async fn resolve(&self, tag: &ReleaseTag) -> Result<Digest, Error> {
        match &self.kind {
            Kind::Oci(repository) => match repository.resolve(&tag.dash()).await {
                // Where no spelling is found, the message names the usual one.
                Err(missing @ Error::NotFound { .. }) if tag.dot() != tag.dash() => {
                    match repository.resolve(&tag.dot()).await {
                        Err(Error::NotFound { .. }) => Err(missing),
                        answer => answer,
                    }
                }
                answer => answer,
            },
            Kind::Github(github) => github.resolve(tag).await,
            Kind::Local(folder) => Ok(self.read(folder, tag).await?.digest()),
        }
    }

    /// The content of a release with exactly this digest.
    ///
    /// # Errors
    /// [`Error::TagMoved`] when the source has the release with other content, [`Error::NotFound`] when it is gone,
    /// and [`Error::DigestMismatch`] when what came is not what was asked for.
    pub async fn pull(&self, tag: &ReleaseTag, digest: &Digest) -> Result<Artifact, Error> {
        let artifact = match &self.kind {
            Kind::Oci(repository) => match repository.pull(digest).await {
                Err(gone @ Error::NotFound { .. }) => match self.resolve(tag).await {
                    Ok(found) if &found != digest => return Err(moved(tag, digest, found)),
                    Ok(_) => return Err(hollow(tag, digest)),
                    _ => return Err(gone),
                },
                answer => answer?,
            },
            Kind::Github(github) => github.pull(tag).await?,
            Kind::Local(folder) => self.read(folder, tag).await?,
        };
        let found = artifact.digest();
        if &found == digest {
            Ok(artifact)
        } else {
            Err(moved(tag, digest, found))
        }
    }

    async fn read(&self, folder: &std::path::Path, tag: &ReleaseTag) -> Result<Artifact, Error> {
        let (folder, tag, limits) = (folder.to_owned(), tag.clone(), self.limits);
        blocking(move || local::pull(&folder, &tag, &limits)).await
    }

    /// Writes a release; only registries can be written to.
    ///
    /// # Errors
    /// [`Error::TagTaken`] when the tag exists with other content.
    pub async fn push(
        &self,
        tag: &ReleaseTag,
        files: &cluster_stack::Files,
        annotations: BTreeMap<String, String>,
    ) -> Result<crate::oci::Pushed, Error> {
        match &self.kind {
            Kind::Oci(repository) => repository.push(tag, files, annotations).await,
            _ => Err(Error::Config {
                problem: format!("{} cannot be published to: use an OCI registry", self.spec),
            }),
        }
    }
}

/// The registry says that the tag holds content which it does not have.
fn hollow(tag: &ReleaseTag, digest: &Digest) -> Error {
    Error::Malformed {
        what: format!("tag {tag}"),
        problem: format!(
            "the registry announces {digest} and does not have it: publish the release again"
        ),
    }
}

fn moved(tag: &ReleaseTag, pinned: &Digest, found: Digest) -> Error {
    Error::TagMoved {
        tag: tag.dash(),
        pinned: Box::new(pinned.clone()),
        found: Box::new(found),
    }
}
