//! What `/metrics` shows: figures that add up while the operator works, and what is counted when somebody asks.

mod counted;
mod release_phases;
mod stage_phases;
mod standings;

use prometheus_client::registry::Registry;

use crate::metrics::Metrics;
use crate::watches::Stores;

/// Everything that is shown.
pub(crate) fn registry(metrics: &Metrics, stores: &Stores) -> Registry {
    let mut registry = metrics.registry();
    registry.register_collector(Box::new(release_phases::collector(stores.releases.clone())));
    registry.register_collector(Box::new(stage_phases::collector(stores.addons.clone())));
    registry.register_collector(Box::new(standings::collector(stores.clone())));
    registry
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use crate::metrics::{Kind, KindReason, Request};
    use kube::runtime::reflector;

    use super::*;

    /// The names of our metrics in a text, without what Prometheus adds to those of counters and histograms.
    fn named(text: &str) -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let ours = words.filter(|word| word.starts_with("cso_"));
        let added = ["_total", "_bucket", "_count", "_sum"];
        let bare = |word: &str| {
            let end = added.iter().find_map(|suffix| word.strip_suffix(suffix));
            end.unwrap_or(word).to_owned()
        };
        ours.map(bare).collect()
    }

    /// Metrics of which each has been used: those that were not are not shown.
    fn used() -> Metrics {
        let (metrics, time) = (Metrics::default(), Duration::ZERO);
        metrics.hook("hook", "go", time);
        metrics.admission("kind", "admitted");
        metrics.step("apply", time);
        let kind = "kind";
        metrics.reconcile.get_or_create(&Kind { kind }).observe(0.0);
        let reason = "reason".to_owned();
        metrics
            .errors
            .get_or_create(&KindReason { kind, reason })
            .inc();
        let (verb, code) = ("get", "200".to_owned());
        metrics
            .requests
            .get_or_create(&Request { verb, code })
            .inc();
        metrics
    }

    #[test]
    fn alerts_and_dashboard_ask_for_what_is_shown() {
        let (stacks, releases, addons) =
            (reflector::store(), reflector::store(), reflector::store());
        let stores = Stores::new(stacks.0, releases.0, addons.0);
        let mut shown = String::new();
        let registry = registry(&used(), &stores);
        prometheus_client::encoding::text::encode(&mut shown, &registry).unwrap();
        let shown = named(&shown);
        for asked in [
            include_str!("../../../../charts/cso/files/dashboard.json"),
            include_str!("../../../../charts/cso/templates/prometheusrule.yaml"),
        ] {
            let asked = named(asked);
            assert!(!asked.is_empty());
            let unknown: Vec<_> = asked.difference(&shown).collect();
            assert!(unknown.is_empty(), "{unknown:?} are not among {shown:?}");
        }
    }
}
