//! Decides what can be typed after `csctl template`: the flags of `helm template` that need no cluster.

use std::path::PathBuf;

/// Render a chart locally, with the bytes that `helm template` would print.
///
/// Nothing is fetched and no cluster is asked: the chart is a folder or a .tgz with its dependencies in charts/.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  csctl template my-release ./chart -n my-namespace -f values.yaml
  csctl template my-release chart-1.0.0.tgz --kube-version 1.34.2 --include-crds
  csctl template my-release ./chart -s templates/deployment.yaml")]
#[expect(clippy::struct_excessive_bools, reason = "helm template's own flags")]
pub(crate) struct Template {
    /// Name of the release.
    pub(crate) name: String,
    /// Folder or .tgz of the chart.
    pub(crate) chart: PathBuf,
    /// Namespace of the release.
    #[arg(short, long, default_value = "default")]
    pub(crate) namespace: String,
    /// File with values; later files win.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,
    /// Kubernetes version the chart is told about.
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// API versions the chart is told about besides the built-in ones; separated by commas.
    #[arg(short, long, value_delimiter = ',', value_name = "VERSION")]
    pub(crate) api_versions: Vec<String>,
    /// Print the files of crds/ too.
    #[arg(long)]
    pub(crate) include_crds: bool,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall.
    #[arg(long)]
    pub(crate) is_upgrade: bool,
    /// Leave out hooks.
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// Leave out tests.
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Print only what these templates rendered; patterns are allowed.
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
}
