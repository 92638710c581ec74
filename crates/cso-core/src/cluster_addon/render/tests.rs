//! Stages of a bundle made here, and those of a real release.

use std::io::Write as _;

use cluster_stack::Files;
use flate2::Compression;
use flate2::write::GzEncoder;
use helm_engine::Timestamp;

use super::*;
use crate::manifests::{Kind, Scope};

/// A tar by hand: this crate has no use for a library of it.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, content) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        let size = format!("{:011o}\0", content.len());
        header[124..136].copy_from_slice(size.as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(content.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap()
}

const TEMPLATE: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: '{{ .Release.Name }}-keys'}
data: {password: '{{ randAlphaNum 12 | b64enc }}', when: '{{ now | unixEpoch | b64enc }}'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m, namespace: elsewhere}
data:
  version: '{{ .Capabilities.KubeVersion }}'
  monitored: '{{ .Capabilities.APIVersions.Has \"monitoring.coreos.com/v1\" }}'
  host: '{{ .Values.host }}'
---
apiVersion: x.example/v1
kind: Widget
metadata: {name: w}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-weight: '-5', helm.sh/hook-delete-policy: hook-succeeded}
---
apiVersion: v1
kind: Pod
metadata: {name: t, annotations: {helm.sh/hook: test}}
";
const CRD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.x.example}\nspec: {group: x.example, scope: Cluster, names: {kind: Widget}}\n";
const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

fn bundle(stages: bool) -> Bundle {
    let addon = archive(&[
        (".helmignore", "x"),
        ("web/Chart.yaml", CHART),
        ("web/.helmignore", "*.orig\n"),
        ("web/templates/t.yaml", TEMPLATE),
        ("web/templates/t.yaml.orig", "{{ fail \"ignored\" }}"),
        ("web/crds/w.yaml", CRD),
        ("web/values.yaml", "host: none\n"),
        ("web/overwrite.yaml", "values: 'host: {{ .Cluster.x }}'"),
    ]);
    let addon = if stages {
        addon
    } else {
        archive(&[("web/Chart.yaml", CHART)])
    };
    let metadata =
        "versions: {clusterStack: v1, kubernetes: v1.30.1, components: {clusterAddon: v1}}";
    let mut files = Files::from([
        ("metadata.yaml".to_owned(), Arc::from(metadata.as_bytes())),
        (
            "docker-scs-1-30-cluster-class-v1.tgz".to_owned(),
            Arc::from(&b"x"[..]),
        ),
        (
            "docker-scs-1-30-cluster-addon-v1.tgz".to_owned(),
            Arc::from(addon),
        ),
    ]);
    let (name, content) = if stages {
        ("clusteraddon.yaml", "addonStages: {}")
    } else {
        ("cluster-addon-values.yaml", "a: 1")
    };
    files.insert(name.to_owned(), Arc::from(content.as_bytes()));
    let digest = Digest::of(b"release");
    Bundle::new("docker-scs-1-30-v1".parse().unwrap(), digest, files).unwrap()
}

fn kinds() -> Kinds {
    let core = ["Secret", "ConfigMap", "Pod"].map(|kind| (Kind::new("", kind), Scope::Namespaced));
    let crd = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    let kinds = core.into_iter().chain([(crd, Scope::Cluster)]);
    kinds.collect()
}

fn rendered(replayed: Option<Record>, seed: u8) -> StageRender {
    let chart = AddonCharts::unpack(&bundle(true))
        .unwrap()
        .stage("web")
        .unwrap();
    let mut capabilities = Capabilities {
        kube_version: helm_engine::KubeVersion::parse("v1.30.1").unwrap(),
        ..Capabilities::default()
    };
    capabilities
        .api_versions
        .push("monitoring.coreos.com/v1".into());
    let mut ambient = Ambient::seeded(Timestamp::from_second(i64::from(seed)).unwrap(), [seed; 32]);
    if let Some(record) = replayed {
        ambient = ambient.replaying(record);
    }
    render_stage(StageInput {
        chart: &chart,
        values: &Values::from([("host".into(), Data::Str("h".into()))]),
        capabilities: &capabilities,
        kinds: &kinds(),
        ambient,
    })
    .unwrap()
}

#[test]
fn u4_objects_without_a_namespace_go_to_kube_system_and_others_stay_where_they_are() {
    let names: Vec<String> = rendered(None, 1)
        .manifests
        .iter()
        .map(|one| one.id().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "CustomResourceDefinition widgets.x.example",
            "Secret kube-system/cluster-addon-keys",
            "ConfigMap elsewhere/m",
            "Widget w"
        ]
    );
}

#[test]
fn charts_are_told_what_the_workload_cluster_serves() {
    let render = rendered(None, 1);
    let body = render.manifests[2].body();
    let data = &body["data"];
    assert_eq!(data["version"], "v1.30.1");
    assert_eq!(data["monitored"], "true");
    assert_eq!(data["host"], "h");
}

#[test]
fn hooks_keep_their_annotations_and_tests_are_left_out() {
    let render = rendered(None, 1);
    let [hook] = &render.hooks[..] else {
        panic!("{:?}", render.hooks)
    };
    assert_eq!(hook.manifest.id().to_string(), "Job kube-system/migrate");
    assert_eq!(hook.events, [HookEvent::PreInstall, HookEvent::PreUpgrade]);
    assert_eq!(hook.weight, -5);
    assert_eq!(hook.delete_policies, ["hook-succeeded"]);
}

#[test]
fn a_replayed_record_gives_the_same_bytes_at_another_time() {
    let first = rendered(None, 1);
    assert_ne!(first.digest, rendered(None, 2).digest);
    let again = rendered(Some(first.record.clone()), 3);
    assert_eq!(first.digest, again.digest);
    assert_eq!(first.manifests, again.manifests);
    assert_eq!(first.record, again.record);
}

#[test]
fn a_missing_chart_is_an_error_that_names_those_there_are() {
    let charts = AddonCharts::unpack(&bundle(true)).unwrap();
    let failure = charts.stage("wbe").unwrap_err();
    assert_eq!(failure.cause, Cause::MissingChart);
    assert!(
        failure.message.contains("(they have: web)"),
        "{}",
        failure.message
    );
}

#[test]
fn values_come_from_the_stage_s_overwrite_or_from_the_file_of_a_release_without_stages() {
    let stage = AddonCharts::unpack(&bundle(true))
        .unwrap()
        .stage("web")
        .unwrap();
    assert_eq!(stage.values.unwrap().0, "overwrite.yaml");
    let charts = AddonCharts::unpack(&bundle(false)).unwrap();
    assert_eq!(charts.stages().collect::<Vec<_>>(), ["cluster-addon"]);
    let (name, content) = charts.stage("cluster-addon").unwrap().values.unwrap();
    assert_eq!(
        (name, &content[..]),
        ("cluster-addon-values.yaml", &b"a: 1"[..])
    );
}

#[test]
fn the_identity_of_a_render_changes_with_all_it_depends_on() {
    let chart = AddonCharts::unpack(&bundle(true))
        .unwrap()
        .stage("web")
        .unwrap();
    let (values, capabilities) = (Values::new(), Capabilities::default());
    let identity = render_identity(&chart, &values, &capabilities, &Record::default());
    assert_eq!(
        identity,
        render_identity(&chart, &values, &capabilities, &Record::default())
    );
    let mut other = capabilities.clone();
    other.api_versions.push("x/v1".into());
    assert_ne!(
        identity,
        render_identity(&chart, &values, &other, &Record::default())
    );
    let record = rendered(None, 1).record;
    assert_ne!(
        identity,
        render_identity(&chart, &values, &capabilities, &record)
    );
}
