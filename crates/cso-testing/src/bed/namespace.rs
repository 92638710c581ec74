//! Decides the isolation of one test from another on a shared bed: a namespace of its own, deleted afterwards.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use kube::{Api, Client};

use super::{Error, client};

/// A namespace with a unique name. Dropping it deletes it; without kube-controller-manager it stays `Terminating`.
#[derive(Debug)]
pub struct TestNamespace {
    kubeconfig: String,
    name: String,
}

impl TestNamespace {
    pub(super) async fn create(kubeconfig: &str, prefix: &str) -> Result<Self, Error> {
        let namespace = Namespace {
            metadata: ObjectMeta {
                generate_name: Some(format!("{prefix}-")),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let api: Api<Namespace> = Api::all(client(kubeconfig).await?);
        let created = api
            .create(&PostParams::default(), &namespace)
            .await
            .map_err(|source| Error::Api {
                action: "create",
                object: format!("Namespace {prefix}-*"),
                source: Box::new(source),
            })?;
        Ok(Self {
            kubeconfig: kubeconfig.to_owned(),
            name: created.metadata.name.unwrap_or_default(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for TestNamespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Drop for TestNamespace {
    /// On a thread of its own, because the test's runtime may already be gone. A failure is only printed: the bed, and
    /// with it the namespace, ends with the test binary.
    fn drop(&mut self) {
        let (kubeconfig, name) = (self.kubeconfig.clone(), self.name.clone());
        let delete = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| e.to_string())?;
            runtime.block_on(async {
                let client: Client = client(&kubeconfig).await.map_err(|e| e.to_string())?;
                let api: Api<Namespace> = Api::all(client);
                api.delete(&name, &DeleteParams::background())
                    .await
                    .map_err(|e| e.to_string())
            })?;
            Ok::<(), String>(())
        });
        if let Ok(Err(error)) = delete.join() {
            crate::assets::say(&format!(
                "failed to delete namespace {}: {error}",
                self.name
            ));
        }
    }
}
