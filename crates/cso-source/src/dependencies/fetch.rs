//! Decides how one chart is fetched: version, archive, and the proof that it is the chart that was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{ChartDependency, Digest};
use helm_engine::Chart;
use helm_engine::repository::{Index, Wanted, is_exact, newest, satisfies};
use reqwest::{Client, RequestBuilder, Url};
use tokio::sync::OnceCell;

use super::credentials;
use super::error::DependencyError;
use super::place::{Place, inside, place, shown};
use super::{Network, Resolver, folder};
use crate::blocking::blocking;
use crate::docker_config::DockerConfig;
use crate::error::Error;
use crate::http;
use crate::limits::is_plain_name;
use crate::oci::Repository;
use crate::progress::Progress;
use crate::spec::{Access, OciRepository};

/// An archive, and what its repository says of it.
pub(super) struct Found {
    pub(super) archive: Arc<[u8]>,
    /// SHA-256 by the index, in hexadecimal digits.
    pub(super) digest: Option<String>,
}

/// Fetches the charts of one resolution: each index is read once.
pub(super) struct Fetcher<'a> {
    resolver: &'a Resolver,
    client: Option<Client>,
    credentials: Option<Arc<DockerConfig>>,
    held: BTreeMap<String, Arc<OnceCell<Arc<Index>>>>,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(resolver: &'a Resolver) -> Self {
        Self {
            resolver,
            client: None,
            credentials: None,
            held: BTreeMap::new(),
        }
    }

    /// A chart that `chart` wants: with a pin exactly that one, else the newest within the range.
    pub(super) async fn fetch(
        &mut self,
        chart: &str,
        want: &Wanted,
        pin: Option<&ChartDependency>,
    ) -> Result<(ChartDependency, Arc<[u8]>, Chart), DependencyError> {
        let settings = &*self.resolver.repositories;
        if !is_plain_name(&want.name) {
            return Err(DependencyError::Unusable {
                problem: "the name of a chart has no separators".to_owned(),
            });
        }
        let range = pin.map_or(&want.range, |pin| &pin.version);
        let place = place(&want.repository, &want.name, &settings.mirrors)?;
        if settings.network == Network::Forbidden && !matches!(place, Place::Folder(_)) {
            return Err(DependencyError::Forbidden);
        }
        let found = match place {
            Place::Http(url) => self.ask_server(&url, &want.name, range).await?,
            Place::Oci(place) => self.ask_registry(place, range).await?,
            Place::Folder(path) => {
                let (name, range, limits) = (want.name.clone(), range.clone(), settings.limits);
                blocking(move || folder::find(&path, &name, &range, &limits)).await?
            }
        };
        let digest = Digest::of(&found.archive);
        check(&digest, &found, pin)?;
        let archive = Arc::clone(&found.archive);
        let loaded = blocking(move || Chart::from_archive(&archive)).await;
        let loaded = loaded.map_err(|error| not_a_chart(helm_engine::chain(&error)))?;
        let metadata = &loaded.metadata;
        if metadata.name != want.name || !satisfies(&metadata.version, range) {
            let problem = format!("it is {} {}", metadata.name, metadata.version);
            return Err(not_a_chart(problem));
        }
        let dependency = ChartDependency {
            chart: chart.to_owned(),
            name: want.name.clone(),
            version: metadata.version.clone(),
            repository: want.repository.clone(),
            digest,
        };
        Ok((dependency, found.archive, loaded))
    }

    async fn ask_server(
        &mut self,
        repository: &Url,
        name: &str,
        range: &str,
    ) -> Result<Found, DependencyError> {
        let client = self.client()?;
        let index = self.index(&client, repository).await?;
        let Some(offer) = index.choose(name, range) else {
            return Err(DependencyError::no_version(
                index.versions(name).unwrap_or_default(),
            ));
        };
        let settings = &self.resolver.repositories;
        let url = inside(repository, &offer.urls[0], &settings.mirrors)?;
        let ask = self.asking(&client, &url).await?;
        let limit = settings.limits.chart_bytes;
        let cell = self.resolver.archives.cell(url.as_str());
        let archive = cell.get_or_try_init(|| async {
            let what = format!("chart {}", shown(url.as_str()));
            download(&what, ask, limit).await.map(Arc::from)
        });
        let archive = Arc::clone(archive.await.map_err(DependencyError::fetch)?);
        Ok(Found {
            archive,
            digest: offer.digest.clone(),
        })
    }

    /// The index of a repository, as long as this resolution lasts.
    async fn index(
        &mut self,
        client: &Client,
        repository: &Url,
    ) -> Result<Arc<Index>, DependencyError> {
        let settings = &self.resolver.repositories;
        let url = inside(repository, "index.yaml", &settings.mirrors)?;
        let ask = self.asking(client, &url).await?;
        let cell = self.resolver.indexes.cell(url.as_str());
        self.held.insert(url.to_string(), Arc::clone(&cell));
        let limit = settings.limits.index_bytes;
        let index = cell.get_or_try_init(|| async {
            let what = format!("chart repository {}", shown(url.as_str()));
            let bytes = download(&what, ask, limit).await;
            let bytes = bytes.map_err(DependencyError::fetch)?;
            let index = blocking(move || Index::parse(&bytes)).await;
            index.map(Arc::new).map_err(DependencyError::Index)
        });
        Ok(Arc::clone(index.await?))
    }

    async fn ask_registry(
        &mut self,
        mut place: OciRepository,
        range: &str,
    ) -> Result<Found, DependencyError> {
        let access = self.access(&mut place).await?;
        let limits = self.resolver.repositories.limits;
        let repository = Repository::new(place, &access, limits, Progress::default());
        let repository = repository.map_err(DependencyError::fetch)?;
        let version = if is_exact(range) {
            range.to_owned()
        } else {
            let tags = repository
                .list_tags()
                .await
                .map_err(DependencyError::fetch)?;
            let versions: Vec<String> = tags.iter().map(|tag| tag.replace('_', "+")).collect();
            let versions = versions.iter().map(String::as_str);
            let newest = newest(versions.clone(), range);
            newest
                .ok_or_else(|| DependencyError::no_version(versions))?
                .to_owned()
        };
        match repository.pull_chart(&version.replace('+', "_")).await {
            Ok(Some(archive)) => Ok(Found {
                archive: archive.into(),
                digest: None,
            }),
            Ok(None) => Err(not_a_chart(
                "the artifact has no layer with a chart".to_owned(),
            )),
            Err(Error::NotFound { .. }) => Err(DependencyError::no_version([])),
            Err(error) => Err(DependencyError::fetch(error)),
        }
    }

    /// What lets us into this registry: our own is asked the way the operator is told to, others as who we are to them.
    async fn access(&mut self, place: &mut OciRepository) -> Result<Access, DependencyError> {
        let own = self.resolver.repositories.registry.as_ref();
        if let Some((own, access)) = own.filter(|(own, _)| own.registry == place.registry) {
            place.plain_http |= own.plain_http;
            return Ok(access.clone());
        }
        let known = self.credentials().await?;
        let credentials = credentials::of_registry(&known, place);
        Ok(Access {
            credentials: credentials.map_err(DependencyError::fetch)?,
            ..Access::default()
        })
    }

    /// How this address is asked for: as somebody, if we are known to its server.
    async fn asking(
        &mut self,
        client: &Client,
        url: &Url,
    ) -> Result<impl Fn() -> RequestBuilder + use<>, DependencyError> {
        let known = self.credentials().await?;
        let credentials = credentials::of_server(&known, url).map_err(DependencyError::fetch)?;
        let (client, url) = (client.clone(), url.clone());
        Ok(move || http::by(&credentials, client.get(url.clone())))
    }

    /// The credentials for other hosts, read once for a resolution.
    async fn credentials(&mut self) -> Result<Arc<DockerConfig>, DependencyError> {
        if let Some(known) = &self.credentials {
            return Ok(Arc::clone(known));
        }
        let file = self.resolver.repositories.credentials.clone();
        let known = blocking(move || credentials::read(file.as_deref())).await;
        let known = Arc::new(known.map_err(DependencyError::fetch)?);
        Ok(Arc::clone(self.credentials.insert(known)))
    }

    /// The client for servers that are told nothing about us unless we are known to them.
    fn client(&mut self) -> Result<Client, DependencyError> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let client = http::client(&Access::default()).map_err(DependencyError::fetch)?;
        Ok(self.client.insert(client).clone())
    }
}

async fn download(
    what: &str,
    ask: impl Fn() -> RequestBuilder,
    limit: u64,
) -> Result<Vec<u8>, Error> {
    http::retry(|| async {
        let answer = http::send(what, ask()).await?;
        let answer = http::success(what, answer).await?;
        http::bytes(what, answer, limit, http::transfer_deadline(limit)).await
    })
    .await
}

/// Holds an archive against what its repository announces and what was fetched first.
fn check(
    digest: &Digest,
    found: &Found,
    pin: Option<&ChartDependency>,
) -> Result<(), DependencyError> {
    let announced = found.digest.as_deref();
    let announced = announced.map(|text| text.strip_prefix("sha256:").unwrap_or(text));
    if let Some(expected) = announced.filter(|hex| !hex.eq_ignore_ascii_case(digest.hex())) {
        return Err(DependencyError::DigestMismatch {
            expected: expected.chars().take(80).collect(),
            found: digest.clone(),
        });
    }
    match pin {
        Some(pin) if pin.digest != *digest => Err(DependencyError::Moved {
            pinned: Box::new(pin.digest.clone()),
            found: Box::new(digest.clone()),
        }),
        _ => Ok(()),
    }
}

fn not_a_chart(problem: String) -> DependencyError {
    DependencyError::NotAChart { problem }
}
