//! Decides what one of these tests has to itself: a namespace, a registry, and the API server inside of its clusters.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use cso_api::conditions::{self, types};
use cso_api::{ClusterAddon, ClusterAddonStatus};
use cso_testing::assets::{self, Asset};
use cso_testing::bed::WorkloadServer;
use cso_testing::cluster_api::{RunningCluster, TopologyCluster};
use cso_testing::{Options, TestBed, wait};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::replica::Replica;
use super::stacks::{GATE, kubernetes};
use crate::admission::guard;
use crate::installation::{parsed, rendered};
use crate::world::{World, source, wanting};

/// How long Cluster API may take for anything; it makes steps of seconds, and the machine may be busy.
pub(super) const DEADLINE: Duration = Duration::from_mins(8);

/// The Cluster API all these tests share.
async fn bed() -> &'static TestBed {
    static BED: OnceCell<TestBed> = OnceCell::const_new();
    BED.get_or_init(|| async {
        let options = Options::default().cluster_api_managers();
        TestBed::start(options.definitions(cso_api::crds()))
            .await
            .unwrap()
    })
    .await
}

/// What one test has to itself.
pub(super) struct Site {
    pub(super) bed: &'static TestBed,
    pub(super) world: World,
    pub(super) inside: WorkloadServer,
    /// Where its Clusters are.
    pub(super) home: String,
}

impl Site {
    /// On the Cluster API all these tests share.
    pub(super) async fn start(prefix: &str) -> Self {
        Self::on(bed().await, prefix).await
    }

    /// On this one.
    pub(super) async fn on(bed: &'static TestBed, prefix: &str) -> Self {
        let world = World::on(bed, prefix).await;
        let inside = bed.workload_server().await.unwrap();
        inside.run_workloads().await.unwrap();
        let home = world.namespace.clone();
        Self {
            bed,
            world,
            inside,
            home,
        }
    }

    /// Starts the operator.
    pub(super) fn operator(&self, more: &[&str]) -> Replica {
        Replica::start(self.bed, &self.world.namespace, more)
    }

    /// Has the API server ask this operator about writes, those of Cluster API among them; none goes through without.
    pub(super) async fn guard(&self, operator: &Replica) {
        let namespace = &self.world.namespace;
        let values = format!(
            "fullnameOverride: {namespace}\nwebhooks: {{clusters: {{failurePolicy: Fail}}}}"
        );
        let objects = parsed(&rendered(namespace, &values));
        guard(&self.world, &objects, &operator.url).await;
    }

    /// Asks for releases, all of one stack, and waits until they are applied.
    pub(super) async fn want(&self, tags: &[&str]) {
        let first: cluster_stack::ReleaseTag = tags[0].parse().unwrap();
        let name = format!(
            "{}-{}",
            first.name,
            first.kubernetes.to_string().replace('.', "-")
        );
        let mut spec = wanting(tags);
        spec["source"] = source(&self.world.registry.host());
        self.world.stack(&name, spec).await;
        self.world.ready(&name).await;
    }

    /// Makes a cluster of this release's class.
    pub(super) async fn cluster(&self, name: &str, tag: &str) -> RunningCluster {
        let cluster = TopologyCluster::new(&self.home, name, tag, &kubernetes(tag));
        self.made(cluster).await
    }

    /// Makes a cluster of a release that is published, and waits until its add-ons are in and its topology is as it says.
    pub(super) async fn installed(&self, name: &str, tag: &str) -> RunningCluster {
        self.want(&[tag]).await;
        let cluster = self.cluster(name, tag).await;
        self.applied(name, tag).await;
        cluster
            .condition("TopologyReconciled", DEADLINE)
            .await
            .unwrap();
        cluster
    }

    /// Makes a cluster with this site's API server inside.
    pub(super) async fn made(&self, cluster: TopologyCluster<'_>) -> RunningCluster {
        let created = self.bed.topology_cluster(cluster.on(&self.inside)).await;
        created.unwrap()
    }

    /// Moves a Cluster to another release: its class, and its Kubernetes version.
    pub(super) async fn move_to(&self, cluster: &RunningCluster, tag: &str) {
        self.ask_to_move_to(cluster, tag, &kubernetes(tag))
            .await
            .unwrap();
    }

    /// The same with this Kubernetes version, if it is allowed.
    pub(super) async fn ask_to_move_to(
        &self,
        cluster: &RunningCluster,
        tag: &str,
        version: &str,
    ) -> Result<DynamicObject, kube::Error> {
        let topology = json!({"classRef": {"name": tag}, "version": version});
        let patch = Patch::Merge(json!({"spec": {"topology": topology}}));
        let params = PatchParams::default();
        cluster.api().patch(cluster.name(), &params, &patch).await
    }

    /// Waits for a word of the Cluster.
    pub(super) async fn until(
        &self,
        cluster: &RunningCluster,
        holds: impl Fn(&DynamicObject) -> bool,
    ) -> DynamicObject {
        let seen = |object: Option<&DynamicObject>| object.is_some_and(&holds);
        let found = wait::until(&cluster.api(), cluster.name(), seen, DEADLINE).await;
        found.unwrap().unwrap()
    }

    /// Waits for a word of the Cluster's add-ons.
    pub(super) async fn addon(
        &self,
        cluster: &str,
        holds: impl Fn(&ClusterAddonStatus) -> bool,
    ) -> ClusterAddonStatus {
        let api: Api<ClusterAddon> = Api::namespaced(self.world.client.clone(), &self.home);
        let name = format!("cluster-addon-{cluster}");
        let seen = |addon: Option<&ClusterAddon>| {
            addon
                .and_then(|addon| addon.status.as_ref())
                .is_some_and(&holds)
        };
        let found = wait::until(&api, &name, seen, DEADLINE).await.unwrap();
        found.unwrap().status.unwrap()
    }

    /// Waits until a release is applied and everything of it well.
    pub(super) async fn applied(&self, cluster: &str, release: &str) -> ClusterAddonStatus {
        self.addon(cluster, |status| {
            let applied = status.applied.as_ref();
            applied.is_some_and(|applied| applied.release == release)
                && conditions::is_true(&status.conditions, types::READY)
        })
        .await
    }

    /// Waits until this stage of the release waits for its post-condition, under this hook.
    pub(super) async fn at_the_gate(
        &self,
        cluster: &str,
        release: &str,
        hook: &str,
        stage: &str,
    ) -> ClusterAddonStatus {
        self.addon(cluster, |status| {
            let waits = status.stages.iter().any(|one| {
                one.name == stage && one.phase == "waitingForPostCondition" && one.message.is_some()
            });
            waits
                && status.target.as_deref() == Some(release)
                && status.hook.as_deref() == Some(hook)
        })
        .await
    }

    /// Opens the gate for a release.
    pub(super) async fn open(&self, release: &str) {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": GATE}, "data": {"open": release},
        });
        let params = PatchParams::apply("test").force();
        let maps = self.maps().await;
        maps.patch(GATE, &params, &Patch::Apply(&map))
            .await
            .unwrap();
    }

    /// The config maps of the add-ons.
    pub(super) async fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.inside.client().await.unwrap(), "kube-system")
    }

    /// What a config map of an add-on tells.
    pub(super) async fn told(&self, map: &str) -> Option<BTreeMap<String, String>> {
        let map = self.maps().await.get_opt(map).await.unwrap();
        map.map(|map| map.data.unwrap_or_default())
    }

    /// The Kubernetes version of a cluster's control plane.
    pub(super) async fn control_plane(&self, cluster: &DynamicObject) -> String {
        let reference = &cluster.data["spec"]["controlPlaneRef"];
        let kind = self.world.elsewhere(
            &self.home,
            "controlplane.cluster.x-k8s.io/v1beta2",
            "KubeadmControlPlane",
        );
        let found = kind.get(reference["name"].as_str().unwrap()).await.unwrap();
        found.data["spec"]["version"].as_str().unwrap().to_owned()
    }

    /// Prints what a person sees now.
    #[expect(
        clippy::print_stdout,
        reason = "the transcript of a run with --nocapture"
    )]
    pub(super) fn show(&self, moment: &str) {
        let kubectl = assets::find(Asset::Kubectl).unwrap();
        let output = Command::new(kubectl)
            .env("KUBECONFIG", self.bed.kubeconfig_path())
            .args(["get", "clusteraddons", "-n", &self.home])
            .output()
            .unwrap();
        println!(
            "\n# {moment}\n$ kubectl get clusteraddons\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

/// The message with which the topology says what it waits for.
pub(super) fn topology(cluster: &DynamicObject) -> String {
    let conditions = cluster.data["status"]["conditions"].as_array();
    let mut found = conditions.into_iter().flatten();
    let found = found.find(|one| one["type"] == "TopologyReconciled");
    found.map_or_else(String::new, |one| text(&one["message"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
