//! Tells the API server who vouches for our certificate, in the webhook configuration that the chart brings. Only the
//! replica that holds the lease writes it.

use cso_core::admission::vouched;
use cso_core::retry;
use futures::StreamExt as _;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::api::{Patch, PatchParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;

use crate::error::chain;
use crate::serving::Trust;

/// Keeps the configuration's authorities.
pub(crate) struct Voucher {
    pub(crate) client: Client,
    /// Name of the configuration.
    pub(crate) name: String,
    pub(crate) writing: watch::Receiver<bool>,
    pub(crate) trust: watch::Receiver<Option<Trust>>,
}

impl Voucher {
    /// Works until it is dropped.
    pub(crate) async fn run(mut self) {
        let api: Api<ValidatingWebhookConfiguration> = Api::all(self.client.clone());
        let mut states = watcher::watch_object(api.clone(), &self.name)
            .default_backoff()
            .boxed();
        let mut found = None;
        let mut failures = 0;
        loop {
            let paused = async {
                match failures {
                    0 => std::future::pending().await,
                    failures => tokio::time::sleep(retry::delay(failures)).await,
                }
            };
            tokio::select! {
                () = paused => {}
                state = states.next() => match state {
                    Some(Ok(state)) => found = state,
                    Some(Err(error)) => tracing::debug!(%error, "watch of the webhook configuration failed"),
                    None => return,
                },
                Ok(()) = self.writing.changed() => {}
                Ok(()) = self.trust.changed() => {}
            }
            match self.pass(&api, found.as_ref()).await {
                Ok(()) => failures = 0,
                Err(error) => {
                    let (name, error) = (&self.name, chain(&error));
                    tracing::warn!(name, error, "the webhooks cannot be vouched for");
                    failures += 1;
                }
            }
        }
    }

    async fn pass(
        &mut self,
        api: &Api<ValidatingWebhookConfiguration>,
        found: Option<&ValidatingWebhookConfiguration>,
    ) -> Result<(), kube::Error> {
        let is_writing = *self.writing.borrow_and_update();
        let trust = self.trust.borrow_and_update().clone();
        let (Some(found), Some(Trust::Own(pem) | Trust::Others(Some(pem))), true) =
            (found, trust, is_writing)
        else {
            return Ok(());
        };
        let Some(manifest) = vouched(found, &pem) else {
            return Ok(());
        };
        let params = PatchParams::apply(cso_api::labels::FIELD_MANAGER).force();
        api.patch(&self.name, &params, &Patch::Apply(&manifest))
            .await?;
        tracing::info!(name = self.name, "the webhooks are vouched for");
        Ok(())
    }
}
