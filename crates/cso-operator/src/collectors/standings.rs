//! Decides how many objects of each kind are ready, on their way or in need of a person, at the time somebody asks for the
//! metrics.

use std::collections::BTreeMap;

use cso_api::Condition;
use cso_core::conditions::{STANDINGS, standing};
use kube::runtime::reflector::{Lookup, Store};
use prometheus_client::collector::Collector;

use super::counted::{Counted, Series};
use crate::watches::Stores;

/// Of the objects the operator watches; none while it does not lead.
pub(super) fn collector(stores: Stores) -> impl Collector {
    Counted {
        name: "objects",
        help: "Objects by kind, and whether they are ready, on their way or need a person",
        count: move || all(&stores),
    }
}

fn all(stores: &Stores) -> Vec<Series> {
    let (stacks, releases, addons) = (&stores.stacks, &stores.releases, &stores.addons);
    let stacks = counts("ClusterStack", stacks, |one| {
        Some(&one.status.as_ref()?.conditions)
    });
    let releases = counts("ClusterStackRelease", releases, |one| {
        Some(&one.status.as_ref()?.conditions)
    });
    let addons = counts("ClusterAddon", addons, |one| {
        Some(&one.status.as_ref()?.conditions)
    });
    stacks.chain(releases).chain(addons).collect()
}

/// The number of objects that stand so, zero included.
fn counts<K>(
    kind: &str,
    store: &Store<K>,
    conditions: impl Fn(&K) -> Option<&[Condition]>,
) -> impl Iterator<Item = Series>
where
    K: Lookup + Clone + 'static,
    K::DynamicType: Eq + std::hash::Hash + Clone + Default,
{
    let mut counts: BTreeMap<&str, u64> = STANDINGS.map(|standing| (standing, 0)).into();
    for object in store.state() {
        let told = conditions(&object).unwrap_or_default();
        *counts.entry(standing(told)).or_default() += 1;
    }
    let series = counts.into_iter();
    series.map(move |(standing, count)| {
        let labels = vec![("kind", kind.to_owned()), ("standing", standing.to_owned())];
        (labels, count)
    })
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
        registry.register_collector(Box::new(collector(stores)));
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
