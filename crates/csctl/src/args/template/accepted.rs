//! The flags of `helm template` that change nothing when a local chart is rendered without a cluster.

use clap::{Arg, ArgAction, Command};

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

/// Takes the flags and forgets them. Most renders have none of them, and declaring them takes longer than the rest of
/// reading the arguments; so it is done for arguments that are not known without.
pub(crate) fn accept(template: Command) -> Command {
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
    template.args(switches).args(valued)
}

fn hidden(name: &'static str) -> Arg {
    Arg::new(name).long(name).hide(true)
}
