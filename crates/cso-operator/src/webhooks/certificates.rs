//! Decides who keeps the certificate of the server: others, in files, or we ourselves.

use std::path::PathBuf;

use cso_core::hooks::Endpoint;
use tokio::sync::watch;

use crate::config::Extension as Settings;
use crate::serving::{Current, Keeper, Trust, follow};

/// Who keeps the certificates.
pub(super) enum Certificates {
    Ours(Box<Keeper>),
    Files {
        folder: PathBuf,
        current: Current,
        trust: watch::Sender<Option<Trust>>,
    },
}

impl Certificates {
    /// Files win: whoever mounts them wants them served.
    pub(super) fn of(client: &kube::Client, settings: &Settings, current: &Current) -> Self {
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

    pub(super) fn trust(&self) -> watch::Receiver<Option<Trust>> {
        match self {
            Self::Ours(keeper) => keeper.trust(),
            Self::Files { trust, .. } => trust.subscribe(),
        }
    }

    pub(super) async fn run(self) {
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
