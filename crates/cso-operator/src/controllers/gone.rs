//! Decides what goes with an object of ours that is gone: everything that was remembered of it.

use std::collections::BTreeSet;

use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use kube::Resource;
use kube::runtime::watcher::{Error, Event};

use super::pass::{key_of, memory_key};
use super::{ADDON, STACK};
use crate::context::Context;
use crate::tracker::ReleaseKey;

/// Listens to the events of a kind and forgets what is gone.
pub(super) fn forgets<K: Resource>(
    kind: &'static str,
    context: Context,
) -> impl Fn(&Result<Event<K>, Error>) {
    move |event| match event {
        Ok(Event::Delete(object)) => {
            let key = key_of(object);
            context.memory.forget(&memory_key(kind, &key));
            if kind == ADDON {
                context.workloads.forget(&key);
                context.addon_memory.retain(|owner| *owner != key);
            }
            if kind == STACK {
                context.subscriptions.end(&key);
            }
            context.attempts.forget(&(kind, key.0, key.1));
        }
        // Objects may have gone while nobody watched.
        Ok(Event::InitDone) => retain_existing(&context),
        Ok(Event::Init | Event::InitApply(_) | Event::Apply(_)) | Err(_) => {}
    }
}

fn retain_existing(context: &Context) {
    let releases = context.stores.releases.state();
    let releases = releases
        .iter()
        .map(|release| key_of::<ClusterStackRelease>(release));
    let stacks = context.stores.stacks.state();
    let stacks = stacks
        .iter()
        .map(|stack| memory_key(STACK, &key_of::<ClusterStack>(stack)));
    let addons = context.stores.addons.state();
    let owners: BTreeSet<ReleaseKey> = addons
        .iter()
        .map(|addon| key_of::<ClusterAddon>(addon))
        .collect();
    context.workloads.retain(|owner| owners.contains(owner));
    context.addon_memory.retain(|owner| owners.contains(owner));
    let addons = owners.iter().map(|owner| memory_key(ADDON, owner));
    let existing: BTreeSet<ReleaseKey> = releases.chain(stacks).chain(addons).collect();
    context.memory.retain(|key| existing.contains(key));
}
