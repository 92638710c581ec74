//! Releases with random stages, conditions and charts; few of them are broken in some way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::cluster_stack::{Bundle, Digest, Files, ReleaseTag, Stage};
use cso_api::ClusterStackRelease;
use cso_core::cluster_addon::{StageChart, applied_stages, stages_of};
use cso_core::failure::{Cause, Failure};
use cso_core::hooks::Hook;
use helm_engine::{Chart, ChartFile};
use serde_json::{Value, json};

use super::NAMESPACE;
use crate::random::Random;

const STAGES: [&str; 4] = ["cni", "csi", "dns", "ccm"];
/// The stage of a release without `clusteraddon.yaml`.
const LEGACY: &str = "cluster-addon";

/// What a chart may bring. Each item belongs to one stage of a release, in the next release maybe to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// A `ConfigMap` of that number.
    Settings(u64),
    /// A `Secret` with a generated password.
    Password(u64),
    /// A `Namespace` and a `ConfigMap` in it.
    Space,
    /// The definition of the kind `Widget`.
    Definition,
    /// A `Widget`.
    Widget,
    /// A `ConfigMap` if the cluster serves `Widget`s.
    IfServed,
    /// An object of a kind that somebody else brings.
    Gadget,
    /// A `Job` that runs before the objects.
    Migration,
    /// A `Deployment`.
    Workload,
}

const ITEMS: [Item; 11] = [
    Item::Settings(0),
    Item::Settings(1),
    Item::Settings(2),
    Item::Password(8),
    Item::Password(9),
    Item::Space,
    Item::Definition,
    Item::Widget,
    Item::IfServed,
    Item::Migration,
    Item::Workload,
];

impl Item {
    fn template(self, tag: &str) -> String {
        let data = format!("{{release: {tag}, host: '{{{{ .Values.host }}}}'}}");
        match self {
            Self::Settings(number) => format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{number}}}\ndata: {data}\n"
            ),
            Self::Password(length) => format!(
                "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: password-{length}}}\ndata: {{password: '{{{{ randAlphaNum {length} | b64enc }}}}'}}\n"
            ),
            Self::Space => format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: content, namespace: space}}\ndata: {data}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: space}}\n"
            ),
            Self::Definition => "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.x.example}\nspec: {group: x.example, scope: Cluster, names: {kind: Widget}}\n".to_owned(),
            Self::Widget => format!(
                "---\napiVersion: x.example/v1\nkind: Widget\nmetadata: {{name: widget}}\ndata: {data}\n"
            ),
            Self::IfServed => format!(
                "---\n{{{{ if .Capabilities.APIVersions.Has \"x.example/v1\" }}}}\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: if-served}}\ndata: {data}\n{{{{ end }}}}\n"
            ),
            Self::Gadget => format!(
                "---\napiVersion: y.example/v1\nkind: Gadget\nmetadata: {{name: gadget}}\ndata: {data}\n"
            ),
            Self::Migration => format!(
                "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: migration, annotations: {{helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-delete-policy: hook-succeeded}}}}\ndata: {data}\n"
            ),
            Self::Workload => format!(
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: workload}}\nspec: {{replicas: 1}}\ndata: {data}\n"
            ),
        }
    }

    /// Kind and name of the objects that are to be there when the stage is applied.
    pub(crate) fn objects(self, is_served: bool) -> Vec<(&'static str, String)> {
        match self {
            Self::Settings(number) => vec![("ConfigMap", format!("settings-{number}"))],
            Self::Password(length) => vec![("Secret", format!("password-{length}"))],
            Self::Space => vec![
                ("Namespace", "space".to_owned()),
                ("ConfigMap", "content".to_owned()),
            ],
            Self::Definition => vec![("CustomResourceDefinition", "widgets.x.example".to_owned())],
            Self::Widget => vec![("Widget", "widget".to_owned())],
            Self::IfServed if is_served => vec![("ConfigMap", "if-served".to_owned())],
            Self::Gadget => vec![("Gadget", "gadget".to_owned())],
            Self::Workload => vec![("Deployment", "workload".to_owned())],
            Self::IfServed | Self::Migration => Vec::new(),
        }
    }
}

/// A stage of a run: the hook it belongs to, and its place there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) hook: Hook,
    pub(crate) stage: Stage,
}

/// Where the value `host` of the charts comes from. Most have it fixed: that costs least.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Host {
    /// The chart itself.
    Fixed,
    /// The version of the topology.
    Topology,
    /// The version of the control plane.
    ControlPlane,
}

/// A release as it is published.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) tag: ReleaseTag,
    pub(crate) release: ClusterStackRelease,
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) charts: BTreeMap<String, Result<Arc<StageChart>, Failure>>,
    pub(crate) items: BTreeMap<String, Vec<Item>>,
    /// It can never be applied completely.
    pub(crate) is_broken: bool,
    pub(crate) is_pulled: bool,
    pub(crate) host: Host,
    /// The stages of an installation.
    pub(crate) installation: Vec<Place>,
    /// The stages of an upgrade to it.
    pub(crate) upgrade: Vec<Place>,
}

impl Published {
    pub(crate) fn random(tag: &str, kubernetes: &str, random: &mut Random) -> Self {
        let tag: ReleaseTag = tag.parse().expect("a tag");
        let is_legacy = random.chance(12);
        let digest = Digest::of(format!("{tag} {}", random.below(1000)).as_bytes());
        let mut is_broken = false;
        let config = (!is_legacy).then(|| hooks(&mut is_broken, random));
        let bundle = Arc::new(bundle(&tag, kubernetes, &digest, config.as_ref()));
        let mut items: BTreeMap<String, Vec<Item>> = applied_stages(&bundle)
            .into_iter()
            .map(|stage| (stage, Vec::new()))
            .collect();
        let gadget = random.chance(8).then_some(Item::Gadget);
        for item in ITEMS.into_iter().chain(gadget) {
            let place = random.below(items.len().max(1) as u64 + 1) as usize;
            if let Some(items) = items.values_mut().nth(place) {
                items.push(item);
            }
        }
        let host = match random.below(4) {
            0 => Host::Topology,
            1 => Host::ControlPlane,
            _ => Host::Fixed,
        };
        let charts = items
            .iter()
            .map(|(stage, items)| {
                let chart = chart(&tag, &digest, stage, items, host, random);
                is_broken |= chart.is_err();
                (stage.clone(), chart)
            })
            .collect();
        let spec = cso_api::ClusterStackReleaseSpec::default();
        let mut release = ClusterStackRelease::new(&tag.dash(), spec);
        release.metadata.namespace = Some(NAMESPACE.to_owned());
        release.status.get_or_insert_default().digest = Some(digest.to_string());
        Self {
            is_pulled: random.chance(80),
            installation: places(&bundle, &[Hook::AfterControlPlaneInitialized]),
            upgrade: places(
                &bundle,
                &[Hook::BeforeClusterUpgrade, Hook::AfterClusterUpgrade],
            ),
            tag,
            release,
            bundle,
            charts,
            items,
            is_broken,
            host,
        }
    }

    /// The stage that brings an object.
    pub(crate) fn stage_of(&self, kind: &str, name: &str) -> Option<&str> {
        let brings = |items: &Vec<Item>| {
            let mut all = items.iter().flat_map(|item| item.objects(true));
            all.any(|one| one == (kind, name.to_owned()))
                || (kind, name) == ("Job", "migration") && items.contains(&Item::Migration)
        };
        let found = self.items.iter().find(|(stage, items)| {
            brings(items) || cso_core::cluster_addon::record_name(stage) == name
        });
        found.map(|(stage, _)| stage.as_str())
    }
}

/// The stages of these hooks, in their order.
fn places(bundle: &Bundle, hooks: &[Hook]) -> Vec<Place> {
    let of = |hook: &Hook| {
        let hook = *hook;
        stages_of(bundle, hook)
            .into_iter()
            .map(move |stage| Place { hook, stage })
    };
    hooks.iter().flat_map(of).collect()
}

fn hooks(is_broken: &mut bool, random: &mut Random) -> Value {
    let names = [
        "AfterControlPlaneInitialized",
        "BeforeClusterUpgrade",
        "AfterClusterUpgrade",
    ];
    let mut config = serde_json::Map::new();
    for hook in names {
        let mut left: BTreeSet<&str> = STAGES.into();
        let mut stages = Vec::new();
        while random.chance(70) && !left.is_empty() {
            let place = random.below(left.len() as u64) as usize;
            let name = *left.iter().nth(place).expect("not empty");
            left.remove(name);
            let mut stage =
                json!({"name": name, "action": if random.chance(85) { "apply" } else { "delete" }});
            for field in ["waitForPreCondition", "waitForPostCondition"] {
                if random.chance(25) {
                    stage[field] = condition(is_broken, random);
                }
            }
            stages.push(stage);
        }
        config.insert(hook.to_owned(), Value::from(stages));
    }
    json!({"addonStages": config})
}

fn condition(is_broken: &mut bool, random: &mut Random) -> Value {
    let name = format!("gate-{}", random.below(3));
    let never = random.chance(2);
    *is_broken |= never;
    json!({
        "objects": [{"key": "gate", "apiVersion": "v1", "kind": "ConfigMap", "name": name}],
        "conditions": if never { "gate.data.open" } else { "gate.data.open == \"yes\"" },
    })
}

fn bundle(tag: &ReleaseTag, kubernetes: &str, digest: &Digest, config: Option<&Value>) -> Bundle {
    let version = tag.dash().rsplit_once('-').expect("a version").1.to_owned();
    let metadata = format!(
        "versions: {{clusterStack: {version}, kubernetes: {kubernetes}, components: {{clusterAddon: {version}}}}}"
    );
    let stack = tag.stack();
    let mut files = Files::from([
        ("metadata.yaml".to_owned(), Arc::from(metadata.as_bytes())),
        (
            format!("{stack}-cluster-class-{version}.tgz"),
            Arc::from(&b"x"[..]),
        ),
        (
            format!("{stack}-cluster-addon-{version}.tgz"),
            Arc::from(&b"x"[..]),
        ),
    ]);
    if let Some(config) = config {
        let text = config.to_string();
        files.insert("clusteraddon.yaml".to_owned(), Arc::from(text.as_bytes()));
    }
    Bundle::new(tag.clone(), digest.clone(), files).expect("a release")
}

fn chart(
    tag: &ReleaseTag,
    digest: &Digest,
    stage: &str,
    items: &[Item],
    host: Host,
    random: &mut Random,
) -> Result<Arc<StageChart>, Failure> {
    if random.chance(2) {
        let text = format!("the add-ons have no chart \"{stage}\"");
        return Err(Failure::new(Cause::MissingChart, text));
    }
    let tag = tag.dash();
    let template: String = items.iter().map(|item| item.template(&tag)).collect();
    let file = |name: &str, text: &str| ChartFile {
        name: name.to_owned(),
        data: text.into(),
    };
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        file("values.yaml", "host: fixed\n"),
        file("templates/all.yaml", &template),
    ];
    let template = match host {
        Host::Fixed => None,
        Host::Topology => Some("values: 'host: {{ .Cluster.spec.topology.version }}'"),
        Host::ControlPlane => Some("values: 'host: {{ .ControlPlane.status.version }}'"),
    };
    let file = if stage == LEGACY {
        "cluster-addon-values.yaml"
    } else {
        "overwrite.yaml"
    };
    let values = template.map(|text| (file, Arc::from(text.as_bytes())));
    Ok(Arc::new(StageChart {
        stage: stage.to_owned(),
        release: digest.clone(),
        chart: Chart::from_files(files).expect("a chart"),
        values,
    }))
}
