//! Which objects a release may consist of, and that each is applied where and as what it says.

use k8s_openapi::api::core::v1::{ConfigMap, Secret, ServiceAccount};
use kube::Api;

use crate::release::{Release, small};
use crate::world::{World, bed};

const TAG: &str = "docker-demo-1-36-v1";

#[tokio::test]
async fn u3_objects_of_one_name_and_different_kinds_are_different_objects() {
    let world = World::start("kinds").await;
    let same = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    world
        .publish(&Release::new(TAG, &[("same.yaml", same)]))
        .await;
    world.want("demo", &[TAG]).await;
    world.ready("demo").await;
    assert!(world.api::<ServiceAccount>().get("x").await.is_ok());
    assert!(world.api::<Secret>().get("x").await.is_ok());
    assert!(world.api::<ConfigMap>().get("x").await.is_ok());
}

#[tokio::test]
async fn u4_an_object_is_applied_in_the_namespace_it_names_and_removed_from_there() {
    let world = World::start("here").await;
    let other = bed().await.namespace("there").await.unwrap();
    let there = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: there, namespace: {other}}}\ndata: {{a: b}}\n"
    );
    let mut templates = small().to_vec();
    templates.push(("there.yaml", &there));
    world.publish(&Release::new(TAG, &templates)).await;
    world.want("demo", &[TAG]).await;
    world.ready("demo").await;
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), other.name());
    assert!(maps.get("there").await.is_ok());
    assert!(
        world
            .api::<ConfigMap>()
            .get_opt("there")
            .await
            .unwrap()
            .is_none()
    );
    world
        .api::<cso_api::ClusterStack>()
        .delete("demo", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    world.gone(&maps, "there").await;
}

#[tokio::test]
async fn a_release_may_bring_a_kind_and_objects_of_it() {
    let world = World::start("definition").await;
    let group = format!("{}.example.com", world.namespace);
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: gadgets.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Gadget, plural: gadgets}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
    );
    let gadget =
        format!("apiVersion: {group}/v1\nkind: Gadget\nmetadata: {{name: one}}\nspec: {{a: 1}}\n");
    let templates = [
        ("gadget.yaml", gadget.as_str()),
        ("definition.yaml", definition.as_str()),
    ];
    world.publish(&Release::new(TAG, &templates)).await;
    world.want("demo", &[TAG]).await;
    world.ready("demo").await;
    let gadgets = world.kind(&format!("{group}/v1"), "Gadget");
    assert_eq!(gadgets.get("one").await.unwrap().data["spec"]["a"], 1);
}
