//! Decides what a take-over may have done: every object of upstream is ours and the same but for what had to change, and
//! nobody else's changed.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, DynamicObject};
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};

use super::appliers;
use super::charts::stage_of;
use super::recorded::{place, text};
use super::taken::{Loaded, Taken};
use crate::world::uid;

const OURS: &str = "cluster-stack-operator";

/// What became of the objects in the workload cluster.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    /// Stages whose objects may have changed.
    pub(super) changed: &'a [&'a str],
    /// Objects that are gone.
    pub(super) gone: &'a [&'a str],
    /// Objects that were left alone.
    pub(super) orphans: &'a [&'a str],
}

impl<'a> Outcome<'a> {
    /// Nothing changed, and these were left alone.
    pub(super) fn with_orphans(orphans: &'a [&'a str]) -> Self {
        Self {
            orphans,
            ..Self::default()
        }
    }
}

impl Taken {
    /// Asserts that every object upstream applied is ours, as it was but for what had to change; nobody else's changed.
    pub(super) async fn assert(&self, outcome: &Outcome<'_>) {
        for loaded in &self.addons {
            let name = text(&loaded.recorded, "/metadata/name");
            let kind = text(&loaded.recorded, "/kind");
            let api = place(&self.workload, &loaded.recorded, "kube-system");
            let now = api.get_opt(name).await.unwrap();
            if outcome.gone.contains(&name) {
                assert!(now.is_none(), "{:?}: {kind} {name} goes", self.state);
                continue;
            }
            let now = now.unwrap_or_else(|| panic!("{:?}: {kind} {name} stays", self.state));
            if outcome.orphans.contains(&name) {
                assert_eq!(
                    now.resource_version(),
                    loaded.object.resource_version(),
                    "{kind} {name}"
                );
                continue;
            }
            self.assert_ours(loaded, &now);
            if !outcome.changed.contains(&stage_of(&loaded.recorded)) {
                assert_eq!(
                    content(&now),
                    content(&loaded.object),
                    "{:?}: {kind} {name}",
                    self.state
                );
            }
        }
        self.assert_management().await;
    }

    async fn assert_management(&self) {
        let releases = self.state.objects("management/clusterstackreleases.yaml");
        let known: BTreeSet<String> = releases
            .iter()
            .map(|one| text(one, "/metadata/name").to_owned())
            .collect();
        for loaded in &self.management {
            let (name, kind) = (
                text(&loaded.recorded, "/metadata/name"),
                text(&loaded.recorded, "/kind"),
            );
            let api = place(&self.world.client, &loaded.recorded, &self.world.namespace);
            let now = api.get(name).await.unwrap();
            let class = name
                .trim_end_matches("-cp")
                .trim_end_matches("-md")
                .replace("-sha.", "-sha-");
            if kind == "ClusterStack" {
                assert!(
                    appliers(&now).contains("kubectl"),
                    "what a person applied stays the person's"
                );
            } else if known.contains(&class)
                && (kind == "ClusterClass" || kind.ends_with("Template"))
            {
                self.assert_ours(loaded, &now);
                assert_eq!(
                    content(&now),
                    content(&loaded.object),
                    "{:?}: {kind} {name}",
                    self.state
                );
            } else if kind.ends_with("Template") || kind == "ClusterClass" {
                let versions = (now.resource_version(), loaded.object.resource_version());
                assert_eq!(
                    versions.0, versions.1,
                    "{:?}: {kind} {name} is not ours",
                    self.state
                );
            }
        }
    }

    fn assert_ours(&self, loaded: &Loaded, now: &DynamicObject) {
        let named = format!(
            "{:?}: {} {}",
            self.state,
            text(&loaded.recorded, "/kind"),
            now.name_any()
        );
        assert_eq!(uid(now), uid(&loaded.object), "{named} is the same");
        assert_eq!(appliers(now), BTreeSet::from([OURS]), "{named} is ours");
        let others = |object: &DynamicObject| -> BTreeSet<(Option<String>, Option<String>)> {
            let entries = object.managed_fields().iter();
            let kept = entries.filter(|entry| entry.operation.as_deref() != Some("Apply"));
            kept.map(|entry| (entry.manager.clone(), entry.subresource.clone()))
                .collect()
        };
        assert!(
            others(now).is_superset(&others(&loaded.object)),
            "{named}: others keep their fields"
        );
    }

    /// Breaks one object and waits until it is mended: everything else stays as it is, untouched.
    pub(super) async fn assert_at_rest(&self) {
        let versions = self.versions().await;
        let maps: Api<ConfigMap> = Api::namespaced(self.workload.clone(), "kube-system");
        maps.delete("extras-alpha", &DeleteParams::default())
            .await
            .unwrap();
        self.world
            .until(&maps, "extras-alpha", |map| map.is_some())
            .await;
        let after = self.versions().await;
        let is_touched =
            |(name, version): &(&String, &Option<String>)| after.get(*name) != Some(*version);
        let touched: Vec<&String> = versions
            .iter()
            .filter(is_touched)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(touched, ["ConfigMap extras-alpha"], "{:?}", self.state);
    }

    async fn versions(&self) -> BTreeMap<String, Option<String>> {
        let mut versions = BTreeMap::new();
        for loaded in &self.addons {
            let (name, kind) = (
                text(&loaded.recorded, "/metadata/name"),
                text(&loaded.recorded, "/kind"),
            );
            let api = place(&self.workload, &loaded.recorded, "kube-system");
            let now = api.get_opt(name).await.unwrap();
            versions.insert(
                format!("{kind} {name}"),
                now.and_then(|now| now.resource_version()),
            );
        }
        versions
    }
}

/// Everything of an object but metadata and status, with its generation.
fn content(object: &DynamicObject) -> Value {
    let mut content = object.data.clone();
    content.as_object_mut().unwrap().remove("status");
    json!([content, object.metadata.generation])
}
