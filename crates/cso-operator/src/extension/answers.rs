//! What a replica has seen of releases and add-ons, and the answers that follow. Nobody waits for the leader.

use std::future::{Ready, ready};

use cso_api::{ClusterAddon, ClusterStackRelease};
use cso_core::cluster::is_class_of;
use cso_core::hooks::{Answer, Facts, Request, addon_name, decide};
use futures::StreamExt as _;
use kube::runtime::reflector::{self, ObjectRef, Store, store::Writer};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use tokio::sync::watch;

/// The state answers follow from. Clones share it.
#[derive(Clone, Debug)]
pub struct Answers {
    releases: Store<ClusterStackRelease>,
    addons: Store<ClusterAddon>,
    filled: watch::Sender<bool>,
    /// The only namespace we care for.
    namespace: Option<String>,
}

/// Fills [`Answers`].
#[derive(Debug)]
pub struct Sight {
    releases: Writer<ClusterStackRelease>,
    addons: Writer<ClusterAddon>,
    answers: Answers,
}

impl Answers {
    /// Nothing was seen yet. `namespace` is the only one we care for, all if `None`.
    pub fn new(namespace: Option<String>) -> (Self, Sight) {
        let (releases, release_writer) = reflector::store();
        let (addons, addon_writer) = reflector::store();
        let answers = Self {
            releases,
            addons,
            filled: watch::Sender::new(false),
            namespace,
        };
        let sight = Sight {
            releases: release_writer,
            addons: addon_writer,
            answers: answers.clone(),
        };
        (answers, sight)
    }

    /// The answer as far as everything was seen; before that nobody is let through.
    pub fn answer(&self, request: &Request) -> Answer {
        let view = request.view();
        let is_elsewhere = self
            .namespace
            .as_ref()
            .is_some_and(|namespace| namespace != view.namespace());
        let Some(class) = view.class().filter(|_| !is_elsewhere) else {
            return Answer::Go;
        };
        if !*self.filled.borrow() {
            return Answer::wait(
                "the operator has just started and does not know the releases yet",
            );
        }
        let release = self.releases.find(|release| is_class_of(&class, release));
        let addon = ObjectRef::new(&addon_name(view.name())).within(view.namespace());
        let addon = self.addons.get(&addon);
        let facts = Facts {
            release: release.as_deref(),
            addon: addon.as_deref(),
        };
        decide(request, &facts)
    }
}

impl Sight {
    /// Watches until it is dropped.
    pub async fn watch(self, client: Client) {
        let Answers {
            releases,
            addons,
            filled,
            namespace,
        } = self.answers;
        let config = watcher::Config::default();
        let seen_releases = watcher(all(&client, namespace.as_deref()), config.clone())
            .default_backoff()
            .modify(|release: &mut ClusterStackRelease| release.managed_fields_mut().clear())
            .reflect(self.releases)
            .for_each(|event| logged("ClusterStackReleases", event));
        let seen_addons = watcher(all(&client, namespace.as_deref()), config)
            .default_backoff()
            .modify(|addon: &mut ClusterAddon| addon.managed_fields_mut().clear())
            .reflect(self.addons)
            .for_each(|event| logged("ClusterAddons", event));
        let complete = async {
            // Both writers live in this function.
            drop(futures::join!(
                releases.wait_until_ready(),
                addons.wait_until_ready()
            ));
            filled.send_replace(true);
            tracing::info!("hooks can be answered");
        };
        futures::join!(seen_releases, seen_addons, complete);
    }

    /// Makes these the state, as if they had been listed.
    pub fn show(
        &mut self,
        releases: impl IntoIterator<Item = ClusterStackRelease>,
        addons: impl IntoIterator<Item = ClusterAddon>,
    ) {
        fill(&mut self.releases, releases);
        fill(&mut self.addons, addons);
        self.answers.filled.send_replace(true);
    }
}

fn fill<K>(writer: &mut Writer<K>, objects: impl IntoIterator<Item = K>)
where
    K: kube::Resource<DynamicType = ()> + Clone + 'static,
{
    writer.apply_watcher_event(&watcher::Event::Init);
    for object in objects {
        writer.apply_watcher_event(&watcher::Event::InitApply(object));
    }
    writer.apply_watcher_event(&watcher::Event::InitDone);
}

fn all<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

fn logged<K>(kind: &'static str, event: Result<watcher::Event<K>, watcher::Error>) -> Ready<()> {
    if let Err(error) = event {
        tracing::debug!(%error, kind, "watch for hooks failed");
    }
    ready(())
}
