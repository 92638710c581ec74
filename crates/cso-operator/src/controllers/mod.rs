//! Runs a controller per kind. Which event triggers which pass is in [`triggers`], what goes with an object in [`gone`].

mod attempts;
mod cluster_addon;
mod cluster_stack;
mod cluster_stack_release;
mod events;
mod gone;
mod news;
mod pass;
mod tags;
mod triggers;

pub(crate) use attempts::Attempts;
pub(crate) use cluster_addon::AddonMemory;

use std::future::Future;
use std::sync::Arc;

use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use futures::StreamExt as _;
use futures::channel::mpsc::UnboundedReceiver;
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher;
use tokio::sync::watch;

use crate::context::Context;
use crate::tracker::ReleaseKey;

const STACK: &str = "ClusterStack";
const RELEASE: &str = "ClusterStackRelease";
const ADDON: &str = "ClusterAddon";

/// What the watches report.
pub(crate) struct Inputs {
    pub(crate) stacks: Writer<ClusterStack>,
    pub(crate) releases: Writer<ClusterStackRelease>,
    /// Releases with drift.
    pub(crate) drift: UnboundedReceiver<ReleaseKey>,
    /// Namespaces of classes that Clusters began or ceased to use.
    pub(crate) uses: UnboundedReceiver<String>,
    /// Releases whose provider object changed.
    pub(crate) provided: UnboundedReceiver<ReleaseKey>,
    /// Stacks whose source was listed.
    pub(crate) listings: UnboundedReceiver<(String, String)>,
    pub(crate) addons: Writer<ClusterAddon>,
    /// Clusters that appeared, changed or went.
    pub(crate) clusters: UnboundedReceiver<ReleaseKey>,
    /// Add-ons whose workload cluster has news.
    pub(crate) workloads: UnboundedReceiver<ReleaseKey>,
}

/// Runs until `shutdown`; then passes that run are finished and no new ones begin.
pub(crate) async fn run(
    context: Context,
    inputs: Inputs,
    ready: watch::Sender<bool>,
    shutdown: impl Future<Output = ()> + Clone + Send + Sync + 'static,
) {
    let (triggers, senders) = triggers::channels();
    let told_addons = senders.clone();
    let whole = watcher::Config::default;
    let stacks = events::touched(&context, STACK, stack_filter(&context), inputs.stacks);
    let (told, known) = (senders.clone(), context.stores.releases.clone());
    let stacks = stacks.inspect(move |stack| told.releases_of(&known, stack.as_ref().ok()));
    let stacks = events::newsworthy(&context, STACK, stacks);
    let releases = events::touched(&context, RELEASE, whole(), inputs.releases);
    let (told, known) = (senders.clone(), context.clone());
    let releases = releases.inspect(move |release| {
        let release = release.as_ref().ok();
        told.release(&known.stores.stacks, release);
        told.addons_of(&known, release);
    });
    let releases = events::newsworthy(&context, RELEASE, releases);
    let addons = events::touched(&context, ADDON, whole(), inputs.addons);
    let wanted = Arc::clone(&context.addons_wanted);
    let addons = addons.inspect(move |_| wanted.notify_one());
    let addons = events::newsworthy(&context, ADDON, addons);
    let shared = Arc::new(context.clone());
    let stack_passes = Controller::for_stream(stacks, context.stores.stacks.clone())
        .with_config(Config::default().concurrency(context.config.stack_concurrency))
        .reconcile_on(triggers.stacks)
        .graceful_shutdown_on(shutdown.clone())
        .run(
            cluster_stack::reconcile,
            |_, error, _| match *error {},
            Arc::clone(&shared),
        )
        .for_each(|_| std::future::ready(()));
    let release_passes = Controller::for_stream(releases, context.stores.releases.clone())
        .with_config(Config::default().concurrency(context.config.release_concurrency))
        .reconcile_on(triggers.releases)
        .graceful_shutdown_on(shutdown.clone())
        .run(
            cluster_stack_release::reconcile,
            |_, error, _| match *error {},
            Arc::clone(&shared),
        )
        .for_each(|_| std::future::ready(()));
    // As many at once as there are Clusters: one that does not answer must not take another's place.
    let addon_passes = Controller::for_stream(addons, context.stores.addons.clone())
        .reconcile_on(triggers.addons)
        .graceful_shutdown_on(shutdown.clone())
        .run(
            cluster_addon::reconcile,
            |_, error, _| match *error {},
            shared,
        )
        .for_each(|_| std::future::ready(()));
    let background = async {
        futures::join!(
            context.definitions.run(),
            context.clusters.run(&context.definitions),
            triggers::forward(
                &context,
                senders,
                inputs.drift,
                inputs.uses,
                inputs.provided,
                inputs.listings
            ),
            triggers::forward_addons(&context, &told_addons, inputs.clusters, inputs.workloads),
            cluster_addon::create_missing(&context),
            tags::watch(&context),
            tell_when_filled(&context, ready),
        );
    };
    tokio::select! {
        _ = futures::future::join3(stack_passes, release_passes, addon_passes) => {}
        () = background => {}
        () = end_before_filled(&context, shutdown) => {}
    }
}

async fn tell_when_filled(context: &Context, ready: watch::Sender<bool>) {
    context.stores.filled().await;
    context.clusters.listed().await;
    ready.send_replace(true);
    tracing::info!("caches are filled");
    std::future::pending::<()>().await;
}

/// A controller whose store is not filled waits for it and would not notice the end.
async fn end_before_filled(context: &Context, shutdown: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = context.stores.filled() => std::future::pending().await,
        () = shutdown => {}
    }
}

fn stack_filter(context: &Context) -> watcher::Config {
    match &context.config.watch_filter {
        Some(value) => watcher::Config::default()
            .labels(&format!("{}={value}", cso_api::labels::WATCH_FILTER_LABEL)),
        None => watcher::Config::default(),
    }
}

/// The kube runtime's word for a retry.
type Next = Result<Action, std::convert::Infallible>;
