//! Decides how the operator runs in these tests: as the process that is shipped, which can be killed at any moment.

use std::path::Path;

use cso_testing::TestBed;
use cso_testing::bed::Process;
use tempfile::TempDir;

/// A process of the operator; dropping it kills it (SIGKILL), which leaves it no time to say goodbye.
pub(super) struct Replica {
    /// Where it answers hooks and rules on writes.
    pub(super) url: String,
    _process: Process,
    _dir: TempDir,
}

impl Replica {
    /// Starts one that looks at a namespace and registers its hooks under the namespace's name.
    pub(super) fn start(bed: &TestBed, namespace: &str, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let url = format!("https://127.0.0.1:{port}");
        let mut arguments = vec![
            "--metrics-bind-address=0".to_owned(),
            "--health-probe-bind-address=0".to_owned(),
            "--source=oci".to_owned(),
            "--log-format=text".to_owned(),
            format!("--leader-elect-namespace={namespace}"),
            format!("--extension-config={namespace}"),
            format!("--extension-url={url}"),
            format!("--extension-cert-secret={namespace}-cert"),
            format!("--hook-port={port}"),
            format!("--webhook-configuration={namespace}-validating-webhook-configuration"),
            format!("--release-dir={}", dir.path().join("releases").display()),
        ];
        if !more.iter().any(|flag| flag.starts_with("--namespace=")) {
            arguments.push(format!("--namespace={namespace}"));
        }
        arguments.extend(more.iter().map(|&flag| flag.to_owned()));
        let environment = [("KUBECONFIG", bed.kubeconfig_path().display().to_string())];
        let program = Path::new(env!("CARGO_BIN_EXE_cso-operator"));
        let process =
            Process::start_in("operator", program, &arguments, dir.path(), &environment).unwrap();
        Self {
            url,
            _process: process,
            _dir: dir,
        }
    }
}
