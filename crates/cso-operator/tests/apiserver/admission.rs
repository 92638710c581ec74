//! Admission as the chart registers it: what the API server refuses for us, what it warns of, and what it leaves alone.

use std::time::Duration;

use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use cso_core::hooks::Endpoint;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::Status;
use serde_json::{Value, json};

use crate::addons::{FIRST, cluster};
use crate::installation::{
    CONFIG_MAPS, account, allowed_to_list_config_maps, config, parsed, rendered,
};
use crate::release::Release;
use crate::world::{DEADLINE, Operator, World, resource, wanting};

/// A namespace, whose name the chart's objects bear, with an operator that the API server asks about writes in that namespace.
async fn guarded(prefix: &str) -> (World, Operator) {
    let world = World::idle(prefix).await;
    let objects = parsed(&rendered(&world.namespace, CONFIG_MAPS));
    let token = account(&world, &objects).await;
    allowed_to_list_config_maps(&world).await;
    let mut config = config(&world, &objects);
    let extension = config.extension.as_mut().unwrap();
    extension.endpoint = Endpoint::Url("https://127.0.0.1:0".to_owned());
    let operator = Operator::start_with(token, config).await;
    guard(&world, &objects, &url(&world).await).await;
    (world, operator)
}

/// Has the API server ask an operator at an address about writes in the world's namespace, as the chart's objects say.
pub(crate) async fn guard(world: &World, objects: &[Value], url: &str) {
    let webhooks = objects
        .iter()
        .find(|one| one["kind"] == "ValidatingWebhookConfiguration");
    register(world, webhooks.unwrap().clone(), url).await;
    asked(world).await;
}

/// Where the operator listens: it has registered its hooks there.
async fn url(world: &World) -> String {
    let kind = resource("runtime.cluster.x-k8s.io/v1beta2", "ExtensionConfig");
    let configs: Api<DynamicObject> = Api::all_with(world.client.clone(), &kind);
    let name = format!("{}-hook-server-extensionconfig", world.namespace);
    let found = world.until(&configs, &name, |one| one.is_some()).await;
    let found = found.unwrap();
    let url = found.data.pointer("/spec/clientConfig/url").unwrap();
    url.as_str().unwrap().to_owned()
}

/// Registers the webhooks of the chart for one namespace, at an address instead of a Service, and waits until the operator
/// has vouched for them.
async fn register(world: &World, mut webhooks: Value, url: &str) {
    for webhook in webhooks["webhooks"].as_array_mut().unwrap() {
        let path = webhook["clientConfig"]["service"]["path"].clone();
        let path = path.as_str().unwrap();
        webhook["clientConfig"] = json!({"url": format!("{url}{path}")});
        let labels = json!({"kubernetes.io/metadata.name": world.namespace});
        webhook["namespaceSelector"] = json!({"matchLabels": labels});
    }
    let api: Api<ValidatingWebhookConfiguration> = Api::all(world.client.clone());
    let name = webhooks["metadata"]["name"].as_str().unwrap().to_owned();
    let params = PatchParams::apply("test");
    api.patch(&name, &params, &Patch::Apply(&webhooks))
        .await
        .unwrap();
    let vouched = |found: &ValidatingWebhookConfiguration| {
        let webhooks = found.webhooks.as_deref().unwrap();
        let mut bundles = webhooks.iter().map(|one| &one.client_config.ca_bundle);
        bundles.all(|bundle| bundle.as_ref().is_some_and(|bundle| !bundle.0.is_empty()))
    };
    world
        .until(&api, &name, |found| found.is_some_and(vouched))
        .await;
}

/// Waits until the API server asks for rulings, which nothing tells.
async fn asked(world: &World) {
    let asked = async {
        while create_stack(world, &json!(["1"]), true).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asked).await.unwrap();
}

async fn create_stack(world: &World, versions: &Value, dry_run: bool) -> Result<(), Box<Status>> {
    let mut spec = wanting(&[FIRST]);
    spec["versions"] = versions.clone();
    let stack = json!({"metadata": {"name": "tried"}, "spec": spec});
    let stack: ClusterStack = serde_json::from_value(stack).unwrap();
    let params = PostParams {
        dry_run,
        ..PostParams::default()
    };
    let created = world.api::<ClusterStack>().create(&params, &stack).await;
    refusal(created)
}

pub(crate) fn refusal<T>(written: Result<T, kube::Error>) -> Result<(), Box<Status>> {
    match written {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) => Err(status),
        Err(other) => panic!("no answer: {other}"),
    }
}

/// Applies a Cluster of a class, or of none.
async fn use_class(
    world: &World,
    name: &str,
    class: Option<(&str, &str)>,
) -> Result<(), Box<Status>> {
    let kind = ("cluster.x-k8s.io/v1beta2", "Cluster");
    let mut spec = json!({"controlPlaneEndpoint": {"host": "10.0.0.1", "port": 6443}});
    if let Some((class, version)) = class {
        spec["topology"] = json!({"classRef": {"name": class}, "version": version});
    }
    let object = json!({
        "apiVersion": kind.0, "kind": kind.1, "metadata": {"name": name}, "spec": spec,
    });
    let params = PatchParams::apply("test").force();
    let clusters = world.kind(kind.0, kind.1);
    refusal(clusters.patch(name, &params, &Patch::Apply(&object)).await)
}

/// The message of a refusal by us, of that code.
pub(crate) fn told(written: Result<(), Box<Status>>, code: u16) -> String {
    let status = written.expect_err("it is refused");
    assert_eq!(status.code, code, "{status:?}");
    assert!(status.message.contains("admission webhook"), "{status:?}");
    status.message
}

#[tokio::test]
async fn a_stack_that_cannot_work_is_refused_with_the_field() {
    let (world, operator) = guarded("cso-stack").await;
    let status = create_stack(&world, &json!(["1"]), false).await;
    let causes = status.as_ref().unwrap_err().details.as_ref().unwrap();
    assert_eq!(causes.causes[0].field, "spec.versions");
    assert!(told(status, 422).contains("spec.versions"));

    create_stack(&world, &json!(["v1"]), false).await.unwrap();
    let stacks: Api<ClusterStack> = world.api();
    let patch = |patch: Value| {
        let stacks = stacks.clone();
        async move {
            let params = PatchParams::default();
            refusal(stacks.patch("tried", &params, &Patch::Merge(&patch)).await)
        }
    };
    let moved = patch(json!({"spec": {"kubernetesVersion": "1.30"}})).await;
    assert!(told(moved, 422).contains("spec.kubernetesVersion: is immutable"));
    patch(json!({"metadata": {"labels": {"a": "b"}}}))
        .await
        .unwrap();
    patch(json!({"spec": {"versions": ["v1", "v2"]}}))
        .await
        .unwrap();

    let addon = json!({
        "metadata": {"name": "a"}, "spec": {"clusterRef": {"kind": "Machine", "name": "m"}},
    });
    let addon: ClusterAddon = serde_json::from_value(addon).unwrap();
    let addons: Api<ClusterAddon> = world.api();
    let created = addons.create(&PostParams::default(), &addon).await;
    assert!(told(refusal(created), 422).contains("spec.clusterRef.kind"));

    // Nobody uses it.
    let delete = DeleteParams::default();
    stacks.delete("tried", &delete).await.unwrap();
    world.gone(&stacks, "tried").await;
    operator.stop().await;
}

#[tokio::test]
async fn what_a_cluster_uses_is_not_deleted_and_a_cluster_fits_its_class() {
    let (world, operator) = guarded("cso-use").await;
    let release = Release::small(FIRST);
    world.publish(&release).await;
    let old = Some((FIRST, "v1.36.0"));
    // The release is not known yet: no reason to stop anybody.
    use_class(&world, "early", old).await.unwrap();
    world.want("demo", &[FIRST]).await;
    world.ready("demo").await;

    let message = told(use_class(&world, "wrong", old).await, 422);
    assert!(
        message.contains("spec.topology.version") && message.contains("v1.36.7"),
        "{message}"
    );
    cluster(&world, "c1", FIRST).await;
    let own = Some(("my-class", "v1.30.0"));
    use_class(&world, "foreign", own).await.unwrap();
    use_class(&world, "plain", None).await.unwrap();

    let delete = DeleteParams::default();
    let stacks: Api<ClusterStack> = world.api();
    let releases: Api<ClusterStackRelease> = world.api();
    let user = format!("{}/c1", world.namespace);
    for refused in [
        refusal(stacks.delete("demo", &delete).await),
        refusal(releases.delete(FIRST, &delete).await),
    ] {
        let message = told(refused, 403);
        assert!(message.contains(&user), "{message}");
    }
    let clusters = world.kind("cluster.x-k8s.io/v1beta2", "Cluster");
    for name in ["c1", "early"] {
        clusters.delete(name, &delete).await.unwrap();
        world.gone(&clusters, name).await;
    }
    stacks.delete("demo", &delete).await.unwrap();
    world.gone(&stacks, "demo").await;
    operator.stop().await;
}
