//! Releases that do not ship the charts they depend on: the published stack `openstack/scs2` is one.

use std::path::Path;

use cluster_stack::Bundle;
use cso_api::ClusterStackRelease;
use cso_api::conditions::{reasons, types};
use cso_core::cluster_addon::AddonCharts;
use cso_operator::Config;
use cso_source::{Cache, Limits, OciRepository, Source, SourceSpec, Store};
use cso_testing::charts::{ChartRepository, chart, package_folder, push};
use cso_testing::{Registry, fixtures};
use kube::Api;

use crate::release::Release;
use crate::world::{Operator, World};

/// What the add-ons of `openstack/scs2` depend on: stage, chart, version, repository.
const CHARTS: [(&str, &str, &str, &str); 4] = [
    (
        "ccm",
        "openstack-cloud-controller-manager",
        "2.34.2",
        "https://kubernetes.github.io/cloud-provider-openstack",
    ),
    ("cni", "cilium", "1.18.9", "https://helm.cilium.io/"),
    (
        "csi",
        "openstack-cinder-csi",
        "2.34.3",
        "https://kubernetes.github.io/cloud-provider-openstack",
    ),
    (
        "metrics-server",
        "metrics-server",
        "3.13.0",
        "https://kubernetes-sigs.github.io/metrics-server/",
    ),
];

/// The release that `csctl` builds of the published sources, and the charts it depends on; `None` without the sources.
fn published() -> Option<(Release, Vec<Vec<u8>>)> {
    let sources = fixtures::shared("stacks/sources/main/openstack/scs2")?;
    let charts = fixtures::shared("corpus/helm/charts")?;
    let (tag, files) = csctl::hash_release(&sources).unwrap();
    let archives = CHARTS.map(|(_, name, version, _)| archive(&charts, name, version));
    Some((Release { tag, files }, archives.into()))
}

/// The real chart where it is at hand, a small one under its name and version where it is not.
fn archive(charts: &Path, name: &str, version: &str) -> Vec<u8> {
    let folder = charts.join(format!("{name}-{version}"));
    let packed = charts.join(format!("{name}-{version}.tgz"));
    match std::fs::read(packed) {
        Ok(bytes) => bytes,
        Err(_) if folder.exists() => package_folder(name, &folder).unwrap(),
        Err(_) => chart(name, version, ""),
    }
}

async fn started(world: &World, flags: &[&str]) -> Operator {
    let mut arguments = vec!["--leader-elect=false"];
    arguments.extend(flags);
    let config: Config = world.config(&arguments);
    Operator::start(config).await
}

/// Expects a ready release that lists every chart it lacked, with the digest of the archive.
async fn is_complete(world: &World, release: &Release, archives: &[Vec<u8>]) {
    let tag = release.tag.dash();
    world.want("scs2", &[&tag]).await;
    world.ready("scs2").await;
    let status = world
        .told(&tag, types::READY, reasons::SUCCEEDED)
        .await
        .status;
    let listed = status.unwrap().dependencies;
    assert_eq!(listed.len(), CHARTS.len(), "{listed:?}");
    for ((stage, name, version, repository), archive) in CHARTS.iter().zip(archives) {
        let one = listed.iter().find(|one| one.name == *name).unwrap();
        assert_eq!(one.chart, format!("cluster-addon/{stage}"));
        assert_eq!(
            (one.version.as_str(), one.repository.as_str()),
            (*version, *repository)
        );
        assert_eq!(one.digest, cluster_stack::Digest::of(archive).to_string());
    }
}

/// The release out of the operator's cache, where nothing can be asked any more.
async fn kept(world: &World, release: &Release, digest: &str) -> Bundle {
    let folder = world.releases().join("by-digest");
    let cache = Cache::open(&folder, 1 << 30, Limits::default()).unwrap();
    let nowhere = OciRepository::parse("127.0.0.1:1/nowhere").unwrap();
    let nowhere = Source::new(SourceSpec::Oci(nowhere), cso_source::Access::default()).unwrap();
    let digest: cluster_stack::Digest = digest.parse().unwrap();
    let pin = digest.into();
    let bundle = Store::new(cache)
        .pull(&nowhere, &release.tag, Some(&pin))
        .await;
    (*bundle.unwrap()).clone()
}

#[tokio::test]
async fn u10_scs2_as_published_becomes_ready_with_charts_from_an_offline_folder() {
    let Some((release, archives)) = published() else {
        return;
    };
    let world = World::idle("offline").await;
    world.publish(&release).await;
    let mirror = tempfile::tempdir().unwrap();
    for ((_, name, version, _), archive) in CHARTS.iter().zip(&archives) {
        let file = mirror.path().join(format!("{name}-{version}.tgz"));
        std::fs::write(file, archive).unwrap();
    }
    let flag = format!("--chart-mirror=*=file://{}", mirror.path().display());
    let operator = started(&world, &["--no-remote-dependencies", &flag]).await;
    is_complete(&world, &release, &archives).await;
    operator.stop().await;

    let releases: Api<ClusterStackRelease> = world.api();
    let status = releases.get(&release.tag.dash()).await.unwrap().status;
    let digest = status.unwrap().digest.unwrap();
    let bundle = kept(&world, &release, &digest).await;
    let addons = AddonCharts::unpack(&bundle).unwrap();
    for (stage, name, ..) in CHARTS {
        let chart = addons.stage(stage).unwrap().chart;
        assert!(chart.missing_dependencies().is_empty(), "{stage}");
        assert_eq!(chart.dependencies[0].name(), name);
    }
}

#[tokio::test]
async fn u10_scs2_as_published_becomes_ready_with_charts_from_repository_and_registry() {
    let Some((release, archives)) = published() else {
        return;
    };
    let world = World::idle("online").await;
    world.publish(&release).await;
    let repository = ChartRepository::start().await.unwrap();
    let registry = Registry::start().await.unwrap();
    for ((_, name, version, _), archive) in CHARTS.iter().zip(&archives) {
        if *name == "cilium" {
            push(&registry, "mirror/cilium", version, archive);
        } else {
            repository.add(name, version, archive.clone());
        }
    }
    let mirrors = [
        format!("--chart-mirror=*={}", repository.url()),
        format!(
            "--chart-mirror=https://helm.cilium.io=oci+http://{}/mirror",
            registry.host()
        ),
    ];
    let operator = started(&world, &mirrors.each_ref().map(String::as_str)).await;
    is_complete(&world, &release, &archives).await;
    let indexes = repository.requests();
    let indexes = indexes.iter().filter(|path| *path == "index.yaml");
    assert_eq!(
        indexes.count(),
        1,
        "one index serves all charts of a release"
    );
    operator.stop().await;
}

#[tokio::test]
async fn u10_without_remote_dependencies_the_release_says_what_it_lacks_and_what_to_do() {
    let Some((release, _)) = published() else {
        return;
    };
    let world = World::idle("forbidden").await;
    world.publish(&release).await;
    let operator = started(&world, &["--no-remote-dependencies"]).await;
    let tag = release.tag.dash();
    world.want("scs2", &[&tag]).await;
    let refused = world
        .told(&tag, types::READY, reasons::DEPENDENCY_FORBIDDEN)
        .await;
    let status = refused.status.unwrap();
    let ready = cso_api::conditions::find(&status.conditions, types::READY).unwrap();
    let message = ready.message.clone().unwrap();
    let (stage, name, version, repository) = CHARTS[0];
    for word in [
        stage,
        name,
        version,
        repository,
        "--no-remote-dependencies",
        "--chart-mirror",
        "csctl",
    ] {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(status.dependencies.is_empty() && status.resources.is_empty());
    assert!(cso_api::conditions::is_true(
        &status.conditions,
        types::STALLED
    ));
    operator.stop().await;
}

#[tokio::test]
async fn u10_the_reason_of_a_release_tells_why_a_chart_could_not_be_had() {
    let repository = ChartRepository::start().await.unwrap();
    repository.add("old", "0.1.0", chart("old", "0.1.0", ""));
    repository.add("other", "1.0.0", chart("another", "1.0.0", ""));
    repository.list("wrong", "1.0.0", "old-0.1.0.tgz", &"0".repeat(64));
    let mirror = format!(
        "--chart-mirror=https://charts.example.com={}",
        repository.url()
    );
    let closed = "--chart-mirror=https://closed.example.com=http://127.0.0.1:1";
    let world = World::idle("reasons").await;
    let operator = started(&world, &[&mirror, closed]).await;
    let mut tags = Vec::new();
    let cases = [
        ("old", "charts", reasons::DEPENDENCY_NOT_FOUND),
        ("wrong", "charts", reasons::DEPENDENCY_WRONG_DIGEST),
        ("other", "charts", reasons::DEPENDENCY_NOT_A_CHART),
        ("any", "closed", reasons::DEPENDENCY_UNREACHABLE),
    ];
    for (name, host, reason) in cases {
        let tag = format!("docker-{name}-1-36-v1");
        let release = Release::small(&tag);
        let chart = release.tag.cluster_addon_chart();
        let metadata = format!(
            "apiVersion: v2\nname: {chart}\nversion: v1\ndependencies: [{{name: {name}, version: ^1, repository: 'https://{host}.example.com'}}]\n"
        );
        let archive = crate::release::archive(&[(format!("{chart}/Chart.yaml"), metadata)]);
        let file = release.tag.cluster_addon_archive(&release.tag.version);
        world.publish(&release.with(&file, Some(&archive))).await;
        world.want(name, &[&tag]).await;
        tags.push((tag, name, reason));
    }
    for (tag, name, reason) in tags {
        let told = world.told(&tag, types::RELEASE_DOWNLOADED, reason).await;
        let conditions = told.status.unwrap().conditions;
        let downloaded = cso_api::conditions::find(&conditions, types::RELEASE_DOWNLOADED).unwrap();
        let message = downloaded.message.as_deref().unwrap();
        assert!(
            message.contains(&format!("depends on {name} ^1")),
            "{message}"
        );
    }
    operator.stop().await;
}
