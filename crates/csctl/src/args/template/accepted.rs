//! The flags of `helm template` that change nothing when a local chart is rendered without a cluster.

use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches};

/// Flags without a value.
pub(super) const SWITCHES: [&str; 17] = [
    "atomic",
    "create-namespace",
    "dependency-update",
    "devel",
    "disable-openapi-validation",
    "force",
    "hide-notes",
    "insecure-skip-tls-verify",
    "kube-insecure-skip-tls-verify",
    "pass-credentials",
    "plain-http",
    "render-subchart-notes",
    "replace",
    "skip-crds",
    "take-ownership",
    "wait",
    "wait-for-jobs",
];

/// Flags with a value.
const VALUED: [&str; 25] = [
    "burst-limit",
    "ca-file",
    "cert-file",
    "description",
    "key-file",
    "keyring",
    "kube-apiserver",
    "kube-as-group",
    "kube-as-user",
    "kube-ca-file",
    "kube-context",
    "kube-tls-server-name",
    "kube-token",
    "kubeconfig",
    "labels",
    "password",
    "qps",
    "registry-config",
    "repo",
    "repository-cache",
    "repository-config",
    "timeout",
    "username",
    "version",
    "post-renderer-args",
];

/// Takes the flags and forgets them.
#[derive(Debug, Default)]
pub(crate) struct Accepted;

impl FromArgMatches for Accepted {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

impl clap::Args for Accepted {
    fn augment_args(command: Command) -> Command {
        let switches = SWITCHES.map(|name| hidden(name).action(ArgAction::SetTrue));
        let valued = VALUED.map(|name| {
            let arg = hidden(name)
                .action(ArgAction::Append)
                .allow_hyphen_values(true);
            if name == "labels" {
                arg.short('l')
            } else {
                arg
            }
        });
        command.args(switches).args(valued)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn hidden(name: &'static str) -> Arg {
    Arg::new(name).long(name).hide(true)
}
