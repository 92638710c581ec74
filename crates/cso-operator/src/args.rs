//! Decides the flags: names, defaults and environment of upstream's binary, and our additions.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum};

/// The flags as typed. Upstream's spelling with one dash is understood (see [`go_spelling`]).
#[derive(Debug, Clone, Parser)]
#[command(name = "cso-operator", version, about = "The Cluster Stack Operator")]
pub struct Args {
    /// Address of the metrics server; `0` turns it off.
    #[arg(long, default_value = ":8080")]
    pub metrics_bind_address: String,
    /// Address of the health server (/healthz, /readyz); `0` turns it off.
    #[arg(long, default_value = ":9440")]
    pub health_probe_bind_address: String,
    /// Write only while holding the leader lease.
    #[arg(long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub leader_elect: bool,
    /// Namespace of the lease; the operator's own if empty.
    #[arg(long, default_value = "")]
    pub leader_elect_namespace: String,
    /// Reconcile only objects whose label `cluster.x-k8s.io/watch-filter` has this value.
    #[arg(long, default_value = "")]
    pub watch_filter: String,
    /// Reconcile only `ClusterStacks` and `ClusterStackReleases` of this namespace; all if empty. The objects of a release
    /// may lie elsewhere, and Clusters of all namespaces are read, as any of them may use a class of this one.
    #[arg(long, default_value = "")]
    pub namespace: String,
    /// How many `ClusterStacks` are reconciled at once.
    #[arg(long, default_value_t = 10)]
    pub clusterstack_concurrency: u16,
    /// How many `ClusterStackReleases` are reconciled at once.
    #[arg(long, default_value_t = 10)]
    pub clusterstackrelease_concurrency: u16,
    /// Accepted for compatibility; the add-ons of every Cluster have a pass of their own.
    #[arg(long, default_value_t = 10, hide = true)]
    pub clusteraddon_concurrency: u16,
    /// Objects of one release written at the same time.
    #[arg(long, default_value_t = 64)]
    pub apply_concurrency: usize,
    /// Least severe level that is logged, or a filter such as `info,kube=debug`.
    #[arg(long, default_value = "info")]
    pub log_level: String,
    /// Shape of a log line.
    #[arg(long, value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
    /// Folder that holds pulled releases.
    #[arg(long, default_value = "/tmp/downloads/")]
    pub release_dir: PathBuf,
    /// Read releases from `<release-dir>/cluster-stacks/<tag>` instead of a source.
    #[arg(long, default_value_t = false, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub local: bool,
    /// Folder below which a `spec.source.local` may point; such sources are refused without it.
    #[arg(long)]
    pub local_source_root: Option<PathBuf>,
    /// Where charts are fetched that a chart of a release depends on and the release does not ship, instead of the repository
    /// the chart declares: `<repository>=<mirror>`, may be repeated. A repository is the beginning of its address, or `*` for
    /// all; a mirror is https://, http://, oci://, oci+http:// (a registry without TLS) or `file:///<folder>` with archives.
    #[arg(
        long = "chart-mirror",
        env = "CHART_MIRRORS",
        value_delimiter = ',',
        value_name = "REPOSITORY=MIRROR"
    )]
    pub chart_mirrors: Vec<String>,
    /// File with credentials for the hosts that charts are fetched from, in the format of Docker's `config.json`, which a
    /// mounted Secret of type `kubernetes.io/dockerconfigjson` has. Each host is given its own; without TLS only if the key
    /// of the entry begins with `http://`. Read again whenever charts are fetched.
    #[arg(long, env = "CHART_CREDENTIALS", value_name = "FILE")]
    pub chart_credentials: Option<PathBuf>,
    /// Fetch no charts over the network: a release that does not ship the charts it depends on is refused, unless a
    /// folder of `--chart-mirror` has them.
    #[arg(long, env = "NO_REMOTE_DEPENDENCIES", default_value_t = false, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub no_remote_dependencies: bool,
    /// Default source of stacks that name none.
    #[arg(long, value_enum, default_value_t = SourceKind::Github)]
    pub source: SourceKind,
    /// Accepted for compatibility; the API server's own fairness limits the requests.
    #[arg(long, default_value_t = 50.0, hide = true)]
    pub qps: f64,
    /// Accepted for compatibility, like `--qps`.
    #[arg(long, default_value_t = 100, hide = true)]
    pub burst: u32,
    /// Port of the server that Cluster API's lifecycle hooks and the API server's admission webhooks call; `0` turns it off.
    #[arg(long, default_value_t = 9442)]
    pub hook_port: u16,
    /// Folder of that server's certificate (tls.crt, tls.key, ca.crt). Without a tls.crt in it the operator makes its own.
    #[arg(long, default_value = "/tmp/k8s-hook-server/serving-certs/")]
    pub hook_cert_dir: PathBuf,
    /// Secret in the operator's namespace that keeps the certificates it makes for that server.
    #[arg(long, default_value = "cso-extension-cert")]
    pub extension_cert_secret: String,
    /// `ExtensionConfig` that registers the runtime extension; registered by others if empty.
    #[arg(long, default_value = "cso-hook-server-extensionconfig")]
    pub extension_config: String,
    /// Service in the operator's namespace by which that server is reached.
    #[arg(long, default_value = "cso-hook-server-svc")]
    pub extension_service: String,
    /// How Cluster API reaches the runtime extension of an operator outside of the cluster, instead of the Service:
    /// `https://host:port`. Port 0 stands for the one that is listened on.
    #[arg(long, default_value = "")]
    pub extension_url: String,
    /// `ValidatingWebhookConfiguration` in which the operator tells the API server to trust the certificate of that server;
    /// others do if empty, or if it is annotated for cert-manager.
    #[arg(long, default_value = "cso-validating-webhook-configuration")]
    pub webhook_configuration: String,
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// Kind of the default source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceKind {
    /// An OCI repository (`OCI_*`).
    Oci,
    /// A GitHub repository (`GIT_*`).
    Github,
}

/// Turns `-source` into `--source`: Go's flag packages accept one dash before a long name.
pub fn go_spelling(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    args.into_iter()
        .map(|arg| match arg.to_str() {
            Some(text) if is_single_dashed(text) => OsString::from(format!("-{text}")),
            _ => arg,
        })
        .collect()
}

fn is_single_dashed(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next() == Some('-')
        && letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && letters.next().is_some()
}

/// Reads a Go listen address: `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` and the empty text mean "off".
///
/// # Errors
/// The text is no address.
pub fn listen_address(text: &str) -> Result<Option<SocketAddr>, std::net::AddrParseError> {
    match text {
        "" | "0" => Ok(None),
        _ if text.starts_with(':') => format!("[::]{text}").parse().map(Some),
        _ => text.replace("localhost:", "127.0.0.1:").parse().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Args {
        let all = std::iter::once("cso-operator").chain(args.iter().copied());
        Args::parse_from(go_spelling(all.map(OsString::from)))
    }

    #[test]
    fn every_flag_of_upstream_is_accepted() {
        let args = parse(&[
            "--metrics-bind-address=127.0.0.1:8080",
            "--health-probe-bind-address=:9440",
            "--leader-elect",
            "--leader-elect-namespace=a",
            "--watch-filter=b",
            "--namespace=c",
            "--clusterstack-concurrency=3",
            "--clusterstackrelease-concurrency=4",
            "--clusteraddon-concurrency=5",
            "--log-level=debug",
            "--release-dir=/r",
            "--local",
            "--source=oci",
            "--qps=20",
            "--burst=40",
            "--hook-port=1",
            "--hook-cert-dir=/c",
        ]);
        assert!(args.leader_elect && args.local);
        assert_eq!(args.source, SourceKind::Oci);
        assert_eq!(
            (
                args.watch_filter.as_str(),
                args.clusterstackrelease_concurrency
            ),
            ("b", 4)
        );
    }

    #[test]
    fn one_dash_and_boolean_values_read_as_in_go() {
        let args = parse(&["-source", "oci", "-leader-elect=false"]);
        assert_eq!(args.source, SourceKind::Oci);
        assert!(!args.leader_elect);
        assert!(parse(&[]).leader_elect);
    }

    #[test]
    fn a_listen_address_may_lack_the_host_or_be_off() {
        assert_eq!(listen_address(":8080").unwrap().unwrap().port(), 8080);
        assert_eq!(listen_address("0"), Ok(None));
        assert!(listen_address("eight").is_err());
    }
}
