//! Decides what the flags and the environment mean: resolved and checked once, before anything starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use cso_core::hooks::Endpoint;
use cso_source::env::Lookup;
use cso_source::{Access, ChartRepositories, Limits, Mirrors, Network, SourceSpec};

use crate::args::{Args, SourceKind, listen_address};
use crate::error::Error;

/// Everything the operator needs to know to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where `/metrics` is served.
    pub metrics_address: Option<SocketAddr>,
    /// Where `/healthz` and `/readyz` are served.
    pub health_address: Option<SocketAddr>,
    /// The election; without it this replica writes at once.
    pub election: Option<Election>,
    /// Namespace whose objects are reconciled; all if `None`.
    pub namespace: Option<String>,
    /// Value of the watch-filter label.
    pub watch_filter: Option<String>,
    /// `ClusterStack`s reconciled at once.
    pub stack_concurrency: u16,
    /// `ClusterStackRelease`s reconciled at once.
    pub release_concurrency: u16,
    /// Objects of a release written at once.
    pub apply_concurrency: usize,
    /// Folder of pulled releases.
    pub release_dir: PathBuf,
    /// Folder below which `spec.source.local` may point.
    pub local_source_root: Option<PathBuf>,
    /// Source of stacks that name none; the text says why there is none.
    pub default_source: Result<(SourceSpec, Access), String>,
    /// Where charts are fetched that a release depends on and does not ship.
    pub charts: ChartRepositories,
    /// The server of the runtime extension and of admission, unless it is turned off.
    pub extension: Option<Extension>,
}

/// The server of the runtime extension and of admission.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Where it listens.
    pub address: SocketAddr,
    /// Folder of a certificate that others keep.
    pub cert_dir: PathBuf,
    /// Secret of the certificate that we keep, if others do not.
    pub cert_secret: String,
    /// Namespace of the Secret.
    pub namespace: String,
    /// How Cluster API reaches it.
    pub endpoint: Endpoint,
    /// Name of the `ExtensionConfig` to apply, if any.
    pub config_name: Option<String>,
    /// Name of the `ValidatingWebhookConfiguration` to vouch for our certificate in, if any.
    pub webhook_configuration: Option<String>,
}

/// How the writing replica is found.
#[derive(Clone, Debug)]
pub struct Election {
    /// Namespace of the lease.
    pub namespace: String,
    /// Name of this replica.
    pub identity: String,
    /// As in client-go.
    pub lease_duration: Duration,
    /// As in client-go.
    pub renew_deadline: Duration,
    /// As in client-go.
    pub retry_period: Duration,
}

/// Resolves the flags; `env` answers with the value of an environment variable, `own_namespace` is where we run.
///
/// # Errors
/// An address cannot be read, or the default source makes no sense. That none is configured is no error: every stack
/// may name its own.
pub fn resolve(args: &Args, env: Lookup<'_>, own_namespace: &str) -> Result<Config, Error> {
    let address = |flag: &str, text: &str| {
        listen_address(text).map_err(|error| Error::Setting {
            setting: format!("{flag}={text}"),
            problem: error.to_string(),
        })
    };
    let default_source = default_source(args, env).map_err(|error| crate::error::chain(&error));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Config {
        metrics_address: address("--metrics-bind-address", &args.metrics_bind_address)?,
        health_address: address(
            "--health-probe-bind-address",
            &args.health_probe_bind_address,
        )?,
        election: args.leader_elect.then(|| Election {
            namespace: text(&args.leader_elect_namespace)
                .unwrap_or_else(|| own_namespace.to_owned()),
            identity: identity(env),
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        }),
        namespace: text(&args.namespace),
        watch_filter: text(&args.watch_filter),
        stack_concurrency: args.clusterstack_concurrency,
        release_concurrency: args.clusterstackrelease_concurrency,
        apply_concurrency: args.apply_concurrency,
        release_dir: args.release_dir.clone(),
        local_source_root: args.local_source_root.clone(),
        charts: charts(args, default_source.as_ref().ok())?,
        default_source,
        extension: extension(args, own_namespace)?,
    })
}

/// Charts lie in the default source's own registry now and then, so its credentials are good for that registry.
fn charts(
    args: &Args,
    default_source: Option<&(SourceSpec, Access)>,
) -> Result<ChartRepositories, Error> {
    let mirrors = args.chart_mirrors.iter().map(String::as_str);
    let mirrors = Mirrors::parse(mirrors).map_err(|error| Error::Setting {
        setting: "--chart-mirror".to_owned(),
        problem: error.to_string(),
    })?;
    let network = if args.no_remote_dependencies {
        Network::Forbidden
    } else {
        Network::Allowed
    };
    let registry = default_source.and_then(|(spec, access)| match spec {
        SourceSpec::Oci(place) => Some((place.clone(), access.clone())),
        _ => None,
    });
    let repositories = ChartRepositories {
        network,
        mirrors,
        registry,
        credentials: args.chart_credentials.clone(),
        limits: Limits::default(),
    };
    repositories.check().map_err(|error| Error::Setting {
        setting: "--chart-credentials".to_owned(),
        problem: error.to_string(),
    })?;
    Ok(repositories)
}

fn extension(args: &Args, own_namespace: &str) -> Result<Option<Extension>, Error> {
    if args.hook_port == 0 {
        return Ok(None);
    }
    let url = &args.extension_url;
    let endpoint = if url.is_empty() {
        Endpoint::Service {
            namespace: own_namespace.to_owned(),
            name: args.extension_service.clone(),
        }
    } else {
        let parsed = url.parse::<http::Uri>().ok();
        let fits = parsed.as_ref().is_some_and(|uri| {
            uri.scheme_str() == Some("https")
                && uri.query().is_none()
                && uri.host().is_some_and(|host| !host.is_empty())
        });
        if !fits {
            return Err(Error::Setting {
                setting: format!("--extension-url={url}"),
                problem: "expected https://host:port".to_owned(),
            });
        }
        Endpoint::Url(url.clone())
    };
    let named = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    Ok(Some(Extension {
        address: (std::net::Ipv6Addr::UNSPECIFIED, args.hook_port).into(),
        cert_dir: args.hook_cert_dir.clone(),
        cert_secret: args.extension_cert_secret.clone(),
        namespace: own_namespace.to_owned(),
        endpoint,
        config_name: named(&args.extension_config),
        webhook_configuration: named(&args.webhook_configuration),
    }))
}

fn default_source(args: &Args, env: Lookup<'_>) -> Result<(SourceSpec, Access), cso_source::Error> {
    if args.local {
        return Ok((
            cso_source::env::local(args.release_dir.join("cluster-stacks")),
            Access::default(),
        ));
    }
    match args.source {
        SourceKind::Oci => Ok((
            cso_source::env::oci(env)?,
            cso_source::env::oci_access(env)?,
        )),
        SourceKind::Github => cso_source::env::github(env),
    }
}

/// Unique per process: the pod's name and a number nobody else draws.
fn identity(env: Lookup<'_>) -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!(
        "{}_{random:016x}",
        env("HOSTNAME").unwrap_or_else(|| "cso-operator".to_owned())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn config(args: &[&str], env: &[(&str, &str)]) -> Config {
        let args = Args::parse_from(std::iter::once("cso-operator").chain(args.iter().copied()));
        let get = |name: &str| {
            env.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        };
        resolve(&args, &get, "cso-system").unwrap()
    }

    #[test]
    fn the_default_source_comes_from_the_environment() {
        let config = config(
            &["--source", "oci"],
            &[("OCI_REPOSITORY", "r.example/kaas/stacks")],
        );
        assert_eq!(
            config.default_source.unwrap().0.to_string(),
            "oci://r.example/kaas/stacks"
        );
    }

    #[test]
    fn a_missing_default_source_is_told_to_those_who_need_it() {
        let problem = config(&["--source", "oci"], &[])
            .default_source
            .unwrap_err();
        assert!(problem.contains("OCI_REPOSITORY"), "{problem}");
    }

    #[test]
    fn where_charts_are_fetched_is_said_by_flags_and_checked_before_the_start() {
        let usual = config(&[], &[]).charts;
        assert_eq!(
            (usual.network, usual.mirrors, usual.registry),
            (Network::Allowed, Mirrors::default(), None)
        );
        let mirrors = ["https://a.example=file:///a", "*=https://b.example"];
        let flags = mirrors.map(|mirror| format!("--chart-mirror={mirror}"));
        let mut args = vec!["--no-remote-dependencies", "--source=oci"];
        args.extend(flags.iter().map(String::as_str));
        let charts = config(&args, &[("OCI_REPOSITORY", "r.example/kaas/stacks")]).charts;
        assert_eq!(charts.network, Network::Forbidden);
        assert_eq!(charts.mirrors, Mirrors::parse(mirrors).unwrap());
        assert_eq!(charts.registry.unwrap().0.registry, "r.example");
        for (flag, value) in [
            ("--chart-mirror", "nonsense"),
            ("--chart-credentials", "/nowhere/config.json"),
        ] {
            let args = Args::parse_from(["cso-operator", flag, value]);
            let refused = resolve(&args, &|_| None, "cso-system").unwrap_err();
            assert!(refused.to_string().contains(flag), "{refused}");
        }
    }

    #[test]
    fn the_extension_is_reached_by_its_service_unless_a_url_is_given() {
        let inside = config(&[], &[]).extension.unwrap();
        let service = Endpoint::Service {
            namespace: "cso-system".to_owned(),
            name: "cso-hook-server-svc".to_owned(),
        };
        assert_eq!((inside.endpoint, inside.address.port()), (service, 9442));
        let outside = config(&["--extension-url=https://127.0.0.1:0"], &[]);
        assert_eq!(
            outside.extension.unwrap().endpoint,
            Endpoint::Url("https://127.0.0.1:0".to_owned())
        );
        assert!(config(&["--hook-port=0"], &[]).extension.is_none());
    }

    #[test]
    fn an_extension_url_that_cluster_api_would_refuse_is_refused() {
        for url in ["http://h", "h:1", "https://", "https://h?a=b"] {
            let flag = format!("--extension-url={url}");
            let args = Args::parse_from(["cso-operator", flag.as_str()]);
            let refused = resolve(&args, &|_| None, "cso-system").unwrap_err();
            assert!(
                refused.to_string().contains("https://host:port"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_lease_lies_in_our_own_namespace_unless_another_is_named() {
        assert_eq!(config(&[], &[]).election.unwrap().namespace, "cso-system");
        assert_eq!(
            config(&["--leader-elect-namespace=x"], &[])
                .election
                .unwrap()
                .namespace,
            "x"
        );
        assert!(config(&["--leader-elect=false"], &[]).election.is_none());
    }
}
