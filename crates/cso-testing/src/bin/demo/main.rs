//! Decides what `make demo` shows: from the source of a stack to a ClusterClass that is repaired when somebody breaks it.

mod steps;
mod transcript;

use clap::Parser;
use cso_testing::{Options, TestBed};

use steps::Demo;

/// The whole way of a cluster stack on one machine: create, publish, pull, render, apply, repair.
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
    transcript::heading("A real etcd, kube-apiserver and OCI registry on loopback");
    let options = Options::default()
        .controller_manager()
        .cluster_api()
        .providers()
        .definitions(cso_api::crds());
    let mut bed = TestBed::start(options).await?;
    let demo = Demo::prepare(&mut bed)?;
    let shown = tokio::task::block_in_place(|| demo.show());
    if let Err(error) = shown {
        transcript::log(
            "the operator's log ends with",
            &bed.dir().join("operator.log"),
        );
        return Err(error);
    }
    if arguments.keep {
        demo.explain_what_to_try();
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}
