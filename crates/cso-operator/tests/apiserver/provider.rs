//! The contract with providers: template, object made from it, and its `status.ready` as the gate.

use cso_api::ClusterStackRelease;
use cso_testing::cluster_api::permissive;
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::json;

use crate::release::Release;
use crate::world::{World, resource, wanting};

const TAG: &str = "docker-demo-1-36-v1";
const GROUP: &str = "provider.example.com";
const VERSION: &str = "provider.example.com/v1";
const KIND: &str = "ThingClusterStackRelease";
const TEMPLATE: &str = "ThingClusterStackReleaseTemplate";
const CLASS: (&str, &str) = ("cluster.x-k8s.io/v1beta1", "ClusterClass");

/// A world that serves the provider's kinds and has a release for a stack that needs them.
async fn world(prefix: &str) -> World {
    let world = World::start(prefix).await;
    serve(&world, GROUP).await;
    world.publish(&Release::small(TAG)).await;
    world
}

/// Serves the provider's kinds in that group.
async fn serve(world: &World, group: &str) {
    let kind = "CustomResourceDefinition";
    let definitions: Api<DynamicObject> = Api::all_with(
        world.client.clone(),
        &resource("apiextensions.k8s.io/v1", kind),
    );
    for served in [KIND, TEMPLATE] {
        let mut definition = serde_json::to_value(permissive(group, served, &["v1"])).unwrap();
        definition["apiVersion"] = json!("apiextensions.k8s.io/v1");
        definition["kind"] = json!(kind);
        let name = format!("{}s.{group}", served.to_lowercase());
        let params = PatchParams::apply("test").force();
        definitions
            .patch(&name, &params, &Patch::Apply(&definition))
            .await
            .unwrap();
        let is_established = |definition: Option<&DynamicObject>| {
            let all = definition.and_then(|it| it.data["status"]["conditions"].as_array());
            let established = json!(["Established", "True"]);
            all.is_some_and(|all| {
                all.iter()
                    .any(|one| json!([one["type"], one["status"]]) == established)
            })
        };
        cso_testing::wait::until(&definitions, &name, is_established, crate::world::DEADLINE)
            .await
            .unwrap();
    }
}

async fn ask(world: &World) {
    let mut spec = wanting(&[TAG]);
    spec["noProvider"] = json!(false);
    spec["providerRef"] = json!({"apiVersion": VERSION, "kind": TEMPLATE, "name": "things"});
    world.stack("demo", spec).await;
}

async fn template(world: &World) {
    let template = json!({
        "apiVersion": VERSION, "kind": TEMPLATE, "metadata": {"name": "things"},
        "spec": {"template": {"spec": {"identityRef": {"kind": "Secret", "name": "cloud"}}}},
    });
    world.apply("a-person", &template).await;
}

async fn set_ready(api: &Api<DynamicObject>, ready: bool) {
    let patch = Patch::Merge(json!({"status": {"ready": ready}}));
    api.patch_status(TAG, &PatchParams::default(), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_release_waits_for_its_provider_object_and_goes_on_when_that_is_ready() {
    let world = world("provider").await;
    template(&world).await;
    ask(&world).await;
    let waiting = world
        .told(TAG, "ProviderClusterStackReleaseReady", "ProcessOngoing")
        .await;
    let objects = world.kind(VERSION, KIND);
    let object = objects.get(TAG).await.unwrap();
    assert_eq!(object.data["spec"]["identityRef"]["name"], "cloud");
    let owner = &object.metadata.owner_references.unwrap()[0];
    assert_eq!(
        (owner.kind.as_str(), Some(&owner.uid)),
        ("ClusterStackRelease", waiting.metadata.uid.as_ref())
    );
    let reference = waiting.spec.provider_ref.unwrap();
    assert_eq!(reference.kind.as_deref(), Some(KIND));
    let classes = world.kind(CLASS.0, CLASS.1);
    assert!(
        classes.get_opt(TAG).await.unwrap().is_none(),
        "nothing is applied before the provider is ready"
    );
    set_ready(&objects, true).await;
    world.ready("demo").await;
    assert!(classes.get_opt(TAG).await.unwrap().is_some());
}

#[tokio::test]
async fn u18_a_release_is_not_ready_any_more_when_its_provider_object_is_not() {
    let world = world("degraded").await;
    template(&world).await;
    ask(&world).await;
    world
        .told(TAG, "ProviderClusterStackReleaseReady", "ProcessOngoing")
        .await;
    let objects = world.kind(VERSION, KIND);
    set_ready(&objects, true).await;
    world.ready("demo").await;
    set_ready(&objects, false).await;
    let release = world.told(TAG, "Ready", "ProcessOngoing").await;
    assert!(!release.status.unwrap().ready);
}

#[tokio::test]
async fn a_stack_without_its_provider_template_says_so_and_goes_on_when_it_comes() {
    let world = world("template").await;
    ask(&world).await;
    let stacks: Api<cso_api::ClusterStack> = world.api();
    world
        .until(&stacks, "demo", |stack| {
            stack
                .and_then(|stack| {
                    cso_api::conditions::find(&stack.status.as_ref()?.conditions, "Stalled")
                })
                .is_some_and(|stalled| {
                    stalled.reason.as_deref() == Some("ProviderTemplateNotFound")
                })
        })
        .await;
    template(&world).await;
    let objects = world.kind(VERSION, KIND);
    world.until(&objects, TAG, |object| object.is_some()).await;
    set_ready(&objects, true).await;
    world.ready("demo").await;
    let releases: Api<ClusterStackRelease> = world.api();
    assert!(releases.get(TAG).await.unwrap().status.unwrap().ready);
}

#[tokio::test]
async fn a_stack_goes_on_when_the_kind_of_its_provider_template_comes_to_be_served() {
    const LATE: &str = "late.example.com";
    let world = World::start("late").await;
    world.publish(&Release::small(TAG)).await;
    let mut spec = wanting(&[TAG]);
    spec["noProvider"] = json!(false);
    let version = format!("{LATE}/v1");
    spec["providerRef"] = json!({"apiVersion": version, "kind": TEMPLATE, "name": "things"});
    world.stack("demo", spec).await;
    world
        .until(&world.api::<cso_api::ClusterStack>(), "demo", |stack| {
            let status = stack.and_then(|stack| stack.status.as_ref());
            let mut all = status.into_iter().flat_map(|status| &status.conditions);
            all.any(|one| one.type_ == "Ready" && one.reason.as_deref() == Some("KindUnknown"))
        })
        .await
        .unwrap();
    serve(&world, LATE).await;
    let template = json!({
        "apiVersion": version, "kind": TEMPLATE, "metadata": {"name": "things"},
        "spec": {"template": {"spec": {}}},
    });
    world.apply("a-person", &template).await;
    world
        .told(TAG, "ProviderClusterStackReleaseReady", "ProcessOngoing")
        .await;
}
