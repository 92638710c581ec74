//! Decides what `make demo` shows: from the source of a stack to a ClusterClass that is repaired when somebody breaks it,
//! and to a cluster whose add-ons appear.

mod steps;
mod transcript;

use clap::Parser;
use cso_testing::{Options, TestBed};

use steps::Demo;

/// The whole way of a cluster stack on one machine: create, publish, pull, render, apply, repair, and the add-ons of a cluster.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Arguments {
    /// Leave everything running until Ctrl-C, with a kubeconfig to play with.
    #[arg(long)]
    keep: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    transcript::heading("A real etcd, kube-apiserver, Cluster API and OCI registry on loopback");
    let options = Options::default()
        .cluster_api_managers()
        .definitions(cso_api::crds());
    let mut bed = TestBed::start(options).await?;
    let inside = bed.workload_server().await?;
    inside.run_workloads().await?;
    let demo = Demo::prepare(&mut bed)?;
    let shown = demo.show(&bed, &inside).await;
    if shown.is_err() {
        transcript::log(
            "the operator's log ends with",
            &bed.dir().join("operator.log"),
        );
    }
    let _reachable = shown?;
    if arguments.keep {
        demo.explain_what_to_try();
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}
