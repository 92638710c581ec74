//! What can be wrong with the objects of a release: refused, of an unknown kind, claimed by another stack.

use cso_api::conditions::{reasons, types};
use cso_api::{ClusterStack, ResourceStatus};
use kube::Api;
use kube::api::DeleteParams;

use crate::release::{Release, small};
use crate::world::{World, find, publish};

#[tokio::test]
async fn u2_an_object_the_api_server_refuses_is_named_and_the_class_is_not_applied_before_it() {
    let world = World::start("refused").await;
    let tag = "docker-demo-1-36-v1";
    let mut templates = small().to_vec();
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: wrong}\nspec: {ports: [{port: 99999}]}\n";
    templates.push(("service.yaml", service));
    world.publish(&Release::new(tag, &templates)).await;
    world.want("demo", &[tag]).await;
    let reason = reasons::OBJECT_REJECTED;
    let release = world.told(tag, types::READY, reason).await;
    assert!(find(&release, types::STALLED).is_some());
    let ready = find(&release, types::READY).unwrap();
    let message = ready.message.as_deref().unwrap();
    for part in ["Service", "wrong", "99999", "publish a new version"] {
        assert!(message.contains(part), "{message}");
    }
    let resources = release.status.unwrap().resources;
    let of = |kind: &str| resources.iter().find(|one| one.kind == kind).unwrap();
    let refused = of("Service");
    assert_eq!(refused.status, Some(ResourceStatus::NotSynced));
    assert!(refused.error.contains("99999"), "{}", refused.error);
    let class = of("ClusterClass");
    assert_eq!(class.status, Some(ResourceStatus::NotSynced));
    let classes = world.kind("cluster.x-k8s.io/v1beta1", "ClusterClass");
    assert!(classes.get_opt(tag).await.unwrap().is_none());
}

#[tokio::test]
async fn an_object_of_a_kind_that_is_not_installed_is_told_and_applied_when_it_is() {
    let world = World::start("kind-unknown").await;
    let tag = "docker-demo-1-36-v1";
    let group = format!("{}.example.com", world.namespace);
    let mut templates = small().to_vec();
    let gizmo = format!("apiVersion: {group}/v1\nkind: Gizmo\nmetadata: {{name: one}}\n");
    templates.push(("gizmo.yaml", &gizmo));
    world.publish(&Release::new(tag, &templates)).await;
    world.want("demo", &[tag]).await;
    let release = world.told(tag, types::READY, reasons::KIND_UNKNOWN).await;
    assert!(find(&release, types::STALLED).is_some());
    let definition = cso_testing::cluster_api::permissive(&group, "Gizmo", &["v1"]);
    let definitions = Api::all(world.client.clone());
    definitions
        .create(&kube::api::PostParams::default(), &definition)
        .await
        .unwrap();
    world.ready("demo").await;
}

#[tokio::test]
async fn two_stacks_do_not_fight_over_one_release_and_the_second_gets_it_when_the_first_goes() {
    let world = World::start("claimed").await;
    let tag = "docker-demo-1-36-v1";
    publish(&world.registry, &Release::small(tag)).await;
    world.want("first", &[tag]).await;
    world.ready("first").await;
    world.want("second", &[tag]).await;
    let stacks: Api<ClusterStack> = world.api();
    world
        .until(&stacks, "second", |stack| {
            stack
                .and_then(|stack| {
                    cso_api::conditions::find(&stack.status.as_ref()?.conditions, types::STALLED)
                })
                .is_some_and(|stalled| stalled.reason.as_deref() == Some(reasons::CLAIMED_BY_OTHER))
        })
        .await;
    stacks
        .delete("first", &DeleteParams::default())
        .await
        .unwrap();
    world.ready("second").await;
}
