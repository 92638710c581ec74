//! Decides how many stages of add-ons are in which phase, at the time somebody asks for the metrics.

use std::collections::BTreeMap;
use std::fmt;

use cso_api::ClusterAddon;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// Phases as the status names them.
const PHASES: [&str; 5] = [
    "Pending",
    "waitingForPreCondition",
    "applyingOrDeleting",
    "waitingForPostCondition",
    "done",
];

/// The `ClusterAddon`s the operator watches; none while it does not lead.
pub(super) struct StagePhases(pub(super) Store<ClusterAddon>);

impl StagePhases {
    /// The number of running stages in each phase, zero included.
    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts: BTreeMap<&str, u64> = PHASES.map(|phase| (phase, 0)).into();
        for addon in self.0.state() {
            let stages = addon.status.iter().flat_map(|status| &status.stages);
            for stage in stages {
                if let Some(count) = counts.get_mut(stage.phase.as_str()) {
                    *count += 1;
                }
            }
        }
        counts
    }
}

impl Collector for StagePhases {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Stages of add-ons that are being installed or upgraded, by phase";
        let mut metric =
            encoder.encode_descriptor("addon_stages", help, None, MetricType::Gauge)?;
        for (phase, count) in self.counts() {
            let labels = [("phase", phase)];
            ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for StagePhases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StagePhases")
    }
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
        registry.register_collector(Box::new(StagePhases(store)));
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
