//! Builds Go Helm: the bench program and the command line tool, from one module, into the user's cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Result;

/// The folder the programs are kept in.
pub(super) fn cache() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let user = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        .ok_or("set XDG_CACHE_HOME or HOME: Go Helm is built into the user's cache")?;
    let cache = user.join("cluster-stack-operator/go-helm");
    std::fs::create_dir_all(&cache)?;
    Ok(cache)
}

/// The paths of `go-helm` and `helm`. Go builds again only what changed.
pub(super) fn build(cache: &Path) -> Result<(PathBuf, PathBuf)> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/go-helm");
    let build = |name: &str, package: &str| -> Result<PathBuf> {
        let to = cache.join(name);
        let status = Command::new("go")
            .current_dir(&module)
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off")
            .args(["build", "-trimpath", "-ldflags", "-s -w", "-o"])
            .arg(&to)
            .arg(package)
            .status()
            .map_err(|error| {
                format!("failed to run `go`, which Go Helm is built with ({error}): install Go 1.26 or newer")
            })?;
        if status.success() {
            Ok(to)
        } else {
            Err(format!("`go build {package}` in {} failed", module.display()).into())
        }
    };
    Ok((
        build("go-helm", ".")?,
        build("helm", "helm.sh/helm/v3/cmd/helm")?,
    ))
}
