//! Puts together what the API server and Cluster API call, admission and the runtime extension, on one HTTPS server: it
//! listens before anything else starts and answers until everything else ended.

use std::path::PathBuf;
use std::sync::Arc;

use cso_core::hooks::{Catalogue, Endpoint};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::admission::{self, Judge, Voucher};
use crate::config::Extension as Settings;
use crate::context::Context;
use crate::error::Error;
use crate::extension::{self, Answers, Place, Registrar, Sight, definitions};
use crate::serving::{Current, Keeper, Trust, follow, serve};

/// A server that listens.
pub(crate) struct Webhooks {
    context: Context,
    settings: Settings,
    listener: TcpListener,
    answers: Answers,
    sight: Sight,
}

impl Webhooks {
    /// Listens; `None` if it is turned off.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub(crate) async fn bind(context: &Context) -> Result<Option<Self>, Error> {
        let Some(mut settings) = context.config.extension.clone() else {
            return Ok(None);
        };
        let failed = |source| Error::Listen {
            address: settings.address,
            source,
        };
        let listener = TcpListener::bind(settings.address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        settings.endpoint = at_port(settings.endpoint, port);
        let (answers, sight) = Answers::new(context.config.namespace.clone());
        Ok(Some(Self {
            context: context.clone(),
            settings,
            listener,
            answers,
            sight,
        }))
    }

    /// Answers until `stopped` turns true.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<bool>) {
        let Context {
            management,
            metrics,
            writing,
            config,
            ..
        } = self.context;
        let judge = Judge::new(&management, Arc::clone(&config));
        let client = management.client;
        let (catalogue, known) = watch::channel(Catalogue::default());
        let (version, served) = watch::channel(None);
        let current = Current::default();
        let certificates = Certificates::of(&client, &self.settings, &current);
        let registrar = self.settings.config_name.clone().map(|name| {
            let place = Place {
                name,
                endpoint: self.settings.endpoint.clone(),
                namespace: config.namespace.clone(),
            };
            Registrar {
                client: client.clone(),
                place,
                writing: writing.clone(),
                catalogue: known.clone(),
                trust: certificates.trust(),
            }
        });
        let voucher = self
            .settings
            .webhook_configuration
            .clone()
            .map(|name| Voucher {
                client: client.clone(),
                name,
                writing,
                trust: certificates.trust(),
            });
        let routes = extension::routes(self.answers, known, metrics.clone())
            .merge(admission::routes(judge, metrics));
        let shutdown = async {
            // The sender outlives this, and a lost one means the end as well.
            drop(stopped.wait_for(|stopped| *stopped).await);
        };
        let background = async {
            futures::join!(
                self.sight.watch(client.clone()),
                definitions::follow(
                    client.clone(),
                    definitions::CLUSTER_CLASSES,
                    catalogue,
                    definitions::catalogue
                ),
                definitions::follow(
                    client.clone(),
                    definitions::EXTENSION_CONFIGS,
                    version,
                    |definition| { Some(definitions::version(definition)) }
                ),
                certificates.run(),
                async {
                    if let Some(registrar) = registrar {
                        registrar.run(served).await;
                    }
                },
                async {
                    if let Some(voucher) = voucher {
                        voucher.run().await;
                    }
                },
            )
        };
        tokio::select! {
            () = serve(self.listener, current, routes, shutdown) => {}
            _ = background => {}
        }
    }
}

/// Who keeps the certificates.
enum Certificates {
    Ours(Box<Keeper>),
    Files {
        folder: PathBuf,
        current: Current,
        trust: watch::Sender<Option<Trust>>,
    },
}

impl Certificates {
    /// Files win: whoever mounts them wants them served.
    fn of(client: &kube::Client, settings: &Settings, current: &Current) -> Self {
        let folder = settings.cert_dir.as_path();
        if folder.join("tls.crt").exists() {
            return Self::Files {
                folder: folder.to_owned(),
                current: current.clone(),
                trust: watch::Sender::new(None),
            };
        }
        tracing::info!(
            secret = settings.cert_secret,
            "the server of hooks and webhooks keeps its own certificates"
        );
        Self::Ours(Box::new(Keeper::new(
            client.clone(),
            &settings.namespace,
            settings.cert_secret.clone(),
            names(&settings.endpoint),
            current.clone(),
        )))
    }

    fn trust(&self) -> watch::Receiver<Option<Trust>> {
        match self {
            Self::Ours(keeper) => keeper.trust(),
            Self::Files { trust, .. } => trust.subscribe(),
        }
    }

    async fn run(self) {
        match self {
            Self::Ours(keeper) => keeper.run().await,
            Self::Files {
                folder,
                current,
                trust,
            } => follow(folder, current, trust).await,
        }
    }
}

/// Puts the port that is listened on where the URL has port 0.
fn at_port(endpoint: Endpoint, port: u16) -> Endpoint {
    match endpoint {
        Endpoint::Url(url) => {
            let zero = url.parse::<http::Uri>().ok().and_then(|uri| uri.port_u16()) == Some(0);
            Endpoint::Url(if zero {
                url.replacen(":0", &format!(":{port}"), 1)
            } else {
                url
            })
        }
        service @ Endpoint::Service { .. } => service,
    }
}

/// The names under which callers verify us.
fn names(endpoint: &Endpoint) -> Vec<String> {
    match endpoint {
        Endpoint::Url(url) => {
            let uri = url.parse::<http::Uri>().ok();
            let host = uri.as_ref().and_then(http::Uri::host).unwrap_or_default();
            vec![host.trim_matches(['[', ']']).to_owned()]
        }
        Endpoint::Service { namespace, name } => vec![
            format!("{name}.{namespace}.svc"),
            format!("{name}.{namespace}.svc.cluster.local"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Endpoint {
        Endpoint::Url(text.to_owned())
    }

    #[test]
    fn port_zero_is_the_one_that_is_listened_on() {
        assert_eq!(at_port(url("https://h:0/x"), 7), url("https://h:7/x"));
        assert_eq!(at_port(url("https://[::1]:0"), 7), url("https://[::1]:7"));
        assert_eq!(at_port(url("https://h:05"), 7), url("https://h:05"));
        assert_eq!(at_port(url("https://h"), 7), url("https://h"));
    }

    #[test]
    fn the_certificate_has_the_names_callers_verify() {
        assert_eq!(names(&url("https://[::1]:9/x")), ["::1"]);
        assert_eq!(names(&url("https://10.0.0.1:9")), ["10.0.0.1"]);
        let service = Endpoint::Service {
            namespace: "ns".to_owned(),
            name: "svc".to_owned(),
        };
        assert_eq!(names(&service)[0], "svc.ns.svc");
    }
}
