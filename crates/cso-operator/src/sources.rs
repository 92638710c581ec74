//! Finds the source of a stack or release: place, credentials from Secrets (read one by one, never listed), content.

use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use cluster_stack::{Bundle, Pin, ReleaseTag};
use cso_api::SecretReference;
use cso_core::failure::{Cause, Failure};
use cso_source::{
    Access, Credentials, GithubRepository, OciRepository, Secret as Hidden, Source, SourceSpec,
    Store,
};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};

use crate::config::Config;
use crate::execute::of_source;
use crate::metrics::Metrics;

/// Sources, and what was pulled from them.
#[derive(Clone)]
pub struct Sources {
    client: Client,
    config: Arc<Config>,
    store: Arc<Store>,
    metrics: Metrics,
    /// Those used last, newest at the end: equal descriptions share connections, tokens and certificates.
    known: Arc<Mutex<Vec<(Access, Source)>>>,
}

/// How many sources are kept; one more only costs a new connection.
const KNOWN: usize = 32;

impl Sources {
    /// Sources by the operator's configuration.
    pub fn new(client: Client, config: Arc<Config>, store: Arc<Store>, metrics: Metrics) -> Self {
        Self {
            client,
            config,
            store,
            metrics,
            known: Arc::default(),
        }
    }

    /// The content of a release, from the store if it is there.
    pub async fn bundle(
        &self,
        namespace: &str,
        tag: &ReleaseTag,
        source: Option<&cso_api::Source>,
        pinned: Option<&Pin>,
    ) -> Result<Arc<Bundle>, Failure> {
        let source = self.find(namespace, source).await?;
        let began = tokio::time::Instant::now();
        let bundle = self.store.pull(&source, tag, pinned).await;
        self.metrics.step("pull", began.elapsed());
        bundle.map_err(|error| of_source(&error))
    }

    /// The source a spec names, with the credentials its Secrets hold now.
    pub async fn find(
        &self,
        namespace: &str,
        source: Option<&cso_api::Source>,
    ) -> Result<Source, Failure> {
        let (spec, access) = match source {
            None => self.config.default_source.clone().map_err(|problem| {
                misconfigured(format!(
                    "spec.source is not set and the operator has no default source: {problem}"
                ))
            })?,
            Some(source) => self.described(namespace, source).await?,
        };
        self.shared(spec, access).map_err(|error| of_source(&error))
    }

    /// The source of this description, the one in use if there is one.
    fn shared(&self, spec: SourceSpec, access: Access) -> Result<Source, cso_source::Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |(held, source): &(Access, Source)| *held == access && *source.spec() == spec;
        let source = match known.iter().position(same) {
            Some(place) => known.remove(place).1,
            None => Source::new(spec, access.clone())?,
        };
        if known.len() >= KNOWN {
            known.remove(0);
        }
        known.push((access, source.clone()));
        Ok(source)
    }

    async fn described(
        &self,
        namespace: &str,
        source: &cso_api::Source,
    ) -> Result<(SourceSpec, Access), Failure> {
        if let Some(oci) = &source.oci {
            let mut place = OciRepository::parse(&oci.url).map_err(|error| of_source(&error))?;
            place.plain_http = oci.insecure == Some(true);
            let mut access = Access::default();
            if let Some(reference) = &oci.secret_ref {
                let secret = self.secret(namespace, reference).await?;
                access.credentials = registry_credentials(&secret, &place, &reference.name)?;
            }
            if let Some(reference) = &oci.cert_secret_ref {
                let secret = self.secret(namespace, reference).await?;
                access.ca_certificates = value(&secret, "ca.crt").map(String::into_bytes);
                access.client_certificate = value(&secret, "tls.crt")
                    .zip(value(&secret, "tls.key"))
                    .map(|(certificate, key)| Hidden::new(format!("{certificate}\n{key}")));
            }
            return Ok((SourceSpec::Oci(place), access));
        }
        if let Some(github) = &source.github {
            let mut access = Access::default();
            if let Some(reference) = &github.secret_ref {
                let secret = self.secret(namespace, reference).await?;
                let token = value(&secret, "token").ok_or_else(|| {
                    misconfigured(format!("Secret {}: key token is missing", reference.name))
                })?;
                access.credentials = Credentials::Bearer(Hidden::new(token));
            }
            return Ok((
                SourceSpec::Github(GithubRepository::new(&github.owner, &github.repository)),
                access,
            ));
        }
        let Some(local) = &source.local else {
            return Err(misconfigured(
                "spec.source names no place: set oci, github or local".to_owned(),
            ));
        };
        let path = Path::new(&local.path);
        let climbs = path.components().any(|part| part == Component::ParentDir);
        match &self.config.local_source_root {
            Some(root) if !climbs && (path.is_relative() || path.starts_with(root)) => Ok((
                SourceSpec::Local {
                    path: root.join(path),
                },
                Access::default(),
            )),
            Some(root) => Err(misconfigured(format!(
                "spec.source.local.path must lie below {}",
                root.display()
            ))),
            None => Err(misconfigured(
                "local sources are off: start the operator with --local-source-root".to_owned(),
            )),
        }
    }

    async fn secret(
        &self,
        namespace: &str,
        reference: &SecretReference,
    ) -> Result<Secret, Failure> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        match api.get_opt(&reference.name).await {
            Ok(Some(secret)) => Ok(secret),
            Ok(None) => Err(misconfigured(format!(
                "Secret {namespace}/{} does not exist",
                reference.name
            ))),
            Err(kube::Error::Api(status)) if status.code == 403 => {
                let message = format!(
                    "Secret {namespace}/{}: the operator may not read it",
                    reference.name
                );
                Err(Failure::new(Cause::Forbidden, message))
            }
            Err(_) => Err(Failure::new(
                Cause::Unreachable,
                format!("Secret {namespace}/{} cannot be read", reference.name),
            )),
        }
    }
}

fn misconfigured(message: String) -> Failure {
    Failure::new(Cause::Misconfigured, message)
}

fn value(secret: &Secret, key: &str) -> Option<String> {
    String::from_utf8(secret.data.as_ref()?.get(key)?.0.clone()).ok()
}

/// `username` and `password`, or the entry of the registry in a `.dockerconfigjson`.
fn registry_credentials(
    secret: &Secret,
    place: &OciRepository,
    name: &str,
) -> Result<Credentials, Failure> {
    if let (Some(username), Some(password)) = (value(secret, "username"), value(secret, "password"))
    {
        return Ok(Credentials::Basic {
            username,
            password: Hidden::new(password),
        });
    }
    let found = match value(secret, ".dockerconfigjson") {
        Some(config) => cso_source::docker_config_credentials(config.as_bytes(), place)
            .map_err(|error| of_source(&error))?,
        None => None,
    };
    found.ok_or_else(|| {
        misconfigured(format!(
            "Secret {name} holds neither username and password nor a .dockerconfigjson with an entry for {}",
            place.registry
        ))
    })
}
