//! Decides the steps of the demo and their order.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use cso_testing::TestBed;
use cso_testing::assets::{self, Asset};

use crate::transcript::{heading, line, run};

const NAMESPACE: &str = "clusters";
const TAG: &str = "docker-demo-1-36-v1";
const STACK: &str = "examples/docker-stack";
const KINDS: &str = "clusterstacks,clusterstackreleases,clusterclasses";

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
        let arguments = [
            "--source=oci".to_owned(),
            "--leader-elect-namespace=default".to_owned(),
            "--metrics-bind-address=0".to_owned(),
            "--health-probe-bind-address=0".to_owned(),
            "--log-format=text".to_owned(),
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

    /// Everything, in order.
    pub(crate) fn show(&self) -> Result<()> {
        self.publish()?;
        self.apply()?;
        self.repair()?;
        self.explain()
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
            "\nEverything is still running; Ctrl-C ends it.\n\n  export KUBECONFIG={}\n  alias kubectl={}\n  kubectl get {KINDS} -A\n\nRegistry (plain HTTP): {}",
            self.kubeconfig.display(),
            self.kubectl.display(),
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
