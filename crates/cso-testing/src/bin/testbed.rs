//! Decides what `make testbed` does: fetches the programs, or starts a bed and keeps it until Ctrl-C.

use std::io::Write;

use clap::{Parser, Subcommand};
use cso_testing::assets::{self, Asset};
use cso_testing::{Options, TestBed};

/// Real Kubernetes components as plain processes, for trying things out.
#[derive(Debug, Parser)]
#[command(name = "testbed")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch or build every program into the cache and print where it is.
    Build,
    /// Start etcd, kube-apiserver, kube-controller-manager and a registry with Cluster API's kinds; stay until Ctrl-C.
    Up {
        /// Leave the folder with logs and data behind.
        #[arg(long)]
        keep: bool,
        /// Also run Cluster API itself: clusters come up, with machines in memory.
        #[arg(long)]
        cluster_api: bool,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Build => tokio::task::spawn_blocking(build).await?,
        Command::Up { keep, cluster_api } => {
            let options = Options::default().controller_manager().providers();
            let options = if cluster_api {
                options.cluster_api_managers()
            } else {
                options.cluster_api()
            };
            up(if keep { options.keep_files() } else { options }).await
        }
    }
}

fn build() -> anyhow::Result<()> {
    for asset in Asset::ALL {
        let path = assets::find(asset)?;
        writeln!(
            std::io::stdout(),
            "{} {}  {}",
            asset.name(),
            asset.version(),
            path.display()
        )?;
    }
    Ok(())
}

async fn up(options: Options) -> anyhow::Result<()> {
    let bed = TestBed::start(options).await?;
    let kubectl = tokio::task::spawn_blocking(|| assets::find(Asset::Kubectl)).await??;
    let kubeconfig = bed.kubeconfig_path();
    writeln!(
        std::io::stdout(),
        "The test bed is up.\n  \
         kubeconfig  {kubeconfig}\n  registry    {registry} (plain HTTP)\n  logs        {dir}/*.log\n\n\
         Try:  export KUBECONFIG={kubeconfig}\n      {kubectl} get crds\n\nCtrl-C ends it.",
        kubeconfig = kubeconfig.display(),
        registry = bed.registry(),
        dir = bed.dir().display(),
        kubectl = kubectl.display(),
    )?;
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminated.recv() => {}
    }
    Ok(())
}
