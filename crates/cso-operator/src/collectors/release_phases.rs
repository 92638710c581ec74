//! Decides how many releases are in which phase, at the time somebody asks for the metrics.

use std::collections::BTreeMap;
use std::fmt;

use cso_api::{ClusterStackRelease, ReleasePhase};
use cso_core::cluster_stack::phase;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// The releases the operator watches; none while it does not lead.
pub(super) struct ReleasePhases(pub(super) Store<ClusterStackRelease>);

impl ReleasePhases {
    /// The number of releases in each phase, zero included.
    fn counts(&self) -> BTreeMap<String, u64> {
        let phases = [
            ReleasePhase::Unknown,
            ReleasePhase::Downloading,
            ReleasePhase::ProviderWork,
            ReleasePhase::Applying,
            ReleasePhase::Done,
        ];
        let mut counts: BTreeMap<String, u64> = phases.map(|phase| (label(phase), 0)).into();
        for release in self.0.state() {
            *counts.entry(label(phase(&release))).or_default() += 1;
        }
        counts
    }
}

/// The word of the stack's summary; nothing known yet is `unknown`.
fn label(phase: ReleasePhase) -> String {
    match phase {
        ReleasePhase::Unknown => "unknown".to_owned(),
        phase => phase.into(),
    }
}

impl Collector for ReleasePhases {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut metric =
            encoder.encode_descriptor("releases", "Releases by phase", None, MetricType::Gauge)?;
        for (phase, count) in self.counts() {
            let labels = [("phase", phase.as_str())];
            ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ReleasePhases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReleasePhases")
    }
}

#[cfg(test)]
mod tests {
    use cso_api::ClusterStackReleaseSpec;
    use kube::runtime::{reflector, watcher};
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn every_phase_is_told_with_the_number_of_its_releases() {
        let (store, mut writer) = reflector::store::<ClusterStackRelease>();
        for name in ["docker-demo-1-36-v1", "docker-demo-1-36-v2"] {
            let release = ClusterStackRelease::new(name, ClusterStackReleaseSpec::default());
            writer.apply_watcher_event(&watcher::Event::Apply(release));
        }
        let mut registry = Registry::with_prefix("cso");
        registry.register_collector(Box::new(ReleasePhases(store)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains("cso_releases{phase=\"unknown\"} 2"), "{text}");
        assert!(text.contains("cso_releases{phase=\"done\"} 0"), "{text}");
    }
}
