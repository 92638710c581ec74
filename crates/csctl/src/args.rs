//! Decides what can be typed.

mod later;
mod template;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use later::Later;
pub(crate) use template::{Template, Values};

/// What was typed, with Helm's spellings of `csctl template` among it.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Args, clap::Error> {
    let arguments = template::spell_out(arguments).map_err(|error: template::SwitchError| {
        clap::Error::raw(ErrorKind::InvalidValue, format!("{error}\n"))
    })?;
    match parse_by(Args::command(), &arguments) {
        Err(error) if error.kind() == ErrorKind::UnknownArgument => parse_by(
            Args::command().mut_subcommand("template", template::accept),
            &arguments,
        ),
        parsed => parsed,
    }
}

fn parse_by(mut command: clap::Command, arguments: &[OsString]) -> Result<Args, clap::Error> {
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    Args::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Build, publish and fetch cluster stack releases.
#[derive(Debug, Parser)]
#[command(
    name = "csctl",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a release from the sources of a cluster stack.
    ///
    /// The same sources always give the same files, byte for byte.
    Create(Later<Create>),
    /// Publish a release folder to the registry of `OCI_REGISTRY` and `OCI_REPOSITORY`.
    ///
    /// Publishing the same release twice changes nothing. A tag that holds other content is never overwritten.
    Publish(Later<Publish>),
    /// Fetch a release, verify it and write its files to a folder.
    Pull(Later<Pull>),
    /// Render a chart locally, with the bytes that `helm template` would print.
    ///
    /// Nothing is fetched and no cluster is asked: the chart is a folder or a .tgz with its dependencies in charts/.
    Template(Later<Template>),
    /// Print the version of this program.
    Version,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  csctl create providers/docker/scs -m hash
  csctl create providers/docker/scs -m hash --publish --remote oci
  csctl create providers/docker/scs -m stable --publish --remote oci
  csctl create providers/docker/scs -m custom --cluster-stack-version v0-custom.1 \\
    --cluster-addon-version v0-custom.1 --node-image-version v0-custom.1")]
pub(crate) struct Create {
    /// Folder with csctl.yaml, cluster-class/ and cluster-addon/.
    pub(crate) cluster_stack: PathBuf,
    /// How the version is chosen.
    #[arg(short, long, value_enum, default_value = "stable")]
    pub(crate) mode: Mode,
    /// Folder to make the release folder in.
    #[arg(short, long, default_value = "./.release")]
    pub(crate) output: PathBuf,
    /// Version of the stack, for mode custom.
    #[arg(long)]
    pub(crate) cluster_stack_version: Option<String>,
    /// Version of the add-ons, for mode custom.
    #[arg(long)]
    pub(crate) cluster_addon_version: Option<String>,
    /// Version of the node images, for mode custom.
    #[arg(long)]
    pub(crate) node_image_version: Option<String>,
    /// Where releases live, asked by mode stable; only oci can be published to.
    #[arg(long, value_enum, default_value = "github")]
    pub(crate) remote: Remote,
    /// Fetch the charts that charts of the stack depend on and that are not in charts/, and ship them in the release.
    /// The sources stay as they are, and so does their hash.
    #[arg(long)]
    pub(crate) vendor_dependencies: bool,
    /// Where those charts are fetched instead of the repository that is declared; may be repeated. The mirror is https://,
    /// http://, oci://, oci+http:// or file:///<folder>; the repository the beginning of its address, or `*` for all.
    #[arg(
        long = "chart-mirror",
        env = "CHART_MIRRORS",
        value_delimiter = ',',
        value_name = "REPOSITORY=MIRROR"
    )]
    pub(crate) chart_mirrors: Vec<String>,
    /// File with credentials for the hosts those charts are fetched from, in the format of Docker's config.json. Without TLS
    /// only entries whose key begins with http:// are used.
    #[arg(long, env = "CHART_CREDENTIALS", value_name = "FILE")]
    pub(crate) chart_credentials: Option<PathBuf>,
    /// Publish the release once it is built.
    #[arg(long)]
    pub(crate) publish: bool,
    /// Registry for node images, handed to provider plugins. This program runs none; a stack that needs one is refused.
    #[arg(short = 'r', long)]
    pub(crate) node_image_registry: Option<String>,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// The next number after the latest stable release of --remote; v1 for the first.
    Stable,
    /// v0-sha.<hash of the sources>.
    Hash,
    /// The versions given by flags.
    Custom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Remote {
    /// Releases of a GitHub repository: `GIT_PROVIDER`, `GIT_ORG_NAME`, `GIT_REPOSITORY_NAME`, `GIT_ACCESS_TOKEN`.
    Github,
    /// An OCI registry: `OCI_REGISTRY`, `OCI_REPOSITORY`, and `OCI_ACCESS_TOKEN` or `OCI_USERNAME` and `OCI_PASSWORD`,
    /// else what `docker login` stored.
    Oci,
}

/// Where and how to reach a registry.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Registry {
    /// Speak plain HTTP to the registry.
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// Certificates of issuers to trust besides the system's, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  OCI_REGISTRY=registry.example.com OCI_REPOSITORY=kaas/cluster-stacks \\
    csctl publish .release/docker-scs-1-30-v0-sha-rwvgrna")]
pub(crate) struct Publish {
    /// Folder made by csctl create; its name is the tag.
    pub(crate) release: PathBuf,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  OCI_REGISTRY=registry.example.com OCI_REPOSITORY=kaas/cluster-stacks csctl pull docker-scs-1-30-v1 --remote oci")]
pub(crate) struct Pull {
    /// Tag of the release, such as docker-scs-1-30-v1.
    pub(crate) tag: String,
    /// Folder to make the release folder in.
    #[arg(short, long, default_value = "./.release")]
    pub(crate) output: PathBuf,
    /// Where releases live.
    #[arg(long, value_enum, default_value = "oci")]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) registry: Registry,
}
