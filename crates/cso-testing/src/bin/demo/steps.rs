//! Decides the steps of the demo and their order.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cso_testing::TestBed;
use cso_testing::assets::{self, Asset};
use cso_testing::bed::WorkloadServer;
use cso_testing::cluster_api::RunningCluster;

use crate::transcript::{heading, line, run};

const NAMESPACE: &str = "clusters";
const TAG: &str = "docker-demo-1-36-v1";
const STACK: &str = "examples/docker-stack";
const KINDS: &str = "clusterstacks,clusterstackreleases,clusterclasses";
/// The Cluster of `examples/cluster.yaml`.
const CLUSTER: &str = "first";

/// For what takes a moment.
const DEADLINE: Duration = Duration::from_secs(30);

/// Where everything is.
pub(crate) struct Demo {
    root: PathBuf,
    csctl: PathBuf,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    /// Holds the built release.
    releases: PathBuf,
    registry: String,
}

impl Demo {
    /// Finds the programs and starts the operator, which waits for work.
    pub(crate) fn prepare(bed: &mut TestBed) -> Result<Self> {
        let binaries = std::env::current_exe().context("failed to find this program")?;
        let binaries = binaries.parent().context("this program is in no folder")?;
        let demo = Self {
            root: Path::new(env!("CARGO_MANIFEST_DIR"))
                .ancestors()
                .nth(2)
                .context("no workspace")?
                .to_path_buf(),
            csctl: binaries.join("csctl"),
            kubectl: assets::find(Asset::Kubectl)?,
            kubeconfig: bed.kubeconfig_path(),
            releases: bed.dir().join("releases"),
            registry: bed.registry(),
        };
        let operator = binaries.join("cso-operator");
        for program in [&demo.csctl, &operator] {
            ensure!(
                program.is_file(),
                "{} is not built: run `make demo`",
                program.display()
            );
        }
        let release_dir = bed.dir().join("cache");
        // Another program may take it before the operator does; then the demo ends with the operator's log.
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let arguments = [
            "--source=oci".to_owned(),
            "--leader-elect-namespace=default".to_owned(),
            "--metrics-bind-address=0".to_owned(),
            "--health-probe-bind-address=0".to_owned(),
            "--log-format=text".to_owned(),
            format!("--hook-port={port}"),
            format!("--extension-url=https://127.0.0.1:{port}"),
            format!("--release-dir={}", release_dir.display()),
        ];
        let environment = [
            ("KUBECONFIG", demo.kubeconfig.display().to_string()),
            (
                "OCI_REPOSITORY",
                format!("{}/cluster-stacks", demo.registry),
            ),
        ];
        bed.start_program("operator", &operator, &arguments, &environment)?;
        Ok(demo)
    }

    /// Everything, in order. The Cluster stays reachable until the program ends.
    pub(crate) async fn show(
        &self,
        bed: &TestBed,
        inside: &WorkloadServer,
    ) -> Result<RunningCluster> {
        tokio::task::block_in_place(|| {
            self.publish()?;
            self.apply()?;
            self.repair()
        })?;
        let cluster = bed
            .prepared_cluster(NAMESPACE, CLUSTER, Some(inside))
            .await?;
        let kubeconfig = cluster.kubeconfig(DEADLINE).await?;
        std::fs::write(self.inside(), kubeconfig)
            .context("failed to write the kubeconfig of the cluster")?;
        tokio::task::block_in_place(|| {
            self.cluster()?;
            self.explain()
        })?;
        Ok(cluster)
    }

    fn publish(&self) -> Result<()> {
        heading("Build a release of the example stack");
        let versions =
            "--cluster-stack-version v1 --cluster-addon-version v1 --node-image-version v1";
        let shown = format!("csctl create {STACK} --mode custom {versions}");
        let output = self.releases.display().to_string();
        run(
            &shown,
            self.csctl()
                .args(shown.split(' ').skip(1))
                .args(["--output", &output]),
        )?;
        heading("Publish it to the registry");
        run(
            &format!("csctl publish .release/{TAG} --plain-http"),
            self.csctl()
                .arg("publish")
                .arg(self.releases.join(TAG))
                .arg("--plain-http"),
        )
    }

    fn apply(&self) -> Result<()> {
        heading("Ask for the stack");
        let manifest = self.manifest()?;
        line(&manifest);
        self.kubectl_shown(&format!("create namespace {NAMESPACE}"))?;
        line("$ kubectl apply -f clusterstack.yaml");
        self.kubectl_stdin(&["apply", "-f", "-"], &manifest)?;
        heading("Wait for it");
        self.kubectl_shown(&format!(
            "wait --namespace {NAMESPACE} --for=condition=Ready --timeout=60s clusterstack/docker"
        ))?;
        self.kubectl_shown(&format!("get {KINDS} --namespace {NAMESPACE}"))
    }

    fn repair(&self) -> Result<()> {
        heading("Break it: the operator repairs what it applied");
        self.kubectl_shown(&format!(
            "delete clusterclass {TAG} --namespace {NAMESPACE}"
        ))?;
        self.kubectl_shown(&format!(
            "wait --namespace {NAMESPACE} --for=create --timeout=10s clusterclass/{TAG}"
        ))?;
        self.kubectl_shown(&format!("get clusterclass --namespace {NAMESPACE}"))
    }

    fn cluster(&self) -> Result<()> {
        heading(
            "Make a cluster of the class; its machines are in memory, its API server is a real one",
        );
        let manifest = std::fs::read_to_string(self.root.join("examples/cluster.yaml"))
            .context("failed to read examples/cluster.yaml")?;
        line("$ kubectl apply -f examples/cluster.yaml");
        self.kubectl_stdin(&["apply", "-f", "-"], &manifest)?;
        self.kubectl_shown(&format!(
            "wait --namespace {NAMESPACE} --for=create --timeout=30s clusteraddon/cluster-addon-{CLUSTER}"
        ))?;
        self.kubectl_shown(&format!(
            "get clusters,clusteraddons --namespace {NAMESPACE}"
        ))?;
        heading("Its add-ons come once the control plane is up: some 30 s");
        self.kubectl_shown(&format!(
            "wait --namespace {NAMESPACE} --for=condition=Ready --timeout=240s clusteraddon/cluster-addon-{CLUSTER}"
        ))?;
        self.kubectl_shown(&format!(
            "get clusters,clusteraddons --namespace {NAMESPACE}"
        ))?;
        heading("Inside of the cluster");
        let shown = "get daemonsets,deployments --namespace kube-system";
        run(
            &format!("kubectl --kubeconfig {CLUSTER}.kubeconfig {shown}"),
            Command::new(&self.kubectl)
                .env("KUBECONFIG", self.inside())
                .args(shown.split(' ')),
        )
    }

    /// The kubeconfig of the Cluster.
    fn inside(&self) -> PathBuf {
        self.kubeconfig
            .with_file_name(format!("{CLUSTER}.kubeconfig"))
    }

    fn explain(&self) -> Result<()> {
        heading("What happened, in the objects' own words");
        self.kubectl_shown(&format!(
            "get events --namespace {NAMESPACE} --sort-by=.metadata.creationTimestamp"
        ))?;
        self.kubectl_shown(&format!(
            "get clusterstackrelease {TAG} --namespace {NAMESPACE} -o jsonpath={{range..status.resources[*]}}{{.kind}}/{{.name}}{{\"\\t\"}}{{.status}}{{\"\\n\"}}{{end}}"
        ))?;
        heading("Where to look next");
        line("  examples/           manifests to apply, and the stack that was just built");
        line("  README.md           what a ClusterStack can say");
        line("  make demo KEEP=1    the same, left running with a kubeconfig");
        Ok(())
    }

    /// What a person can do with a demo that was kept.
    pub(crate) fn explain_what_to_try(&self) {
        line(&format!(
            "\nEverything is still running; Ctrl-C ends it.\n\n  export KUBECONFIG={}\n  alias kubectl={}\n  kubectl get {KINDS},clusters,clusteraddons -A\n  kubectl --kubeconfig {} get all -n kube-system\n\nRegistry (plain HTTP): {}",
            self.kubeconfig.display(),
            self.kubectl.display(),
            self.inside().display(),
            self.registry,
        ));
    }

    /// The example, told where this demo's registry is.
    fn manifest(&self) -> Result<String> {
        let example = std::fs::read_to_string(self.root.join("examples/clusterstack.yaml"))
            .context("failed to read examples/clusterstack.yaml")?;
        let example: String = example
            .lines()
            .filter(|text| !text.starts_with('#'))
            .flat_map(|text| [text, "\n"])
            .collect();
        let registry = &self.registry;
        Ok(format!(
            "{example}  source:\n    oci:\n      url: {registry}/cluster-stacks\n      insecure: true   # this registry speaks plain HTTP\n"
        ))
    }

    fn csctl(&self) -> Command {
        let mut command = Command::new(&self.csctl);
        command.current_dir(&self.root).env(
            "OCI_REPOSITORY",
            format!("{}/cluster-stacks", self.registry),
        );
        command
    }

    fn kubectl(&self) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.env("KUBECONFIG", &self.kubeconfig);
        command
    }

    fn kubectl_shown(&self, arguments: &str) -> Result<()> {
        run(
            &format!("kubectl {arguments}"),
            self.kubectl().args(arguments.split(' ')),
        )
    }

    fn kubectl_stdin(&self, arguments: &[&str], input: &str) -> Result<()> {
        let mut child = self
            .kubectl()
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .context("failed to start kubectl")?;
        let mut stdin = child.stdin.take().context("kubectl has no input")?;
        stdin
            .write_all(input.as_bytes())
            .context("failed to write to kubectl")?;
        drop(stdin);
        let status = child.wait().context("failed to wait for kubectl")?;
        ensure!(status.success(), "kubectl failed: {status}");
        Ok(())
    }
}
