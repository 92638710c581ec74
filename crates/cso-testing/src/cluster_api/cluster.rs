//! Decides how a test makes a cluster out of a class, waits for it, reaches it, upgrades and deletes it.

use std::fmt;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams,
};
use kube::core::GroupVersionKind;
use kube::{Api, Client};
use serde_json::{Value, json};

use super::class::{WORKER_CLASS, in_memory};
use crate::bed::{Error, Front, WorkloadServer};
use crate::{TestBed, wait};

/// The label by which Cluster API's managers find the Secrets of a cluster; they see no others.
const CLUSTER_NAME: &str = "cluster.x-k8s.io/cluster-name";

/// A cluster to be made.
#[derive(Debug, Clone)]
pub struct TopologyCluster<'a> {
    namespace: String,
    name: String,
    class: Value,
    version: String,
    control_plane: u32,
    workers: u32,
    workload: Option<&'a WorkloadServer>,
    shape: Shape,
}

/// The API version a Cluster is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    V1Beta1,
    V1Beta2,
}

impl<'a> TopologyCluster<'a> {
    /// One control plane machine, no worker, Kubernetes `version` (with its `v`), a class in the same namespace.
    pub fn new(namespace: &str, name: &str, class: &str, version: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            class: json!({"name": class}),
            version: version.to_owned(),
            control_plane: 1,
            workers: 0,
            workload: None,
            shape: Shape::V1Beta2,
        }
    }

    /// Writes the Cluster as `v1beta1`, as manifests of older times have it.
    pub fn v1beta1(mut self) -> Self {
        self.shape = Shape::V1Beta1;
        self
    }

    /// Takes the class from another namespace.
    pub fn class_namespace(mut self, namespace: &str) -> Self {
        self.class["namespace"] = json!(namespace);
        self
    }

    /// As many control plane machines.
    pub fn control_plane(mut self, machines: u32) -> Self {
        self.control_plane = machines;
        self
    }

    /// As many workers, in one machine deployment.
    pub fn workers(mut self, machines: u32) -> Self {
        self.workers = machines;
        self
    }

    /// Gives the cluster a real API server for everybody but Cluster API: its own, in memory, knows no server-side
    /// apply, no dry run and few kinds. The kubeconfig Secret of the cluster then leads there.
    pub fn on(mut self, server: &'a WorkloadServer) -> Self {
        self.workload = Some(server);
        self
    }

    fn object(&self) -> Value {
        let mut topology = json!({
            "version": self.version, "controlPlane": {"replicas": self.control_plane},
        });
        let version = match self.shape {
            Shape::V1Beta1 => {
                topology["class"] = self.class["name"].clone();
                if let Some(namespace) = self.class.get("namespace") {
                    topology["classNamespace"] = namespace.clone();
                }
                "cluster.x-k8s.io/v1beta1"
            }
            Shape::V1Beta2 => {
                topology["classRef"] = self.class.clone();
                "cluster.x-k8s.io/v1beta2"
            }
        };
        if self.workers > 0 {
            topology["workers"] = json!({"machineDeployments": [
                {"class": WORKER_CLASS, "name": "workers", "replicas": self.workers},
            ]});
        }
        json!({
            "apiVersion": version, "kind": "Cluster",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "clusterNetwork": {
                    "services": {"cidrBlocks": ["10.128.0.0/16"]}, "pods": {"cidrBlocks": ["10.64.0.0/16"]},
                },
                "topology": topology,
            },
        })
    }
}

impl TestBed {
    /// Applies a cluster class with machines in memory ([`in_memory`]) and its templates.
    ///
    /// # Errors
    /// Cluster API refuses one; without [`crate::Options::cluster_api_managers`] there is nobody who provides machines.
    pub async fn cluster_class(&self, namespace: &str, name: &str) -> Result<(), Error> {
        super::objects(&self.client().await?, &in_memory(namespace, name)).await
    }

    /// Gives a Cluster that somebody is about to create an API server inside, or the one in memory for `None`. Its
    /// kubeconfig must be there before Cluster API makes one.
    ///
    /// # Errors
    /// No port is left for its front, or the kubeconfig is refused.
    pub async fn prepared_cluster(
        &self,
        namespace: &str,
        name: &str,
        inside: Option<&WorkloadServer>,
    ) -> Result<RunningCluster, Error> {
        let running = RunningCluster {
            front: inside
                .map(|server| server.front(namespace, name))
                .transpose()?,
            client: self.client().await?,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        if let Some(front) = &running.front {
            running.give_kubeconfig(front.kubeconfig()).await?;
        }
        Ok(running)
    }

    /// Creates a cluster and returns at once; [`RunningCluster::condition`] waits for it.
    ///
    /// # Errors
    /// Cluster API refuses it, or no port is left for its front.
    pub async fn topology_cluster(
        &self,
        cluster: TopologyCluster<'_>,
    ) -> Result<RunningCluster, Error> {
        let running = self
            .prepared_cluster(&cluster.namespace, &cluster.name, cluster.workload)
            .await?;
        let object: DynamicObject = serde_json::from_value(cluster.object())
            .map_err(|error| Error::Client(error.into()))?;
        clusters(&running.client, &running.namespace, cluster.shape)
            .create(&PostParams::default(), &object)
            .await
            .map_err(|source| running.failed("create", source))?;
        Ok(running)
    }
}

/// A cluster that a test has made. Its front, if it has one, serves as long as this value lives; the cluster itself stays
/// until it is deleted.
pub struct RunningCluster {
    client: Client,
    namespace: String,
    name: String,
    front: Option<Front>,
}

impl fmt::Debug for RunningCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningCluster")
            .field("namespace", &self.namespace)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl RunningCluster {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clusters of its namespace, at `v1beta2`.
    pub fn api(&self) -> Api<DynamicObject> {
        clusters(&self.client, &self.namespace, Shape::V1Beta2)
    }

    /// Waits until a condition is true, for example `ControlPlaneInitialized`, `TopologyReconciled` or `Available`.
    ///
    /// # Errors
    /// The deadline passes; the message shows the cluster as last seen.
    ///
    /// # Panics
    /// Never: an absent cluster has no conditions.
    pub async fn condition(
        &self,
        name: &str,
        deadline: Duration,
    ) -> Result<DynamicObject, wait::Error> {
        let held =
            |cluster: Option<&DynamicObject>| cluster.is_some_and(|cluster| holds(cluster, name));
        let seen = wait::until(&self.api(), &self.name, held, deadline).await?;
        Ok(seen.expect("the condition holds for an object only"))
    }

    /// The kubeconfig of the cluster as its Secret has it, once it is there.
    ///
    /// # Errors
    /// The deadline passes.
    pub async fn kubeconfig(&self, deadline: Duration) -> Result<String, wait::Error> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        let mut text = None;
        let name = format!("{}-kubeconfig", self.name);
        let held = |secret: Option<&Secret>| {
            let value = secret.and_then(|secret| secret.data.as_ref()?.get("value"));
            text = value.map(|value| String::from_utf8_lossy(&value.0).into_owned());
            text.is_some()
        };
        wait::until(&api, &name, held, deadline).await?;
        Ok(text.unwrap_or_default())
    }

    /// Asks for another version of Kubernetes.
    ///
    /// # Errors
    /// Cluster API refuses it.
    pub async fn upgrade(&self, version: &str) -> Result<(), Error> {
        let patch = json!({"spec": {"topology": {"version": version}}});
        self.api()
            .patch(&self.name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .map(|_| ())
            .map_err(|source| self.failed("upgrade", source))
    }

    /// Deletes the cluster and waits until it is gone.
    ///
    /// # Errors
    /// The API server refuses, or the deadline passes.
    pub async fn delete(self, deadline: Duration) -> Result<(), Error> {
        self.api()
            .delete(&self.name, &DeleteParams::default())
            .await
            .map_err(|source| self.failed("delete", source))?;
        wait::gone(&self.api(), &self.name, deadline)
            .await
            .map_err(|error| Error::Client(error.into()))?;
        if self.front.is_some() {
            let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
            let name = format!("{}-kubeconfig", self.name);
            match api.delete(&name, &DeleteParams::default()).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(source) => return Err(self.failed("delete the kubeconfig of", source)),
            }
        }
        Ok(())
    }

    /// Cluster API leaves a kubeconfig alone whose Secret has another type than its own.
    async fn give_kubeconfig(&self, text: &str) -> Result<(), Error> {
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(format!("{}-kubeconfig", self.name)),
                labels: Some([(CLUSTER_NAME.to_owned(), self.name.clone())].into()),
                ..ObjectMeta::default()
            },
            type_: Some("Opaque".to_owned()),
            data: Some([("value".to_owned(), ByteString(text.as_bytes().to_vec()))].into()),
            ..Secret::default()
        };
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        api.create(&PostParams::default(), &secret)
            .await
            .map(|_| ())
            .map_err(|source| self.failed("create the kubeconfig of", source))
    }

    fn failed(&self, action: &'static str, source: kube::Error) -> Error {
        Error::Api {
            action,
            object: format!("Cluster {}/{}", self.namespace, self.name),
            source: Box::new(source),
        }
    }
}

fn clusters(client: &Client, namespace: &str, shape: Shape) -> Api<DynamicObject> {
    let version = match shape {
        Shape::V1Beta1 => "v1beta1",
        Shape::V1Beta2 => "v1beta2",
    };
    let kind = GroupVersionKind::gvk("cluster.x-k8s.io", version, "Cluster");
    Api::namespaced_with(client.clone(), namespace, &ApiResource::from_gvk(&kind))
}

pub(super) fn holds(object: &DynamicObject, name: &str) -> bool {
    let conditions = object.data["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition["type"] == name && condition["status"] == "True")
}

#[cfg(test)]
mod tests {
    use super::TopologyCluster;

    #[test]
    fn a_class_elsewhere_is_named_with_its_namespace() {
        let cluster = TopologyCluster::new("a", "c", "quick", "v1.34.0").class_namespace("b");
        let topology = &cluster.object()["spec"]["topology"];
        assert_eq!(topology["classRef"]["namespace"], "b");
        assert!(topology.get("workers").is_none());
    }
}
