//! Decides how a program is built from its pinned Go module: no checkout, only the Go toolchain and its module cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::progress::Progress;
use super::{Asset, Error, build_cluster_api, run};

const KUBERNETES: &str = "k8s.io/kubernetes";
const ETCD: &str = "go.etcd.io/etcd/server/v3";
const REGISTRY: &str = "github.com/distribution/distribution/v3";

/// Builds the program into the file `to`.
///
/// # Errors
/// Go is missing, a module cannot be fetched, the build fails.
pub(super) fn build(
    asset: Asset,
    cache: &Path,
    to: &Path,
    progress: &Progress,
) -> Result<(), Error> {
    if asset.is_cluster_api() {
        return build_cluster_api::build(asset, cache, to, progress);
    }
    let (module, package, minutes) = match asset {
        Asset::Etcd => (ETCD, ETCD.to_owned(), "1 to 2"),
        Asset::Registry => (REGISTRY, format!("{REGISTRY}/cmd/registry"), "1 to 2"),
        Asset::KubeApiserver => (
            KUBERNETES,
            format!("{KUBERNETES}/cmd/kube-apiserver"),
            "6 to 12",
        ),
        _ => (
            KUBERNETES,
            format!("{KUBERNETES}/cmd/{}", asset.name()),
            "2 to 4",
        ),
    };
    let work = cache.join(format!("src/{}-{}", asset.name(), asset.version()));
    std::fs::create_dir_all(&work).map_err(|source| Error::Io {
        action: "create",
        path: work.clone(),
        source,
    })?;
    progress.note("resolving Go modules");
    let flags = if module == KUBERNETES {
        let replaces =
            staging_replaces(&module_dir(KUBERNETES, asset.version())?, asset.version())?;
        write_go_mod(&work, module, asset.version(), &replaces)?;
        kubernetes_version_flags(asset.version())
    } else {
        write_go_mod(&work, module, asset.version(), "")?;
        run::output(go(&work).args(["get", &format!("{package}@{}", asset.version())]))?;
        match asset {
            Asset::Registry => format!("-s -w -X {REGISTRY}/version.version={}", asset.version()),
            _ => "-s -w".to_owned(),
        }
    };
    progress.note(&format!(
        "building from {module}: {minutes} minutes on two cores, once"
    ));
    run::output(
        go(&work)
            .args(["build", "-ldflags", &flags, "-o"])
            .arg(to)
            .arg(&package),
    )?;
    Ok(())
}

/// The folder of a module in Go's module cache, fetched when it is not there.
///
/// # Errors
/// Go is missing, or the module cannot be fetched.
pub fn module_dir(module: &str, version: &str) -> Result<PathBuf, Error> {
    let mut command = go(&std::env::temp_dir());
    command
        .env("GOFLAGS", "")
        .args(["mod", "download", "-json", &format!("{module}@{version}")]);
    let output = run::output(&mut command)?;
    let answer: serde_json::Value = serde_json::from_str(&output).map_err(|error| Error::Go {
        command: run::line(&command),
        reason: error.to_string(),
    })?;
    answer["Dir"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| Error::Go {
            command: run::line(&command),
            reason: "no field Dir".to_owned(),
        })
}

pub(super) fn go(dir: &Path) -> Command {
    let mut command = Command::new("go");
    command.current_dir(dir).envs([
        ("CGO_ENABLED", "0"),
        ("GOFLAGS", "-mod=mod"),
        ("GOWORK", "off"),
    ]);
    command
}

fn write_go_mod(work: &Path, module: &str, version: &str, replaces: &str) -> Result<(), Error> {
    let path = work.join("go.mod");
    let text = format!("module testbed\n\ngo 1.26.0\n\nrequire {module} {version}\n{replaces}");
    std::fs::write(&path, text).map_err(|source| Error::Io {
        action: "write",
        path,
        source,
    })
}

/// Kubernetes replaces its staging modules by folders, which only its own repository has: they are published with the
/// same minor and patch as `v0`.
fn staging_replaces(kubernetes: &Path, version: &str) -> Result<String, Error> {
    let path = kubernetes.join("go.mod");
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Io {
        action: "read",
        path,
        source,
    })?;
    let staging = version.replacen("v1.", "v0.", 1);
    let lines = staged_modules(&text).map(|module| format!("\t{module} => {module} {staging}\n"));
    Ok(format!("\nreplace (\n{})\n", lines.collect::<String>()))
}

fn staged_modules(go_mod: &str) -> impl Iterator<Item = &str> {
    go_mod.lines().filter_map(|line| {
        let (module, target) = line
            .trim()
            .trim_start_matches("replace ")
            .split_once(" => ")?;
        target.starts_with("./staging/").then_some(module)
    })
}

/// Without these a build from the module calls itself `v0.0.0-master`, which Cluster API refuses as too old.
fn kubernetes_version_flags(version: &str) -> String {
    let minor = version.split('.').nth(1).unwrap_or_default();
    let component = "k8s.io/component-base/version";
    let client = "k8s.io/client-go/pkg/version";
    format!(
        "-s -w -X {component}.gitVersion={version} -X {component}.gitMajor=1 -X {component}.gitMinor={minor} \
         -X {component}.gitTreeState=clean -X {component}.gitCommit=module \
         -X {client}.gitVersion={version} -X {client}.gitMajor=1 -X {client}.gitMinor={minor}"
    )
}

#[cfg(test)]
mod tests {
    use super::staged_modules;

    #[test]
    fn only_replacements_by_a_staging_folder_are_staged_modules() {
        let go_mod = "replace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tother => ./vendor/other\n)\n\
                      replace k8s.io/client-go => ./staging/src/k8s.io/client-go\nrequire x v1\n";
        assert_eq!(
            staged_modules(go_mod).collect::<Vec<_>>(),
            ["k8s.io/api", "k8s.io/client-go"]
        );
    }
}
