//! What can be wrong on the way to a release: tags, registries, credentials, lists.

use cso_api::ClusterStack;
use cso_api::conditions::{reasons, types};
use cso_source::{Access, Credentials};
use cso_testing::Registry;
use cso_testing::registry::{Access as Gate, Fault};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;

use super::{Waits, fails};
use crate::release::Release;
use crate::world::{World, find, publish_as, source, wanting};

#[tokio::test]
async fn a_tag_that_does_not_exist_is_told_and_found_once_it_is_published() {
    let world = World::start("unknown-tag").await;
    let (tag, host) = ("docker-demo-1-36-v1", world.registry.host());
    let other = Release::small("docker-demo-1-36-v2");
    world.publish(&other).await;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reasons::UNKNOWN_TAG,
        &[tag, "not found", "publish the release"],
    )
    .await;
    world.publish(&Release::small(tag)).await;
    // The release is looked at again after a while; asking for it anew is faster.
    let stacks: Api<ClusterStack> = world.api();
    stacks.delete(tag, &DeleteParams::default()).await.unwrap();
    world.gone(&stacks, tag).await;
    world.want(tag, &[tag]).await;
    world.ready(tag).await;
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_waited_for() {
    let world = World::start("unreachable").await;
    let tag = "docker-demo-1-36-v1";
    world.publish(&Release::small(tag)).await;
    let fault = Fault::Status {
        path: String::new(),
        code: 503,
        times: u32::MAX,
    };
    world.registry.inject(fault);
    let host = world.registry.host();
    let reason = reasons::REGISTRY_UNREACHABLE;
    fails(&world, tag, &host, Waits::ByItself, reason, &[&host, "503"]).await;
    world.registry.heal();
    world.ready(tag).await;

    let closed = Registry::start().await.unwrap().host();
    let tag = "docker-closed-1-36-v1";
    fails(
        &world,
        tag,
        &closed,
        Waits::ByItself,
        reason,
        &[&closed, "check address"],
    )
    .await;
}

#[tokio::test]
async fn wrong_credentials_are_told_and_right_ones_from_a_secret_are_used() {
    let world = World::start("credentials").await;
    let tag = "docker-demo-1-36-v1";
    let gate = Gate::Basic {
        username: "reader".to_owned(),
        password: "secret".to_owned(),
    };
    let registry = Registry::start_with(gate).await.unwrap();
    let credentials = Credentials::Basic {
        username: "reader".to_owned(),
        password: cso_source::Secret::new("secret".to_owned()),
    };
    let access = Access {
        credentials,
        ..Access::default()
    };
    publish_as(&registry, &Release::small(tag), access).await;
    let host = registry.host();
    let reason = reasons::WRONG_CREDENTIALS;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[&host, "check the credentials"],
    )
    .await;

    let mut spec = wanting(&[tag]);
    spec["source"] = source(&host);
    spec["source"]["oci"]["secretRef"] = json!({"name": "pull"});
    world.stack(tag, spec).await;
    let reason = reasons::FAILED_CREATE_ASSETS_CLIENT;
    let release = world.told(tag, types::READY, reason).await;
    let ready = find(&release, types::READY).unwrap();
    assert!(ready.message.as_deref().unwrap().contains("pull"));

    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull"},
        "stringData": {"username": "reader", "password": "secret"},
    });
    world.apply("a-person", &secret).await;
    let secrets: Api<Secret> = world.api();
    assert!(secrets.get("pull").await.is_ok());
    // The release is looked at again after a while; asking for it anew is faster.
    let stacks: Api<ClusterStack> = world.api();
    let spec = stacks.get(tag).await.unwrap().spec;
    stacks.delete(tag, &DeleteParams::default()).await.unwrap();
    world.gone(&stacks, tag).await;
    world.stack(tag, serde_json::to_value(spec).unwrap()).await;
    world.ready(tag).await;
}

#[tokio::test]
async fn u14_a_list_of_releases_that_fails_is_told_and_nothing_is_removed_for_it() {
    let world = World::start("list").await;
    let tag = "docker-demo-1-36-v1";
    world.publish(&Release::small(tag)).await;
    let mut spec = wanting(&[tag]);
    spec["versions"] = json!([]);
    spec["autoSubscribe"] = json!(true);
    world.registry.inject(Fault::Status {
        path: "/tags/list".to_owned(),
        code: 503,
        times: u32::MAX,
    });
    world.stack("demo", spec).await;
    let stacks: Api<ClusterStack> = world.api();
    world
        .until(&stacks, "demo", |stack| {
            stack
                .and_then(|stack| {
                    let conditions = &stack.status.as_ref()?.conditions;
                    cso_api::conditions::find(conditions, types::RELEASES_SYNCED)
                })
                .is_some_and(cso_api::Condition::is_false)
        })
        .await;
    world.registry.heal();
    world.ready("demo").await;
}
