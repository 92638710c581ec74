//! Keeps the `ExtensionConfig` by which Cluster API finds us. Only the replica that holds the lease writes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_core::hooks::{
    Authority, Catalogue, Endpoint, INJECTION_ANNOTATION, RUNTIME_GROUP, Registration, injects,
    registration,
};
use cso_core::retry;
use futures::StreamExt as _;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use serde_json::json;
use tokio::sync::watch;

use super::definitions::ServedVersion;
use crate::error::chain;
use crate::serving::Trust;

/// What is registered where.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) namespace: Option<String>,
}

/// Keeps the registration.
#[derive(Clone)]
pub(crate) struct Registrar {
    pub(crate) client: Client,
    pub(crate) place: Place,
    pub(crate) writing: watch::Receiver<bool>,
    pub(crate) catalogue: watch::Receiver<Catalogue>,
    pub(crate) trust: watch::Receiver<Option<Trust>>,
}

/// Whether the registration is in place.
enum Pass {
    Done,
    /// The lease or the certificates are missing.
    Early,
}

impl Registrar {
    /// Works until it is dropped; starts over when another version is served.
    pub(crate) async fn run(self, mut served: watch::Receiver<ServedVersion>) {
        loop {
            let version = served.borrow_and_update().clone();
            let keep = async {
                match &version {
                    ServedVersion::In(version) => self.clone().keep(version).await,
                    ServedVersion::Nowhere => {
                        tracing::info!(
                            "ExtensionConfigs are not served: upgrades of Clusters do not wait for add-ons"
                        );
                        std::future::pending::<()>().await;
                    }
                    ServedVersion::Unknown => std::future::pending::<()>().await,
                }
            };
            tokio::select! {
                () = keep => {}
                changed = served.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn keep(mut self, version: &str) {
        let api = self.api(version);
        let mut changes = watcher::watch_object(api.clone(), &self.place.name)
            .default_backoff()
            .boxed();
        let mut told = None;
        let mut failures = 0;
        loop {
            let pause = match self.pass(&api, version).await {
                Ok(Pass::Done) => {
                    if told.take().is_some() || failures > 0 {
                        tracing::info!(
                            name = self.place.name,
                            "the runtime extension is registered"
                        );
                    }
                    failures = 0;
                    None
                }
                Ok(Pass::Early) => None,
                Err(error) => {
                    // Cluster API refuses it as long as its feature gate RuntimeSDK is off: nothing to tell twice.
                    let problem = chain(&error);
                    if told.as_ref() != Some(&problem) {
                        tracing::warn!(
                            name = self.place.name,
                            error = problem,
                            "the runtime extension cannot be registered"
                        );
                        told = Some(problem);
                    }
                    failures += 1;
                    Some(retry::delay(failures))
                }
            };
            let paused = async {
                match pause {
                    Some(time) => tokio::time::sleep(time).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = paused => {}
                _ = changes.next(), if failures == 0 => {}
                Ok(()) = self.writing.changed() => {}
                Ok(()) = self.catalogue.changed() => {}
                Ok(()) = self.trust.changed() => {}
                else => return,
            }
        }
    }

    async fn pass(&mut self, api: &Api<DynamicObject>, version: &str) -> Result<Pass, kube::Error> {
        let trust = self.trust.borrow_and_update().clone();
        let catalogue = *self.catalogue.borrow_and_update();
        let Some(trust) = trust.filter(|_| *self.writing.borrow_and_update()) else {
            return Ok(Pass::Early);
        };
        let live = api.get_opt(&self.place.name).await?;
        let live = live.map(|object| json!({"metadata": object.metadata}));
        let is_injected = live.as_ref().is_some_and(injects);
        let bundle = |pem: &str| Authority::Bundle(STANDARD.encode(pem));
        let authority = match trust {
            Trust::Own(pem) => {
                if is_injected {
                    self.stop_injection(api).await?;
                }
                bundle(&pem)
            }
            Trust::Others(Some(pem)) if !is_injected => bundle(&pem),
            Trust::Others(_) => Authority::Injected,
        };
        let manifest = registration(&Registration {
            name: self.place.name.clone(),
            version: version.to_owned(),
            endpoint: self.place.endpoint.clone(),
            authority,
            namespace: self.place.namespace.clone(),
            catalogue,
        });
        let params = PatchParams::apply(cso_api::labels::FIELD_MANAGER).force();
        api.patch(&self.place.name, &params, &Patch::Apply(&manifest))
            .await?;
        Ok(Pass::Done)
    }

    /// Upstream's chart asks Cluster API to copy cert-manager's authority; ours would be overwritten by it.
    async fn stop_injection(&self, api: &Api<DynamicObject>) -> Result<(), kube::Error> {
        let patch = json!({"metadata": {"annotations": {INJECTION_ANNOTATION: null}}});
        let params = PatchParams {
            field_manager: Some(cso_api::labels::FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        api.patch(&self.place.name, &params, &Patch::Merge(&patch))
            .await
            .map(|_| ())
    }

    fn api(&self, version: &str) -> Api<DynamicObject> {
        let resource = ApiResource {
            group: RUNTIME_GROUP.to_owned(),
            version: version.to_owned(),
            api_version: format!("{RUNTIME_GROUP}/{version}"),
            kind: "ExtensionConfig".to_owned(),
            plural: "extensionconfigs".to_owned(),
        };
        Api::all_with(self.client.clone(), &resource)
    }
}
