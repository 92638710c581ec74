//! Puts together what the API server and Cluster API call, admission and the runtime extension, on one HTTPS server: it
//! listens before anything else starts and answers until everything else ended.

mod certificates;

use std::sync::Arc;

use cso_core::hooks::{Catalogue, Endpoint};
use futures::future::OptionFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::admission::{self, Judge, Voucher};
use crate::config::Extension as Settings;
use crate::context::Context;
use crate::error::Error;
use crate::extension::{self, Answers, Place, Registrar, Sight, definitions};
use crate::serving::{Current, serve};
use certificates::Certificates;

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
        let client = self.context.management.client.clone();
        let (catalogue, known) = watch::channel(Catalogue::default());
        let (version, served) = watch::channel(definitions::ServedVersion::default());
        let current = Current::default();
        let certificates = Certificates::of(&client, &self.settings, &current);
        let registrar = self.registrar(&certificates, &known);
        let voucher = self.voucher(&certificates);
        let judge = Judge::new(&self.context.management, Arc::clone(&self.context.config));
        let metrics = &self.context.metrics;
        let routes = extension::routes(self.answers, known, metrics.clone())
            .merge(admission::routes(judge, metrics.clone()));
        let shutdown = async {
            // The sender outlives this, and a lost one means the end as well.
            drop(stopped.wait_for(|stopped| *stopped).await);
        };
        let background = async {
            futures::join!(
                self.sight.watch(client.clone()),
                definitions::hooks(client.clone(), catalogue),
                definitions::registrations(client.clone(), version),
                certificates.run(),
                OptionFuture::from(registrar.map(|registrar| registrar.run(served))),
                OptionFuture::from(voucher.map(Voucher::run)),
            )
        };
        tokio::select! {
            () = serve(self.listener, current, routes, shutdown) => {}
            _ = background => {}
        }
    }

    /// What registers the runtime extension, if we do.
    fn registrar(
        &self,
        certificates: &Certificates,
        known: &watch::Receiver<Catalogue>,
    ) -> Option<Registrar> {
        let context = &self.context;
        let place = Place {
            name: self.settings.config_name.clone()?,
            endpoint: self.settings.endpoint.clone(),
            namespace: context.config.namespace.clone(),
        };
        Some(Registrar {
            client: context.management.client.clone(),
            place,
            writing: context.writing.clone(),
            catalogue: known.clone(),
            trust: certificates.trust(),
        })
    }

    /// What vouches for admission, if we do.
    fn voucher(&self, certificates: &Certificates) -> Option<Voucher> {
        Some(Voucher {
            client: self.context.management.client.clone(),
            name: self.settings.webhook_configuration.clone()?,
            writing: self.context.writing.clone(),
            trust: certificates.trust(),
        })
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
}
