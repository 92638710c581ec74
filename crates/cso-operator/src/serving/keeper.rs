//! Keeps certificates in a Secret that all replicas share: whoever comes first makes them, the others read them.
//!
//! Every write carries the resource version that was read, or is a creation; who loses reads again.

use std::time::Duration;

use cso_core::certificates::{Step, next};
use cso_core::retry;
use futures::StreamExt as _;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use super::{Current, Material, Trust};
use crate::error::chain;

/// Longest time between two looks at the clock.
const LOOK: Duration = Duration::from_hours(1);
/// Steps of one pass: a new authority and a new serving certificate at most.
const STEPS: usize = 3;

/// What keeps the certificates of one server.
#[derive(Clone, Debug)]
pub struct Keeper {
    api: Api<Secret>,
    secret: String,
    /// Names under which the server is called.
    names: Vec<String>,
    current: Current,
    trust: watch::Sender<Option<Trust>>,
}

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("failed to {verb} Secret \"{secret}\"")]
    Api {
        verb: &'static str,
        secret: String,
        source: Box<kube::Error>,
    },
    #[error("failed to renew the certificates in Secret \"{secret}\"")]
    Make {
        secret: String,
        source: super::MaterialError,
    },
    #[error("failed to serve the certificate in Secret \"{secret}\"")]
    Install {
        secret: String,
        source: super::CertificateError,
    },
    #[error("the certificates in Secret \"{secret}\" are changed by others all the time")]
    Contested { secret: String },
}

impl Keeper {
    /// Keeps Secret `secret` of `namespace` and installs its certificate, which has these names, in `current`.
    pub fn new(
        client: Client,
        namespace: &str,
        secret: String,
        names: Vec<String>,
        current: Current,
    ) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            secret,
            names,
            current,
            trust: watch::Sender::new(None),
        }
    }

    /// Who vouches for what is served; `None` until the first pass.
    pub fn trust(&self) -> watch::Receiver<Option<Trust>> {
        self.trust.subscribe()
    }

    /// Works until it is dropped.
    pub async fn run(&self) {
        let mut changes = watcher::watch_object(self.api.clone(), &self.secret)
            .default_backoff()
            .boxed();
        let mut failures = 0;
        loop {
            let pause = match self.pass(Timestamp::now()).await {
                Ok(until) => {
                    failures = 0;
                    let rest = until.duration_since(Timestamp::now());
                    Duration::try_from(rest).unwrap_or_default().min(LOOK)
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "certificates cannot be kept");
                    failures += 1;
                    retry::delay(failures)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // The same object over and over costs one read each.
                _ = changes.next() => {}
            }
        }
    }

    /// Brings the Secret up to date and installs what it holds; tells when to look again.
    async fn pass(&self, now: Timestamp) -> Result<Timestamp, Error> {
        for _ in 0..STEPS {
            let stored = self.api.get_opt(&self.secret).await;
            let stored = stored.map_err(|source| self.failed("read", source))?;
            let found = stored.as_ref().map(material).unwrap_or_default();
            let (wanted, until) = self.renew(&found, now)?;
            if wanted == found || self.write(stored, &wanted).await? {
                self.install(&wanted)?;
                return Ok(until);
            }
        }
        Err(Error::Contested {
            secret: self.secret.clone(),
        })
    }

    /// What has to be stored, and when to decide again.
    fn renew(&self, found: &Material, now: Timestamp) -> Result<(Material, Timestamp), Error> {
        let mut material = found.clone();
        for _ in 0..STEPS {
            match next(now, &material.inspect(&self.names)) {
                Step::Keep { until } => return Ok((material, until)),
                step => {
                    tracing::info!(secret = self.secret, ?step, "renewing certificates");
                    material =
                        material
                            .step(step, now, &self.names)
                            .map_err(|source| Error::Make {
                                secret: self.secret.clone(),
                                source,
                            })?;
                }
            }
        }
        // Every step makes what the decision asked for; what is still not enough is used and looked at soon.
        Ok((material, now))
    }

    /// Stores it; `false` if somebody was faster.
    async fn write(&self, stored: Option<Secret>, material: &Material) -> Result<bool, Error> {
        let data = material.data().into_iter();
        let ours = data.map(|(key, bytes)| (key, ByteString(bytes)));
        let params = PostParams {
            field_manager: Some(cso_api::labels::FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let written = if let Some(mut secret) = stored {
            secret.data.get_or_insert_default().extend(ours);
            self.api.replace(&self.secret, &params, &secret).await
        } else {
            let secret = Secret {
                metadata: ObjectMeta {
                    name: Some(self.secret.clone()),
                    ..ObjectMeta::default()
                },
                type_: Some("kubernetes.io/tls".to_owned()),
                data: Some(ours.collect()),
                ..Secret::default()
            };
            self.api.create(&params, &secret).await
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(source) => Err(self.failed("write", source)),
        }
    }

    fn install(&self, material: &Material) -> Result<(), Error> {
        self.current
            .install(&material.chain, &material.key)
            .map_err(|source| Error::Install {
                secret: self.secret.clone(),
                source,
            })?;
        let now = Some(Trust::Own(material.bundle.clone()));
        self.trust.send_if_modified(|known| {
            let differs = *known != now;
            *known = now;
            differs
        });
        Ok(())
    }

    fn failed(&self, verb: &'static str, source: kube::Error) -> Error {
        Error::Api {
            verb,
            secret: self.secret.clone(),
            source: Box::new(source),
        }
    }
}

fn material(secret: &Secret) -> Material {
    let data = secret.data.iter().flatten();
    Material::of(
        &data
            .map(|(key, bytes)| (key.clone(), bytes.0.clone()))
            .collect(),
    )
}
