//! Decides what can be typed after `csctl template`: the flags of `helm template`, so that scripts need no change.

mod accepted;
mod refused;
mod switches;

use std::path::PathBuf;

pub(crate) use accepted::accept;
pub(crate) use switches::{SwitchError, spell_out};

use refused::Refused;

#[derive(Debug, clap::Args)]
#[command(
    args_override_self = true,
    disable_version_flag = true,
    override_usage = "csctl template [OPTIONS] [NAME] CHART",
    after_help = "\
Files come first, then these flags, later ones over earlier ones:
--set-json, --set, --set-string, --set-file, --set-literal.

  --set image.tag=v1,ports[0]=80   tables by dots, lists by index, several at once
  --set list={a,b}                 a whole list
  --set key=null                   deletes a default of the chart
  --set 'a\\.b=x\\,y'                a backslash makes a dot or comma an ordinary one

Flags of helm template that only matter with a cluster, a repository or an
installation (--wait, --version, --dependency-update) are accepted and change
nothing. Those that ask for what this program cannot do are refused: --validate,
--dry-run=server, --enable-dns, --verify, --post-renderer.

Examples:
  csctl template my-release ./chart -n my-namespace -f values.yaml
  csctl template my-release chart-1.0.0.tgz --kube-version 1.34.2 --include-crds
  csctl template my-release ./chart -s templates/deployment.yaml --set replicas=3
  generate-values | csctl template my-release ./chart -f - --output-dir manifests"
)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "helm template's own flags"
)]
pub(crate) struct Template {
    /// Name of the release, \"release-name\" if left out; then the folder or .tgz of the chart.
    #[arg(value_name = "NAME CHART", hide = true)]
    pub(crate) names: Vec<String>,
    /// Namespace of the release.
    #[arg(short, long, default_value = "default")]
    pub(crate) namespace: String,
    /// Name the release after what this template renders, instead of giving NAME.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name_template: Option<String>,
    /// Do without NAME; as with helm template, the name is then "release-name".
    #[arg(short, long)]
    pub(crate) generate_name: bool,
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
    /// Do not check the values against the chart's schema.
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    /// Print only what these templates rendered; patterns are allowed.
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
    /// Write one file for each template below this folder instead of printing.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Put the release's name between --output-dir and the chart's.
    #[arg(long)]
    pub(crate) release_name: bool,
    /// If what was rendered is no YAML, print it all the same.
    #[arg(long)]
    pub(crate) debug: bool,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) refused: Refused,
}

/// Where values come from.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Values")]
pub(crate) struct Values {
    /// File with values, - for standard input; repeat it or separate several by commas.
    #[arg(
        short = 'f',
        long = "values",
        value_delimiter = ',',
        value_name = "FILE",
        allow_hyphen_values = true
    )]
    pub(crate) files: Vec<String>,
    /// Set values: true, false, null and integers are what they look like.
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Set strings.
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) set_string: Vec<String>,
    /// Set values written in JSON.
    #[arg(long, value_name = "KEY=JSON", allow_hyphen_values = true)]
    pub(crate) set_json: Vec<String>,
    /// Set strings to the content of files.
    #[arg(long, value_name = "KEY=FILE", allow_hyphen_values = true)]
    pub(crate) set_file: Vec<String>,
    /// Set one string to the rest of the argument, whatever is in it.
    #[arg(long, value_name = "KEY=TEXT", allow_hyphen_values = true)]
    pub(crate) set_literal: Vec<String>,
}
