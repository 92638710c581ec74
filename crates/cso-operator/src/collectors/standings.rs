//! Decides how many objects of each kind are ready, on their way or in need of a person, at the time somebody asks for the
//! metrics.

use std::collections::BTreeMap;
use std::fmt;

use cso_api::Condition;
use cso_core::conditions::{STANDINGS, standing};
use kube::runtime::reflector::{Lookup, Store};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::watches::Stores;

/// The objects the operator watches; none while it does not lead.
pub(super) struct Standings(pub(super) Stores);

type Counts = BTreeMap<&'static str, u64>;

/// The number of objects that stand so, zero included.
fn counts<K>(store: &Store<K>, conditions: impl Fn(&K) -> Option<&[Condition]>) -> Counts
where
    K: Lookup + Clone + 'static,
    K::DynamicType: Eq + std::hash::Hash + Clone + Default,
{
    let mut counts: Counts = STANDINGS.map(|standing| (standing, 0)).into();
    for object in store.state() {
        let told = conditions(&object).unwrap_or_default();
        *counts.entry(standing(told)).or_default() += 1;
    }
    counts
}

impl Collector for Standings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Objects by kind, and whether they are ready, on their way or need a person";
        let mut metric = encoder.encode_descriptor("objects", help, None, MetricType::Gauge)?;
        let Stores {
            stacks,
            releases,
            addons,
            ..
        } = &self.0;
        let kinds = [
            (
                "ClusterStack",
                counts(stacks, |one| Some(&one.status.as_ref()?.conditions)),
            ),
            (
                "ClusterStackRelease",
                counts(releases, |one| Some(&one.status.as_ref()?.conditions)),
            ),
            (
                "ClusterAddon",
                counts(addons, |one| Some(&one.status.as_ref()?.conditions)),
            ),
        ];
        for (kind, counts) in kinds {
            for (standing, count) in counts {
                let labels = [("kind", kind), ("standing", standing)];
                ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Standings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standings")
    }
}

#[cfg(test)]
mod tests {
    use cso_api::{ClusterStack, ClusterStackRelease};
    use kube::runtime::{reflector, watcher};
    use prometheus_client::registry::Registry;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stack_that_needs_a_person_is_told_as_stalled() {
        let (stacks, mut writer) = reflector::store::<ClusterStack>();
        let (releases, _) = reflector::store::<ClusterStackRelease>();
        let (addons, _) = reflector::store();
        let condition = json!({
            "type": "Stalled", "status": "True", "reason": "UnknownTag", "lastTransitionTime": "2026-01-01T00:00:00Z",
        });
        let stack = json!({
            "metadata": {"name": "s"},
            "spec": {"provider": "docker", "name": "demo", "kubernetesVersion": "1.36"},
            "status": {"conditions": [condition]},
        });
        let stack = serde_json::from_value(stack).unwrap();
        writer.apply_watcher_event(&watcher::Event::Apply(stack));
        let mut registry = Registry::with_prefix("cso");
        let stores = Stores::new(stacks, releases, addons);
        registry.register_collector(Box::new(Standings(stores)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let stalled = "cso_objects{kind=\"ClusterStack\",standing=\"stalled\"} 1";
        assert!(text.contains(stalled), "{text}");
        assert!(
            text.contains("cso_objects{kind=\"ClusterAddon\",standing=\"ready\"} 0"),
            "{text}"
        );
    }
}
