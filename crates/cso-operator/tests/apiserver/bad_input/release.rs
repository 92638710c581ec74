//! What can be wrong with what was published: files, archives, charts, digests.

use cso_api::conditions::reasons;
use cso_testing::registry::Fault;

use super::{Waits, fails};
use crate::release::{Release, archive, small};
use crate::world::World;

/// Expects the release of this tag to be refused for that reason until a person has mended it.
async fn refused(world: &World, tag: &str, reason: &str, says: &[&str]) {
    let host = world.registry.host();
    fails(world, tag, &host, Waits::ForAPerson, reason, says).await;
}

#[tokio::test]
async fn a_release_that_lacks_a_file_or_holds_a_damaged_one_is_told_apart() {
    let world = World::start("broken").await;
    let missing = Release::small("docker-missing-1-36-v1");
    let class = missing.tag.cluster_class_archive();
    world.publish(&missing.with(&class, None)).await;
    let says = format!("no file \"{class}\"");
    let tag = "docker-missing-1-36-v1";
    let reason = reasons::MISSING_CHART;
    refused(&world, tag, reason, &[tag, &says, "publish it again"]).await;

    let metadata = Release::small("docker-metadata-1-36-v1");
    let text = b"versions: {clusterStack: v2, kubernetes: v1.36.1, components: {clusterAddon: v1}}";
    world
        .publish(&metadata.with("metadata.yaml", Some(text)))
        .await;
    let tag = "docker-metadata-1-36-v1";
    let reason = reasons::BROKEN_RELEASE;
    refused(&world, tag, reason, &[tag, "metadata"]).await;

    let damaged = Release::small("docker-damaged-1-36-v1");
    let class = damaged.tag.cluster_class_archive();
    world
        .publish(&damaged.with(&class, Some(b"no archive")))
        .await;
    let tag = "docker-damaged-1-36-v1";
    let reason = reasons::BROKEN_ARCHIVE;
    refused(
        &world,
        tag,
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
    refused(
        &world,
        tag,
        reason,
        &[tag, "archive", "publish the release again"],
    )
    .await;
}

#[tokio::test]
async fn u6_u7_an_archive_that_leads_out_or_unpacks_to_too_much_is_refused_and_nothing_is_written()
{
    let world = World::start("hostile").await;
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
        refused(&world, &tag, reason, &says).await;
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
    let tag = "docker-template-1-36-v1";
    let mut templates = small().to_vec();
    templates.push(("wrong.yaml", "a: {{ .Values.one.two.three }}\n"));
    world.publish(&Release::new(tag, &templates)).await;
    let reason = reasons::TEMPLATE_ERROR;
    refused(
        &world,
        tag,
        reason,
        &[tag, "wrong.yaml", "publish a new version"],
    )
    .await;

    let tag = "docker-text-1-36-v1";
    templates.pop();
    templates.push(("text.yaml", "just a text\n"));
    world.publish(&Release::new(tag, &templates)).await;
    refused(&world, tag, reason, &[]).await;

    let release = Release::small("docker-depends-1-36-v1");
    let (chart, name) = (
        release.tag.cluster_class_chart(),
        release.tag.cluster_class_archive(),
    );
    let metadata = format!(
        "apiVersion: v2\nname: {chart}\nversion: v1\ndependencies: [{{name: library, version: 1.0.0, repository: '@example'}}]\n"
    );
    let files = [(format!("{chart}/Chart.yaml"), metadata)];
    let release = release.with(&name, Some(&archive(&files)));
    world.publish(&release).await;
    let tag = "docker-depends-1-36-v1";
    let reason = reasons::MISSING_DEPENDENCY;
    refused(&world, tag, reason, &["cluster-class", "library"]).await;
}

#[tokio::test]
async fn content_with_another_digest_is_refused() {
    let world = World::start("digest").await;
    let tag = "docker-demo-1-36-v1";
    world.publish(&Release::small(tag)).await;
    world.registry.inject(Fault::CorruptBlobs);
    let reason = reasons::WRONG_DIGEST;
    refused(
        &world,
        tag,
        reason,
        &["cluster-", "sha256", "publish the release again"],
    )
    .await;
}
