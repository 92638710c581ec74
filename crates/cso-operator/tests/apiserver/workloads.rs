//! Workload clusters: reached by the kubeconfig of their Secret, told apart when they do not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cluster_stack::ObjectRef;
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_operator::{Metrics, Workload, WorkloadSettings, Workloads};
use cso_testing::TestNamespace;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{DeleteParams, ObjectMeta, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{DEADLINE, bed};

struct Sites {
    namespace: TestNamespace,
    client: Client,
    workloads: Workloads,
    /// Of the workload clusters.
    metrics: Metrics,
    news: UnboundedReceiver<(String, String)>,
}

impl Sites {
    async fn start(deadline: Duration) -> Self {
        let bed = bed().await;
        let client = cso_operator::client(bed.config().await.unwrap(), Metrics::default()).unwrap();
        let (due, news) = unbounded();
        let settings = WorkloadSettings { deadline };
        let metrics = Metrics::default();
        Self {
            namespace: bed.namespace("workloads").await.unwrap(),
            workloads: Workloads::new(client.clone(), metrics.clone(), settings, due),
            client,
            metrics,
            news,
        }
    }

    fn owner(&self, cluster: &str) -> (String, String) {
        (
            self.namespace.name().to_owned(),
            format!("cluster-addon-{cluster}"),
        )
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace.name())
    }

    async fn kubeconfig(&self, cluster: &str, kubeconfig: &str) {
        let name = format!("{cluster}-kubeconfig");
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..ObjectMeta::default()
            },
            data: Some([("value".to_owned(), ByteString(kubeconfig.into()))].into()),
            ..Secret::default()
        };
        let params = PatchParams::apply("test").force();
        self.secrets()
            .patch(&name, &params, &Patch::Apply(&secret))
            .await
            .unwrap();
    }

    async fn connect(&self, cluster: &str) -> Fetched<Workload> {
        self.workloads.connect(&self.owner(cluster), cluster).await
    }

    async fn reached(&self, cluster: &str) -> Workload {
        match self.connect(cluster).await {
            Fetched::Found(workload) => workload,
            Fetched::Missing => panic!("{cluster} has no kubeconfig"),
            Fetched::Failed(failure) => panic!("{failure:?}"),
        }
    }

    async fn failure(&self, cluster: &str) -> Failure {
        match self.connect(cluster).await {
            Fetched::Failed(failure) => failure,
            _ => panic!("{cluster} should not be reached"),
        }
    }
}

/// The bed's kubeconfig, leading to another port.
async fn leading_to(port: u16) -> String {
    let mut config: Value = serde_json::from_str(bed().await.kubeconfig()).unwrap();
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://127.0.0.1:{port}"));
    config.to_string()
}

fn reference(kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        key: "x".to_owned(),
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: Some("default".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_cluster_is_reached_by_the_kubeconfig_of_its_secret() {
    let sites = Sites::start(DEADLINE).await;
    assert!(matches!(sites.connect("c1").await, Fetched::Missing));
    sites.kubeconfig("c1", bed().await.kubeconfig()).await;
    let workload = sites.reached("c1").await;
    let capabilities = workload.capabilities().await.unwrap();
    assert!(capabilities.kube_version.version.starts_with("v1."));
    let served = |name: &str| capabilities.api_versions.iter().any(|one| one == name);
    assert!(served("apps/v1/Deployment") && served("v1") && !served("x/v1"));
    let service = workload.fetch(&reference("Service", "kubernetes")).await;
    assert_eq!(service.found().unwrap()["metadata"]["name"], "kubernetes");
    for missing in [reference("Service", "none"), reference("Nonsense", "none")] {
        assert_eq!(workload.fetch(&missing).await, Fetched::Missing);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn u9_an_object_costs_one_request_however_often_the_cluster_is_connected() {
    let sites = Sites::start(DEADLINE).await;
    sites.kubeconfig("c1", bed().await.kubeconfig()).await;
    let service = reference("Service", "kubernetes");
    let look = async || {
        let workload = sites.reached("c1").await;
        workload.capabilities().await.unwrap();
        assert!(workload.fetch(&service).await.found().is_some());
    };
    look().await;
    let before = sites.metrics.requests_of("get");
    for _ in 0..20 {
        look().await;
    }
    assert_eq!(sites.metrics.requests_of("get") - before, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_watches_of_a_cluster_share_one_connection() {
    let sites = Sites::start(DEADLINE).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let opened = Connections::default();
    let to = bed().await.apiserver();
    tokio::spawn(forward(listener, to, Arc::clone(&opened)));
    sites.kubeconfig("c1", &leading_to(port).await).await;
    let workload = sites.reached("c1").await;
    // Its definitions are watched from here on.
    workload.capabilities().await.unwrap();
    let service = reference("Service", "kubernetes");
    let requests = (0..20).map(|_| workload.fetch(&service));
    let found = futures::future::join_all(requests).await;
    assert!(found.iter().all(|one| one.found().is_some()));
    assert_eq!(opened.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_that_asks_for_more_than_data_is_refused_by_name() {
    let sites = Sites::start(DEADLINE).await;
    let mut config: Value = serde_json::from_str(bed().await.kubeconfig()).unwrap();
    config["users"][0]["user"] = json!({"exec": {"command": "sh"}});
    sites.kubeconfig("c1", &config.to_string()).await;
    let failure = sites.failure("c1").await;
    assert_eq!(failure.cause, Cause::Misconfigured);
    assert!(
        failure.message.contains("c1-kubeconfig") && failure.message.contains("user.exec"),
        "{}",
        failure.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_never_answers_costs_nobody_else_anything() {
    // Nothing gives up before the test does.
    let sites = Sites::start(Duration::from_hours(1)).await;
    let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hole.local_addr().unwrap().port();
    sites.kubeconfig("hole", &leading_to(port).await).await;
    sites.kubeconfig("sound", bed().await.kubeconfig()).await;
    let (workloads, owner) = (sites.workloads.clone(), sites.owner("hole"));
    let stuck =
        tokio::spawn(async move { workloads.connect(&owner, "hole").await.found().is_some() });
    let (_open, _) = hole.accept().await.unwrap();
    let workload = sites.reached("sound").await;
    assert!(workload.capabilities().await.is_ok());
    assert!(!stuck.is_finished());
    stuck.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_cluster_is_not_asked_by_passes_and_its_owner_is_told_when_it_is_back() {
    let mut sites = Sites::start(Duration::from_millis(500)).await;
    let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hole.local_addr().unwrap().port();
    sites.kubeconfig("c1", &leading_to(port).await).await;
    let failure = sites.failure("c1").await;
    assert_eq!(failure.cause, Cause::Unreachable);
    let place = format!("{}/c1", sites.namespace.name());
    assert_eq!(
        failure.message,
        format!("the API server of cluster {place} gives no answer")
    );
    assert_eq!(sites.failure("c1").await, failure);
    // It comes back: the port now leads to the real server.
    tokio::spawn(forward(
        hole,
        bed().await.apiserver(),
        Connections::default(),
    ));
    let told = tokio::time::timeout(DEADLINE, sites.news.next())
        .await
        .unwrap();
    assert_eq!(told, Some(sites.owner("c1")));
    sites.reached("c1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_kubeconfig_is_used_at_once_and_one_that_is_gone_no_longer() {
    let mut sites = Sites::start(Duration::from_millis(500)).await;
    let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
    sites
        .kubeconfig("c1", &leading_to(hole.local_addr().unwrap().port()).await)
        .await;
    sites.failure("c1").await;
    sites.kubeconfig("c1", bed().await.kubeconfig()).await;
    let used = async {
        // A busy machine may make it silent for a moment; then its return is told.
        while !matches!(sites.connect("c1").await, Fetched::Found(_)) {
            sites.news.next().await;
        }
    };
    tokio::time::timeout(DEADLINE, used).await.unwrap();
    let params = DeleteParams::default();
    sites
        .secrets()
        .delete("c1-kubeconfig", &params)
        .await
        .unwrap();
    assert!(matches!(sites.connect("c1").await, Fetched::Missing));
}

/// How many connections were opened.
type Connections = Arc<AtomicUsize>;

/// Carries every connection to another address.
async fn forward(listener: TcpListener, to: String, opened: Connections) {
    let address = to.trim_start_matches("https://").to_owned();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        opened.fetch_add(1, Ordering::Relaxed);
        let address = address.clone();
        tokio::spawn(async move {
            let mut far = tokio::net::TcpStream::connect(address).await.unwrap();
            // A side that closes ends the other.
            let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}
