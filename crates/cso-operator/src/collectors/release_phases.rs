//! Decides how many releases are in which phase, at the time somebody asks for the metrics.

use std::collections::BTreeMap;

use cso_api::{ClusterStackRelease, ReleasePhase};
use cso_core::cluster_stack::phase;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;

use super::counted::{Counted, Series};

/// Of the releases the operator watches; none while it does not lead.
pub(super) fn collector(releases: Store<ClusterStackRelease>) -> impl Collector {
    Counted {
        name: "releases",
        help: "Releases by phase",
        count: move || counts(&releases),
    }
}

/// The number of releases in each phase, zero included.
fn counts(releases: &Store<ClusterStackRelease>) -> Vec<Series> {
    let phases = [
        ReleasePhase::Unknown,
        ReleasePhase::Downloading,
        ReleasePhase::ProviderWork,
        ReleasePhase::Applying,
        ReleasePhase::Done,
    ];
    let mut counts: BTreeMap<String, u64> = phases.map(|phase| (label(phase), 0)).into();
    for release in releases.state() {
        *counts.entry(label(phase(&release))).or_default() += 1;
    }
    let series = counts.into_iter();
    series
        .map(|(phase, count)| (vec![("phase", phase)], count))
        .collect()
}

/// The word of the stack's summary; nothing known yet is `unknown`.
fn label(phase: ReleasePhase) -> String {
    match phase {
        ReleasePhase::Unknown => "unknown".to_owned(),
        phase => phase.into(),
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
        registry.register_collector(Box::new(collector(store)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains("cso_releases{phase=\"unknown\"} 2"), "{text}");
        assert!(text.contains("cso_releases{phase=\"done\"} 0"), "{text}");
    }
}
