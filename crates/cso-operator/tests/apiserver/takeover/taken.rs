//! Decides what a test of a recorded state has: both clusters as upstream left them, its releases published, and what
//! Cluster API and the owner do meanwhile.

use cso_api::{ClusterAddon, ClusterAddonStatus, ClusterStackRelease};
use cso_core::hooks::{Answer, Facts, Hook, decide, parse};
use cso_testing::{WorkloadServer, wait};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DynamicObject, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::charts::release;
use super::recorded::{Loader, State, text};
use crate::world::{DEADLINE, World, bed};

/// In the order in which they own each other.
const MANAGEMENT: [&str; 8] = [
    "clusterstacks",
    "clusterstackreleases",
    "clusterclasses",
    "clusters",
    "templates",
    "kubeadmcontrolplanes",
    "devclusters",
    "clusteraddons",
];
const CLUSTER: (&str, &str) = ("cluster.x-k8s.io/v1beta2", "Cluster");

/// An object as it was recorded, and as it is loaded.
pub(super) struct Loaded {
    pub(super) recorded: Value,
    pub(super) object: DynamicObject,
}

/// A state that is taken over.
pub(super) struct Taken {
    pub(super) world: World,
    pub(super) workload: Client,
    _server: Option<WorkloadServer>,
    pub(super) state: State,
    cluster: String,
    pub(super) management: Vec<Loaded>,
    pub(super) addons: Vec<Loaded>,
}

impl Taken {
    /// The state of that number, and nobody works on it yet; `None` without the data.
    pub(super) async fn idle(number: u32) -> Option<Self> {
        let state = State::numbered(number)?;
        let world = World::idle("takeover").await;
        for object in state.objects("management/clusterstackreleases.yaml") {
            let tag = text(&object, "/metadata/name");
            world.publish(&release(tag, &state)).await;
        }
        let addons = state.workload();
        let server = if addons.is_empty() && state.objects("management/clusters.yaml").is_empty() {
            None
        } else {
            Some(bed().await.workload_server().await.unwrap())
        };
        let workload = match &server {
            Some(server) => server.client().await.unwrap(),
            None => world.client.clone(),
        };
        let kubeconfig = server.as_ref().map(|server| server.kubeconfig().to_owned());
        let mut taken = Self {
            workload,
            state,
            cluster: String::new(),
            management: Vec::new(),
            addons: load(&world.client, &world.namespace, Vec::new()).await,
            world,
            _server: server,
        };
        if let Some(kubeconfig) = kubeconfig {
            taken.kubeconfig(&kubeconfig).await;
            taken.gate("before", "open").await;
            taken.gate("after", "open").await;
        }
        taken.addons = load(&taken.workload, "kube-system", addons).await;
        let files = MANAGEMENT
            .iter()
            .flat_map(|file| taken.state.objects(&format!("management/{file}.yaml")));
        let objects = files.collect();
        taken.management = load(&taken.world.client, &taken.world.namespace, objects).await;
        Some(taken)
    }

    /// The state of that number with our operator at work.
    pub(super) async fn over(number: u32) -> Option<Self> {
        let mut taken = Self::idle(number).await?;
        taken.world.resume().await;
        Some(taken)
    }

    async fn kubeconfig(&mut self, kubeconfig: &str) {
        let clusters = self.state.objects("management/clusters.yaml");
        text(&clusters[0], "/metadata/name").clone_into(&mut self.cluster);
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(format!("{}-kubeconfig", self.cluster)),
                ..ObjectMeta::default()
            },
            data: Some([("value".to_owned(), ByteString(kubeconfig.into()))].into()),
            ..Secret::default()
        };
        let secrets: Api<Secret> = self.world.api();
        secrets
            .create(&PostParams::default(), &secret)
            .await
            .unwrap();
    }

    /// Sets the switch that the conditions of the stages ask.
    pub(super) async fn gate(&self, key: &str, value: &str) {
        let maps: Api<ConfigMap> = Api::namespaced(self.workload.clone(), "kube-system");
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "gate"}, "data": {key: value}});
        let params = PatchParams::apply(&format!("test-{key}"));
        maps.patch("gate", &params, &Patch::Apply(&map))
            .await
            .unwrap();
    }

    /// Waits until the add-ons report this.
    pub(super) async fn addon(
        &self,
        holds: impl Fn(&ClusterAddonStatus) -> bool,
    ) -> ClusterAddonStatus {
        let api: Api<ClusterAddon> = self.world.api();
        let name = self.addon_name();
        let told = wait::until(
            &api,
            &name,
            |addon: Option<&ClusterAddon>| {
                addon
                    .and_then(|addon| addon.status.as_ref())
                    .is_some_and(&holds)
            },
            DEADLINE,
        );
        match told.await {
            Ok(addon) => addon.unwrap().status.unwrap(),
            Err(error) => {
                let addon = api.get_opt(&name).await.unwrap();
                let addon = serde_json::to_string_pretty(&addon).unwrap();
                panic!("{:?}: {error}\n{addon}", self.state)
            }
        }
    }

    fn addon_name(&self) -> String {
        format!("cluster-addon-{}", self.cluster)
    }

    /// Waits until the release is applied.
    pub(super) async fn applied(&self, release: &str) -> ClusterAddonStatus {
        self.addon(|status| {
            status
                .applied
                .as_ref()
                .is_some_and(|one| one.release == release)
        })
        .await
    }

    /// Waits until a stage waits for something.
    pub(super) async fn waits(&self, stage: &str, phase: &str) -> ClusterAddonStatus {
        self.addon(|status| {
            let is_ours = status.target.is_some();
            is_ours
                && status
                    .stages
                    .iter()
                    .any(|one| one.name == stage && one.phase == phase)
        })
        .await
    }

    /// What Cluster API is answered when it calls a hook now.
    pub(super) async fn hook(&self, hook: Hook) -> Answer {
        let cluster = self
            .world
            .kind(CLUSTER.0, CLUSTER.1)
            .get(&self.cluster)
            .await
            .unwrap();
        let body = json!({"cluster": cluster});
        let request = parse(hook, body.to_string().as_bytes()).unwrap();
        let class = request.view().class().unwrap().name;
        let releases: Api<ClusterStackRelease> = self.world.api();
        let release = releases.get_opt(&class).await.unwrap();
        let addons: Api<ClusterAddon> = self.world.api();
        let addon = addons.get_opt(&self.addon_name()).await.unwrap();
        decide(
            &request,
            &Facts {
                release: release.as_ref(),
                addon: addon.as_ref(),
            },
        )
    }

    /// Says of the Cluster what Cluster API would after the rollout.
    pub(super) async fn roll_out(&self) {
        let params = PatchParams::default();
        let clusters = self.world.kind(CLUSTER.0, CLUSTER.1);
        let cluster = clusters.get(&self.cluster).await.unwrap();
        let version = text(&cluster.data, "/spec/topology/version");
        let name = text(&cluster.data, "/spec/controlPlaneRef/name");
        let planes = self.world.kind(
            "controlplane.cluster.x-k8s.io/v1beta2",
            "KubeadmControlPlane",
        );
        let status = json!({"status": {"version": version}});
        planes
            .patch_status(name, &params, &Patch::Merge(&status))
            .await
            .unwrap();
        let mut conditions = cluster.data["status"]["conditions"].clone();
        for condition in conditions.as_array_mut().unwrap() {
            if condition["type"] == "TopologyReconciled" {
                condition["status"] = json!("True");
                condition["message"] = json!("");
            }
        }
        let status = json!({"status": {"conditions": conditions}});
        clusters
            .patch_status(&self.cluster, &params, &Patch::Merge(&status))
            .await
            .unwrap();
    }

    /// Annotates the add-ons as their owner.
    pub(super) async fn consent(&self) {
        let api: Api<ClusterAddon> = self.world.api();
        let annotation = json!({"metadata": {"annotations": {cso_api::labels::DELETE_ORPHANS_ANNOTATION: "true"}}});
        let params = PatchParams::default();
        api.patch(&self.addon_name(), &params, &Patch::Merge(&annotation))
            .await
            .unwrap();
    }

    /// The messages of the events with that reason.
    pub(super) async fn events(&self, reason: &str) -> Vec<String> {
        let events = self.world.kind("events.k8s.io/v1", "Event");
        let events = events.list(&ListParams::default()).await.unwrap();
        let meant = events
            .items
            .iter()
            .filter(|event| event.data["reason"] == reason);
        meant
            .map(|event| text(&event.data, "/note").to_owned())
            .collect()
    }
}

async fn load(client: &Client, namespace: &str, objects: Vec<Value>) -> Vec<Loaded> {
    let mut loader = Loader::new(client, namespace);
    let mut loaded = Vec::new();
    let (first, rest): (Vec<Value>, Vec<Value>) = objects
        .into_iter()
        .partition(|one| one["kind"] == "Namespace");
    for recorded in first.into_iter().chain(rest) {
        let object = loader.load(&recorded).await;
        loaded.push(Loaded { recorded, object });
    }
    loaded
}

/// The names of objects.
pub(super) fn names(orphans: &[cso_api::Resource]) -> Vec<&str> {
    orphans.iter().map(|one| one.name.as_str()).collect()
}
