//! Decides in which order the operator starts and stops.
//!
//! Start: logging, client, caches, probes, webhooks, lease, controllers. Stop: no new passes, running ones end, lease
//! released, webhooks last. Hooks and admission are answered by every replica.
//! Whoever loses the lease stops as well: a fresh process with fresh caches takes part in the next election.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use futures::FutureExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::args::Args;
use crate::config::{Config, resolve};
use crate::context::{Context, Parts};
use crate::error::Error;
use crate::leader::{Candidate, LEASE, Settings};
use crate::webhooks::Webhooks;
use crate::{api_client, collectors, controllers, health, telemetry};

/// Runs the operator as the flags and the environment say, until SIGTERM or SIGINT.
///
/// # Errors
/// It cannot start, or lost its lease.
pub async fn start(args: Args) -> Result<(), Error> {
    telemetry::start(&args.log_level, args.log_format)?;
    // Only fails when a provider is installed already, which then is used.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let cluster = kube::Config::infer().await.map_err(|source| Error::Infer {
        source: Box::new(source),
    })?;
    let config = resolve(&args, &cso_source::env::process, &cluster.default_namespace)?;
    Box::pin(run(config, cluster, signalled())).await
}

/// Runs the operator against a cluster until `shutdown` resolves.
///
/// # Errors
/// As [`start`].
pub async fn run(
    config: Config,
    cluster: kube::Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let config = Arc::new(config);
    let shutdown = shutdown.shared();
    let (ready, is_ready) = watch::channel(false);
    let (lease, writing) = watch::channel(config.election.is_none());
    let Parts { context, inputs } = Context::assemble(Arc::clone(&config), cluster, writing)?;
    let registry = Arc::new(collectors::registry(&context.metrics, &context.stores));
    let servers = async {
        futures::try_join!(
            serve(config.health_address, health::probes(is_ready)),
            serve(config.metrics_address, health::metrics(registry)),
        )
    };
    let webhooks = Webhooks::bind(&context).await?;
    let (stop, stopped) = watch::channel(false);
    let leading = async {
        let ended = lead(context, inputs, lease, ready, shutdown.clone())
            .boxed()
            .await;
        stop.send_replace(true);
        ended
    };
    let answering = async {
        if let Some(webhooks) = webhooks {
            webhooks.run(stopped).boxed().await;
        }
    };
    tokio::select! {
        (ended, ()) = futures::future::join(leading, answering) => ended,
        failed = servers => failed.map(|_| ()),
    }
}

/// Waits for the lease, runs the controllers while it is held, gives it back.
async fn lead(
    context: Context,
    inputs: controllers::Inputs,
    lease: watch::Sender<bool>,
    ready: watch::Sender<bool>,
    shutdown: impl Future<Output = ()> + Clone + Send + Sync + 'static,
) -> Result<(), Error> {
    let Some(election) = context.config.election.clone() else {
        context.metrics.leader.set(1.0);
        controllers::run(context, inputs, ready, shutdown).await;
        return Ok(());
    };
    // A replica that waits for its turn is ready: it can take over at any time.
    ready.send_replace(true);
    let name = format!("{}/{LEASE}", election.namespace);
    let settings = Settings {
        namespace: election.namespace,
        identity: election.identity,
        lease_duration: election.lease_duration,
        renew_deadline: election.renew_deadline,
        retry_period: election.retry_period,
    };
    let mut candidate = Candidate::new(context.management.client.clone(), settings);
    tokio::select! {
        () = candidate.acquire() => {}
        () = shutdown.clone() => return Ok(()),
    }
    tracing::info!(lease = name, "leading");
    lease.send_replace(true);
    context.metrics.leader.set(1.0);
    let lost = tokio::select! {
        () = controllers::run(context.clone(), inputs, ready, shutdown) => false,
        () = candidate.hold() => true,
    };
    lease.send_replace(false);
    context.metrics.leader.set(0.0);
    if lost {
        return Err(Error::LostLease { lease: name });
    }
    candidate.release().await;
    Ok(())
}

/// Serves until the process ends; without an address it never ends.
async fn serve(address: Option<SocketAddr>, routes: Router) -> Result<(), Error> {
    let Some(address) = address else {
        return std::future::pending().await;
    };
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    axum::serve(listener, routes).await.map_err(failed)
}

/// SIGTERM or SIGINT. Without signals the process can only be killed.
async fn signalled() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be handled");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminated => {}
        interrupted = tokio::signal::ctrl_c() => {
            if let Err(error) = interrupted {
                tracing::warn!(%error, "SIGINT cannot be handled");
            }
        }
    }
    tracing::info!("shutting down");
}

/// A client for the operator's own use; tests count its requests.
pub(crate) fn client(
    cluster: kube::Config,
    metrics: &crate::metrics::Metrics,
) -> Result<kube::Client, Error> {
    api_client::client(cluster, metrics.clone())
}
