//! Decides which event triggers which pass.
//!
//! | event | stack | release | add-on |
//! | --- | --- | --- | --- |
//! | the object itself (but for the status we wrote, see [`super::news`]) | yes | yes | yes |
//! | a stack | | its releases | |
//! | a release | its owner, and every stack of its namespace that may want it | | those of the Clusters that use it |
//! | an applied object was changed or deleted by others | | the one that brought it | the ones it belongs to |
//! | a Cluster began or ceased to use a class | all of the class's namespace | all of the class's namespace | |
//! | a Cluster | | | its |
//! | a workload cluster is back, or serves other kinds | | | its |
//! | a provider object | all of its namespace | the one of its name | |
//! | a listing of a source | those that follow it | | |
//! | a definition | all | all | |

use cluster_stack::ReleaseTag;
use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use cso_core::cluster_stack::select;
use cso_core::hooks::addon_name;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::runtime::reflector::{ObjectRef, Store};

use crate::context::Context;
use crate::tracker::ReleaseKey;

/// The passes that are due.
pub(crate) struct Triggers {
    pub(crate) stacks: UnboundedReceiver<ObjectRef<ClusterStack>>,
    pub(crate) releases: UnboundedReceiver<ObjectRef<ClusterStackRelease>>,
    pub(crate) addons: UnboundedReceiver<ObjectRef<ClusterAddon>>,
}

/// Makes passes due.
#[derive(Clone)]
pub(crate) struct Senders {
    stacks: UnboundedSender<ObjectRef<ClusterStack>>,
    releases: UnboundedSender<ObjectRef<ClusterStackRelease>>,
    addons: UnboundedSender<ObjectRef<ClusterAddon>>,
}

pub(crate) fn channels() -> (Triggers, Senders) {
    let (stack_sender, stacks) = unbounded();
    let (release_sender, releases) = unbounded();
    let (addon_sender, addons) = unbounded();
    let senders = Senders {
        stacks: stack_sender,
        releases: release_sender,
        addons: addon_sender,
    };
    let triggers = Triggers {
        stacks,
        releases,
        addons,
    };
    (triggers, senders)
}

// Receivers end with the controllers; what is due then is due for nobody.
impl Senders {
    /// The owners of a release that was touched, and the other stacks of its namespace that may want it.
    pub(crate) fn release(
        &self,
        stacks: &Store<ClusterStack>,
        release: Option<&ClusterStackRelease>,
    ) {
        let Some(metadata) = release.map(|release| &release.metadata) else {
            return;
        };
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let owners = metadata.owner_references.iter().flatten();
        for owner in owners.filter(|owner| owner.kind == "ClusterStack") {
            self.stack(namespace, &owner.name);
        }
        let tag = metadata.name.as_deref().and_then(|name| name.parse().ok());
        let Some(tag): Option<ReleaseTag> = tag else {
            return;
        };
        let may_want = |stack: &ClusterStack| {
            stack.metadata.namespace == metadata.namespace
                && select(&stack.spec).is_ok_and(|selection| selection.stack.is_same_stack(&tag))
        };
        for stack in stacks.state_filter(may_want) {
            self.stack(
                namespace,
                stack.metadata.name.as_deref().unwrap_or_default(),
            );
        }
    }

    /// The releases of a stack that was touched: its `spec.suspend` holds them as well.
    pub(crate) fn releases_of(
        &self,
        releases: &Store<ClusterStackRelease>,
        stack: Option<&ClusterStack>,
    ) {
        let Some(stack) = stack else { return };
        let uid = stack.metadata.uid.as_deref();
        let is_owned = |release: &ClusterStackRelease| {
            let mut owners = release.metadata.owner_references.iter().flatten();
            uid.is_some_and(|uid| owners.any(|owner| owner.uid == uid))
        };
        for release in releases.state_filter(is_owned) {
            drop(
                self.releases
                    .unbounded_send(ObjectRef::from_obj(release.as_ref())),
            );
        }
    }

    /// The add-ons of the Clusters that use a release that was touched.
    pub(crate) fn addons_of(&self, context: &Context, release: Option<&ClusterStackRelease>) {
        let Some(release) = release else { return };
        for cluster in context.clusters.heads() {
            if cluster.uses(release) {
                self.addon((cluster.namespace, addon_name(&cluster.name)));
            }
        }
        context.addons_wanted.notify_one();
    }

    fn addon(&self, (namespace, name): ReleaseKey) {
        let addon = ObjectRef::new(&name).within(&namespace);
        drop(self.addons.unbounded_send(addon));
    }

    fn stack(&self, namespace: &str, name: &str) {
        drop(
            self.stacks
                .unbounded_send(ObjectRef::new(name).within(namespace)),
        );
    }

    fn release_of(&self, (namespace, name): &ReleaseKey) {
        drop(
            self.releases
                .unbounded_send(ObjectRef::new(name).within(namespace)),
        );
    }

    fn stacks_in(&self, store: &Store<ClusterStack>, namespace: Option<&str>) {
        for stack in store.state() {
            if namespace.is_none() || stack.metadata.namespace.as_deref() == namespace {
                drop(
                    self.stacks
                        .unbounded_send(ObjectRef::from_obj(stack.as_ref())),
                );
            }
        }
    }

    fn releases_in(&self, store: &Store<ClusterStackRelease>, namespace: Option<&str>) {
        for release in store.state() {
            if namespace.is_none() || release.metadata.namespace.as_deref() == namespace {
                drop(
                    self.releases
                        .unbounded_send(ObjectRef::from_obj(release.as_ref())),
                );
            }
        }
    }
}

/// Forwards what is heard of Clusters and workload clusters until the operator stops.
pub(crate) async fn forward_addons(
    context: &Context,
    senders: &Senders,
    clusters: UnboundedReceiver<ReleaseKey>,
    workloads: UnboundedReceiver<ReleaseKey>,
) {
    let clusters = clusters.for_each(|(namespace, cluster)| {
        senders.addon((namespace, addon_name(&cluster)));
        context.addons_wanted.notify_one();
        std::future::ready(())
    });
    let workloads = workloads.for_each(|owner| {
        senders.addon(owner);
        std::future::ready(())
    });
    futures::join!(clusters, workloads);
}

/// Forwards what the watches report until the operator stops.
pub(crate) async fn forward(
    context: &Context,
    senders: Senders,
    drift: UnboundedReceiver<ReleaseKey>,
    uses: UnboundedReceiver<String>,
    provided: UnboundedReceiver<ReleaseKey>,
    listings: UnboundedReceiver<(String, String)>,
) {
    let stores = &context.stores;
    let drift = drift.for_each(|key| {
        senders.release_of(&key);
        std::future::ready(())
    });
    let uses = uses.for_each(|namespace| {
        senders.stacks_in(&stores.stacks, Some(&namespace));
        senders.releases_in(&stores.releases, Some(&namespace));
        std::future::ready(())
    });
    let provided = provided.for_each(|key| {
        senders.release_of(&key);
        senders.stacks_in(&stores.stacks, Some(&key.0));
        std::future::ready(())
    });
    let listings = listings.for_each(|(namespace, name)| {
        senders.stack(&namespace, &name);
        std::future::ready(())
    });
    let definitions = async {
        let mut changes = context.definitions.subscribe();
        while changes.changed().await.is_ok() {
            senders.stacks_in(&stores.stacks, None);
            senders.releases_in(&stores.releases, None);
        }
    };
    futures::join!(drift, uses, provided, listings, definitions);
}
