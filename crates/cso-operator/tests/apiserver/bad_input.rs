//! Everything that can be wrong with a source, a release or its objects: each has its own reason, says whether a person
//! must help, and is mended without a restart.

use cso_api::conditions::{reasons, types};
use cso_api::{ClusterStack, ResourceStatus};
use cso_source::{Access, Credentials};
use cso_testing::Registry;
use cso_testing::registry::{Access as Gate, Fault};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::release::{Release, archive, small};
use crate::world::{World, find, publish, publish_as, source, wanting};

/// Of whom the release waits.
#[derive(Clone, Copy, PartialEq)]
enum Waits {
    /// `Stalled`.
    ForAPerson,
    /// `Reconciling`.
    ByItself,
}

/// Expects a stack of this tag, from that registry, to fail for that reason, with these words (object, cause, what to do);
/// nothing may be applied.
async fn fails(world: &World, tag: &str, host: &str, waits: Waits, reason: &str, says: &[&str]) {
    let mut spec = wanting(&[tag]);
    spec["source"] = source(host);
    world.stack(tag, spec).await;
    let release = world.told(tag, types::READY, reason).await;
    let (is, is_not) = match waits {
        Waits::ForAPerson => (types::STALLED, types::RECONCILING),
        Waits::ByItself => (types::RECONCILING, types::STALLED),
    };
    assert!(find(&release, is).is_some(), "{tag} is {is}: {release:#?}");
    assert!(find(&release, is_not).is_none(), "{tag} is not {is_not}");
    let ready = find(&release, types::READY).unwrap();
    let message = ready.message.as_deref().unwrap_or_default();
    for part in says {
        assert!(message.contains(part), "{tag} says {part}: {message}");
    }
    assert!(!release.status.as_ref().unwrap().ready);
    let owned = ListParams::default().labels(&format!("clusterstack.x-k8s.io/release={tag}"));
    let maps: Api<ConfigMap> = world.api();
    assert!(
        maps.list(&owned).await.unwrap().items.is_empty(),
        "{tag} applied something"
    );
}

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
async fn a_release_that_lacks_a_file_or_holds_a_damaged_one_is_told_apart() {
    let world = World::start("broken").await;
    let host = world.registry.host();
    let missing = Release::small("docker-missing-1-36-v1");
    let class = missing.tag.cluster_class_archive();
    world.publish(&missing.with(&class, None)).await;
    let says = format!("no file \"{class}\"");
    let tag = "docker-missing-1-36-v1";
    let reason = reasons::MISSING_CHART;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, &says, "publish it again"],
    )
    .await;

    let metadata = Release::small("docker-metadata-1-36-v1");
    let text = b"versions: {clusterStack: v2, kubernetes: v1.36.1, components: {clusterAddon: v1}}";
    world
        .publish(&metadata.with("metadata.yaml", Some(text)))
        .await;
    let tag = "docker-metadata-1-36-v1";
    let reason = reasons::BROKEN_RELEASE;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, "metadata"],
    )
    .await;

    let damaged = Release::small("docker-damaged-1-36-v1");
    let class = damaged.tag.cluster_class_archive();
    world
        .publish(&damaged.with(&class, Some(b"no archive")))
        .await;
    let tag = "docker-damaged-1-36-v1";
    let reason = reasons::BROKEN_ARCHIVE;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, "archive", "publish the release again"],
    )
    .await;

    let cut = Release::small("docker-cut-1-36-v1");
    let class = cut.tag.cluster_class_archive();
    let half = cut.files[&class].len() / 2;
    let content = cut.files[&class].clone();
    world
        .publish(&cut.with(&class, Some(&content[..half])))
        .await;
    let tag = "docker-cut-1-36-v1";
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, "archive", "publish the release again"],
    )
    .await;
}

#[tokio::test]
async fn u6_u7_an_archive_that_leads_out_or_unpacks_to_too_much_is_refused_and_nothing_is_written()
{
    let world = World::start("hostile").await;
    let host = world.registry.host();
    let zeros = "0".repeat(8 << 20);
    for (name, path, text) in [
        ("escape", "../../escape.txt", "x"),
        ("absolute", "/escape.txt", "x"),
        ("bomb", "chart/zeros.txt", &zeros),
    ] {
        let tag = format!("docker-{name}-1-36-v1");
        let release = Release::small(&tag);
        let (chart, class) = (
            release.tag.cluster_class_chart(),
            release.tag.cluster_class_archive(),
        );
        let metadata = format!("apiVersion: v2\nname: {chart}\nversion: v1\n");
        let entries = [
            (format!("{chart}/Chart.yaml"), metadata),
            (
                path.replace("chart/", &format!("{chart}/")),
                text.to_owned(),
            ),
        ];
        world
            .publish(&release.with(&class, Some(&archive(&entries))))
            .await;
        let says = [tag.as_str(), "cannot be read", "publish the release again"];
        let reason = reasons::BROKEN_ARCHIVE;
        fails(&world, &tag, &host, Waits::ForAPerson, reason, &says).await;
    }
    // Pulled archives are kept as they came: under their digests, and never unpacked.
    let mut folders = vec![world.releases().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(!path.ends_with("escape.txt") && !path.ends_with("zeros.txt"));
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    let above = world.releases().ancestors();
    assert!(
        above
            .into_iter()
            .all(|folder| !folder.join("escape.txt").exists())
    );
}

#[tokio::test]
async fn a_chart_that_cannot_be_rendered_is_told_by_file_and_cause() {
    let world = World::start("charts").await;
    let host = world.registry.host();
    let tag = "docker-template-1-36-v1";
    let mut templates = small().to_vec();
    templates.push(("wrong.yaml", "a: {{ .Values.one.two.three }}\n"));
    world.publish(&Release::new(tag, &templates)).await;
    let reason = reasons::TEMPLATE_ERROR;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, "wrong.yaml", "publish a new version"],
    )
    .await;

    let tag = "docker-text-1-36-v1";
    templates.pop();
    templates.push(("text.yaml", "just a text\n"));
    world.publish(&Release::new(tag, &templates)).await;
    fails(&world, tag, &host, Waits::ForAPerson, reason, &[]).await;

    let release = Release::small("docker-depends-1-36-v1");
    let (chart, name) = (
        release.tag.cluster_class_chart(),
        release.tag.cluster_class_archive(),
    );
    let metadata = format!(
        "apiVersion: v2\nname: {chart}\nversion: v1\ndependencies: [{{name: library, version: 1.0.0, repository: 'https://charts.example.com'}}]\n"
    );
    let files = [(format!("{chart}/Chart.yaml"), metadata)];
    let release = release.with(&name, Some(&archive(&files)));
    world.publish(&release).await;
    let tag = "docker-depends-1-36-v1";
    let reason = reasons::MISSING_DEPENDENCY;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &[tag, "library"],
    )
    .await;
}

#[tokio::test]
async fn content_with_another_digest_is_refused() {
    let world = World::start("digest").await;
    let tag = "docker-demo-1-36-v1";
    world.publish(&Release::small(tag)).await;
    world.registry.inject(Fault::CorruptBlobs);
    let host = world.registry.host();
    let reason = reasons::WRONG_DIGEST;
    fails(
        &world,
        tag,
        &host,
        Waits::ForAPerson,
        reason,
        &["cluster-", "sha256", "publish the release again"],
    )
    .await;
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
    let reason = reasons::UNREACHABLE;
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
