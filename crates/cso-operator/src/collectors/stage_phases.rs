//! Decides how many stages of add-ons are in which phase, at the time somebody asks for the metrics.

use std::collections::BTreeMap;

use cso_api::ClusterAddon;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;

use super::counted::{Counted, Series};

/// Phases as the status names them.
const PHASES: [&str; 5] = [
    "Pending",
    "waitingForPreCondition",
    "applyingOrDeleting",
    "waitingForPostCondition",
    "done",
];

/// Of the `ClusterAddon`s the operator watches; none while it does not lead.
pub(super) fn collector(addons: Store<ClusterAddon>) -> impl Collector {
    Counted {
        name: "addon_stages",
        help: "Stages of add-ons that are being installed or upgraded, by phase",
        count: move || counts(&addons),
    }
}

/// The number of running stages in each phase, zero included.
fn counts(addons: &Store<ClusterAddon>) -> Vec<Series> {
    let mut counts: BTreeMap<&str, u64> = PHASES.map(|phase| (phase, 0)).into();
    for addon in addons.state() {
        let stages = addon.status.iter().flat_map(|status| &status.stages);
        for stage in stages {
            if let Some(count) = counts.get_mut(stage.phase.as_str()) {
                *count += 1;
            }
        }
    }
    let series = counts.into_iter();
    series
        .map(|(phase, count)| (vec![("phase", phase.to_owned())], count))
        .collect()
}

#[cfg(test)]
mod tests {
    use cso_api::{ClusterAddonSpec, StageStatus};
    use kube::runtime::{reflector, watcher};
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn every_phase_is_told_with_the_number_of_its_stages() {
        let (store, mut writer) = reflector::store::<ClusterAddon>();
        let mut addon = ClusterAddon::new("cluster-addon-c1", ClusterAddonSpec::default());
        let stage = |phase: &str| StageStatus {
            phase: phase.to_owned(),
            ..StageStatus::default()
        };
        addon.status.get_or_insert_default().stages = vec![stage("done"), stage("Pending")];
        writer.apply_watcher_event(&watcher::Event::Apply(addon));
        let mut registry = Registry::with_prefix("cso");
        registry.register_collector(Box::new(collector(store)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(
            text.contains("cso_addon_stages{phase=\"done\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("cso_addon_stages{phase=\"applyingOrDeleting\"} 0"),
            "{text}"
        );
    }
}
