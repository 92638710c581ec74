//! Decides which client belongs to which workload cluster: the one its Secret `<cluster>-kubeconfig` describes now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster_stack::Digest;
use cso_core::cluster_addon::workload_access;
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kind, ObjectId};
use futures::channel::mpsc::UnboundedSender;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};

use super::access;
use super::link::Workload;
use crate::api_server::ApiServer;
use crate::discovery::{Common, Kinds};
use crate::execute::of_api;
use crate::metrics::Metrics;
use crate::tracker::{ReleaseKey, Tracker, Whose};

/// Key of the kubeconfig in its Secret, as Cluster API writes it.
const KEY: &str = "value";

/// How workload clusters are called.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Longest time until the head of an answer.
    pub deadline: Duration,
}

impl Default for Settings {
    /// 15 seconds per call.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15),
        }
    }
}

/// The workload clusters. Clones share what they know.
#[derive(Clone)]
pub struct Workloads {
    management: Client,
    metrics: Metrics,
    settings: Settings,
    due: UnboundedSender<ReleaseKey>,
    common: Common,
    known: Arc<Mutex<BTreeMap<ReleaseKey, Known>>>,
}

struct Known {
    kubeconfig: Digest,
    workload: Workload,
}

impl Workloads {
    /// None is known yet. `due` is told the owner of the add-ons when there is news from a cluster.
    pub fn new(
        management: Client,
        metrics: Metrics,
        settings: Settings,
        due: UnboundedSender<ReleaseKey>,
    ) -> Self {
        Self {
            management,
            metrics,
            settings,
            due,
            common: Common::default(),
            known: Arc::default(),
        }
    }

    /// The workload cluster of a Cluster, if it answers; `owner` is the object its add-ons belong to, in the Cluster's
    /// namespace. Missing = there is no kubeconfig yet.
    pub async fn connect(&self, owner: &ReleaseKey, cluster: &str) -> Fetched<Workload> {
        let kubeconfig = match self.kubeconfig(&owner.0, cluster).await {
            Fetched::Found(kubeconfig) => kubeconfig,
            Fetched::Missing => {
                self.forget(owner);
                return Fetched::Missing;
            }
            Fetched::Failed(failure) => return Fetched::Failed(failure),
        };
        let digest = Digest::of(&kubeconfig);
        let known = self.lock().get(owner).map(|known| {
            let same = known.kubeconfig == digest;
            (same, known.workload.clone())
        });
        let workload = match known {
            Some((true, workload)) => workload,
            _ => match self.open(owner, cluster, &kubeconfig).await {
                Ok(workload) => self.keep(owner, digest, workload),
                Err(failure) => {
                    self.forget(owner);
                    return Fetched::Failed(failure);
                }
            },
        };
        match workload.answers().await {
            Ok(()) => Fetched::Found(workload),
            Err(failure) => Fetched::Failed(failure),
        }
    }

    /// Ends everything that runs for a cluster: its add-ons are gone.
    pub fn forget(&self, owner: &ReleaseKey) {
        let known = self.lock().remove(owner);
        known.inspect(|known| known.workload.end());
    }

    /// Forgets all clusters whose owner the test refuses.
    pub fn retain(&self, exists: impl Fn(&ReleaseKey) -> bool) {
        let all: Vec<ReleaseKey> = self.lock().keys().cloned().collect();
        all.iter()
            .filter(|owner| !exists(owner))
            .for_each(|owner| self.forget(owner));
    }

    async fn kubeconfig(&self, namespace: &str, cluster: &str) -> Fetched<Vec<u8>> {
        let api: Api<Secret> = Api::namespaced(self.management.clone(), namespace);
        let name = secret_name(cluster);
        let id = ObjectId {
            kind: Kind::new("", "Secret"),
            namespace: Some(namespace.to_owned()),
            name: name.clone(),
        };
        let secret = match api.get_opt(&name).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return Fetched::Missing,
            Err(error) => return Fetched::Failed(of_api("get", &id, &error)),
        };
        match secret.data.and_then(|mut data| data.remove(KEY)) {
            Some(value) => Fetched::Found(value.0),
            None => Fetched::Failed(Failure::new(
                Cause::Misconfigured,
                format!("{id} has no key \"{KEY}\": it should hold the kubeconfig of the cluster"),
            )),
        }
    }

    async fn open(
        &self,
        owner: &ReleaseKey,
        cluster: &str,
        kubeconfig: &[u8],
    ) -> Result<Workload, Failure> {
        let refused = |problem: String| {
            let secret = secret_name(cluster);
            Failure::new(
                Cause::Misconfigured,
                format!("Secret {}/{secret} cannot be used: {problem}", owner.0),
            )
        };
        let access = workload_access(kubeconfig).map_err(|error| refused(error.to_string()))?;
        let client = access::client(&access, &self.metrics, self.settings.deadline)
            .await
            .map_err(|problem| refused(problem.to_owned()))?;
        let kinds = Kinds::beside(client.clone(), self.common.clone());
        let tracker = Tracker::new(
            client.clone(),
            kinds.clone(),
            self.metrics.clone(),
            self.due.clone(),
            Whose::Of(owner.clone()),
        );
        let server = ApiServer {
            client,
            kinds,
            tracker,
        };
        let name = format!("{}/{cluster}", owner.0);
        let deadline = self.settings.deadline;
        Ok(Workload::new(
            server,
            &name,
            owner.clone(),
            self.due.clone(),
            deadline,
        ))
    }

    /// Puts a new link in the place of an old one.
    fn keep(&self, owner: &ReleaseKey, kubeconfig: Digest, workload: Workload) -> Workload {
        let known = Known {
            kubeconfig,
            workload: workload.clone(),
        };
        let before = self.lock().insert(owner.clone(), known);
        before.inspect(|known| known.workload.end());
        workload
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReleaseKey, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Name of the Secret in which Cluster API keeps the kubeconfig of a Cluster.
fn secret_name(cluster: &str) -> String {
    format!("{cluster}-kubeconfig")
}
