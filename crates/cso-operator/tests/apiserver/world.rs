//! Decides what one test has to itself: a namespace, a registry, an operator that looks at this namespace only.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use clap::Parser as _;
use cso_api::conditions::{self, types};
use cso_api::{ClusterStack, ClusterStackRelease, Condition};
use cso_operator::{Args, Config, Error};
use cso_source::{Access, OciRepository, Source, SourceSpec};
use cso_testing::{Options, Registry, TestBed, TestNamespace, dump, wait};
use k8s_openapi::NamespaceResourceScope;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::config::AuthInfo;
use kube::{Api, Client, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{OnceCell, oneshot};
use tokio::task::JoinHandle;

use crate::release::Release;

/// How long anything may take; the machine may be busy.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

const REPOSITORY: &str = "kaas/cluster-stacks";

/// The API server all tests share.
pub(crate) async fn bed() -> &'static TestBed {
    static BED: OnceCell<TestBed> = OnceCell::const_new();
    BED.get_or_init(|| async {
        let options = Options::default()
            .controller_manager()
            .cluster_api()
            .providers()
            .definitions(cso_api::crds());
        TestBed::start(options).await.unwrap()
    })
    .await
}

/// What one test has to itself.
pub(crate) struct World {
    bed: &'static TestBed,
    pub(crate) namespace: String,
    pub(crate) client: Client,
    pub(crate) registry: Registry,
    operator: Option<Operator>,
    releases: tempfile::TempDir,
    _namespace: Option<TestNamespace>,
}

/// An operator that runs.
pub(crate) struct Operator {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Error>>,
}

impl Operator {
    /// Starts an operator in this process.
    pub(crate) async fn start(config: Config) -> Self {
        Self::start_on(bed().await, config).await
    }

    async fn start_on(bed: &TestBed, config: Config) -> Self {
        Self::start_by(bed.config().await.unwrap(), config)
    }

    /// Starts an operator that has no other rights than this token gives.
    pub(crate) async fn start_with(token: String, config: Config) -> Self {
        let mut cluster = bed().await.config().await.unwrap();
        cluster.auth_info = AuthInfo {
            token: Some(token.into()),
            ..AuthInfo::default()
        };
        Self::start_by(cluster, config)
    }

    fn start_by(cluster: kube::Config, config: Config) -> Self {
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(cso_operator::run(config, cluster, async {
            // A dropped sender ends the operator as well.
            drop(stopped.await);
        }));
        Self { stop, ended }
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(DEADLINE, self.ended)
            .await
            .expect("the operator ends when it is asked to")
            .unwrap()
            .unwrap();
    }
}

impl World {
    /// A namespace of its own with an operator.
    pub(crate) async fn start(prefix: &str) -> Self {
        let mut world = Self::idle(prefix).await;
        world.resume().await;
        world
    }

    /// The same, and the stack `demo` has this small release applied.
    pub(crate) async fn applied(prefix: &str, tag: &str) -> Self {
        let world = Self::start(prefix).await;
        world.publish(&Release::small(tag)).await;
        world.want("demo", &[tag]).await;
        world.ready("demo").await;
        world
    }

    /// A namespace of its own, without an operator yet.
    pub(crate) async fn idle(prefix: &str) -> Self {
        Self::on(bed().await, prefix).await
    }

    /// An API server of its own with an operator that looks at every namespace.
    pub(crate) async fn everywhere() -> Self {
        let options = Options::default()
            .cluster_api()
            .definitions(cso_api::crds());
        // Like the shared one it ends with the process.
        let bed: &TestBed = Box::leak(Box::new(TestBed::start(options).await.unwrap()));
        let mut world = Self::of(bed, "default".to_owned(), None).await;
        let mut config = world.config(&["--leader-elect=false"]);
        config.namespace = None;
        world.operator = Some(Operator::start_on(bed, config).await);
        world
    }

    /// A namespace of a certain name, without an operator yet. It stays behind.
    pub(crate) async fn named(namespace: &str) -> Self {
        let world = Self::of(bed().await, namespace.to_owned(), None).await;
        let object =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        let api: Api<DynamicObject> =
            Api::all_with(world.client.clone(), &resource("v1", "Namespace"));
        let params = PatchParams::apply("test");
        api.patch(namespace, &params, &Patch::Apply(&object))
            .await
            .unwrap();
        world
    }

    /// A namespace of its own on another bed, without an operator.
    pub(crate) async fn on(bed: &'static TestBed, prefix: &str) -> Self {
        let namespace = bed.namespace(prefix).await.unwrap();
        let name = namespace.name().to_owned();
        Self::of(bed, name, Some(namespace)).await
    }

    async fn of(bed: &'static TestBed, namespace: String, own: Option<TestNamespace>) -> Self {
        Self {
            bed,
            namespace,
            client: bed.client().await.unwrap(),
            registry: Registry::start().await.unwrap(),
            operator: None,
            releases: tempfile::tempdir().unwrap(),
            _namespace: own,
        }
    }

    /// The configuration of this world's operator.
    pub(crate) fn config(&self, more: &[&str]) -> Config {
        let (namespace, releases) = (&self.namespace, self.releases.path().display());
        let mut arguments = vec![
            "cso-operator".to_owned(),
            "--metrics-bind-address=0".to_owned(),
            "--health-probe-bind-address=0".to_owned(),
            "--source=oci".to_owned(),
            format!("--release-dir={releases}"),
            format!("--namespace={namespace}"),
        ];
        arguments.extend(more.iter().map(|&flag| flag.to_owned()));
        if !more.iter().any(|flag| flag.starts_with("--hook-port=")) {
            arguments.push("--hook-port=0".to_owned());
        }
        let repository = format!("{}/{REPOSITORY}", self.registry.host());
        let env = |name: &str| (name == "OCI_REPOSITORY").then(|| repository.clone());
        let mut config =
            cso_operator::resolve(&Args::parse_from(arguments), &env, namespace).unwrap();
        config.default_source = Ok((place(&self.registry), Access::default()));
        config
    }

    /// Starts the operator.
    pub(crate) async fn resume(&mut self) {
        assert!(self.operator.is_none(), "one operator at a time");
        let config = self.config(&["--leader-elect=false"]);
        self.operator = Some(Operator::start_on(self.bed, config).await);
    }

    /// Stops the operator.
    pub(crate) async fn pause(&mut self) {
        self.operator.take().expect("an operator runs").stop().await;
    }

    /// Empties the operator's cache, as a new Pod has it.
    pub(crate) fn forget_releases(&mut self) {
        self.releases = tempfile::tempdir().unwrap();
    }

    /// Where the operator keeps what it pulled.
    pub(crate) fn releases(&self) -> &Path {
        self.releases.path()
    }

    /// Publishes a release in this world's registry.
    pub(crate) async fn publish(&self, release: &Release) {
        publish(&self.registry, release).await;
    }

    /// Publishes other content under the tag of a release.
    pub(crate) async fn move_tag(&self, release: &Release) {
        self.registry.remove_tag(REPOSITORY, &release.tag.dash());
        self.publish(release).await;
    }

    /// Asks for releases, all of one stack.
    pub(crate) async fn want(&self, name: &str, tags: &[&str]) -> ClusterStack {
        self.stack(name, wanting(tags)).await
    }

    /// Writes a stack.
    pub(crate) async fn stack(&self, name: &str, spec: Value) -> ClusterStack {
        let object = json!({
            "apiVersion": "clusterstack.x-k8s.io/v1alpha1", "kind": "ClusterStack",
            "metadata": {"name": name}, "spec": spec,
        });
        let params = PatchParams::apply("test").force();
        let api: Api<ClusterStack> = self.api();
        api.patch(name, &params, &Patch::Apply(&object))
            .await
            .unwrap()
    }

    /// Waits until the stack is ready for its present spec.
    pub(crate) async fn ready(&self, stack: &str) -> ClusterStack {
        let api: Api<ClusterStack> = self.api();
        self.until(&api, stack, |stack| {
            stack.is_some_and(|stack| {
                let status = stack.status.as_ref();
                status.is_some_and(|status| {
                    status.observed_generation == stack.metadata.generation
                        && conditions::is_true(&status.conditions, types::READY)
                })
            })
        })
        .await
        .expect("a ready stack exists")
    }

    /// Waits until the condition of a release has this reason.
    pub(crate) async fn told(
        &self,
        release: &str,
        condition: &str,
        reason: &str,
    ) -> ClusterStackRelease {
        let api: Api<ClusterStackRelease> = self.api();
        self.until(&api, release, |release| {
            release.is_some_and(|release| {
                find(release, condition).and_then(|one| one.reason.as_deref()) == Some(reason)
            })
        })
        .await
        .expect("a release with conditions exists")
    }

    /// Waits on a watch; shows the whole namespace if that fails.
    pub(crate) async fn until<K, P>(&self, api: &Api<K>, name: &str, holds: P) -> Option<K>
    where
        K: kube::Resource + Clone + Debug + Serialize + DeserializeOwned + Send + 'static,
        P: FnMut(Option<&K>) -> bool,
    {
        match wait::until(api, name, holds, DEADLINE).await {
            Ok(object) => object,
            Err(error) => {
                let running = self
                    .operator
                    .as_ref()
                    .is_some_and(|operator| !operator.ended.is_finished());
                let kinds = ["ClusterStack", "ClusterStackRelease"]
                    .map(|kind| resource("clusterstack.x-k8s.io/v1alpha1", kind));
                let all = dump::namespace(&self.client, &self.namespace, &kinds).await;
                panic!("{error}\n(an operator is running: {running})\n{all}")
            }
        }
    }

    /// Waits until an object is gone.
    pub(crate) async fn gone<K>(&self, api: &Api<K>, name: &str)
    where
        K: kube::Resource + Clone + Debug + Serialize + DeserializeOwned + Send + 'static,
    {
        self.until(api, name, |object| object.is_none()).await;
    }

    /// The objects of a type in this namespace.
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The objects of a kind in this namespace.
    pub(crate) fn kind(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        self.elsewhere(&self.namespace, version, kind)
    }

    /// The objects of a kind in another namespace.
    pub(crate) fn elsewhere(
        &self,
        namespace: &str,
        version: &str,
        kind: &str,
    ) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &resource(version, kind))
    }

    /// Applies an object as somebody else.
    pub(crate) async fn apply(&self, manager: &str, object: &Value) -> DynamicObject {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap();
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
            .unwrap_or(&self.namespace);
        let api = self.elsewhere(namespace, text("/apiVersion"), text("/kind"));
        let params = PatchParams::apply(manager).force();
        api.patch(text("/metadata/name"), &params, &Patch::Apply(object))
            .await
            .unwrap()
    }
}

/// The spec of a stack that pins these releases, all of one stack.
pub(crate) fn wanting(tags: &[&str]) -> Value {
    let tags: Vec<cluster_stack::ReleaseTag> =
        tags.iter().map(|tag| tag.parse().unwrap()).collect();
    let first = tags.first().unwrap();
    let versions: Vec<String> = tags.iter().map(|tag| tag.version.dot()).collect();
    json!({
        "provider": first.provider, "name": first.name,
        "kubernetesVersion": first.kubernetes.to_string(), "channel": "stable",
        "autoSubscribe": false, "noProvider": true, "versions": versions,
    })
}

/// Publishes a release in a registry.
pub(crate) async fn publish(registry: &Registry, release: &Release) {
    publish_as(registry, release, Access::default()).await;
}

/// The same, with credentials.
pub(crate) async fn publish_as(registry: &Registry, release: &Release, access: Access) {
    Source::new(place(registry), access)
        .unwrap()
        .push(&release.tag, &release.files, BTreeMap::new())
        .await
        .unwrap();
}

/// `spec.source` of a stack that uses this registry.
pub(crate) fn source(host: &str) -> Value {
    json!({"oci": {"url": format!("{host}/{REPOSITORY}"), "insecure": true}})
}

fn place(registry: &Registry) -> SourceSpec {
    let mut place = OciRepository::parse(&format!("{}/{REPOSITORY}", registry.host())).unwrap();
    place.plain_http = true;
    SourceSpec::Oci(place)
}

/// How to address a kind.
pub(crate) fn resource(version: &str, kind: &str) -> ApiResource {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

/// A condition of a release.
pub(crate) fn find<'a>(release: &'a ClusterStackRelease, type_: &str) -> Option<&'a Condition> {
    conditions::find(&release.status.as_ref()?.conditions, type_)
}

/// Uid of an object.
pub(crate) fn uid(object: &DynamicObject) -> String {
    object.uid().unwrap()
}
