//! Decides how Cluster API's managers are built: one workspace for three modules, and a provider that can stand beside
//! another one.

use std::path::{Path, PathBuf};

use super::build::{go, module_dir};
use super::progress::Progress;
use super::{Asset, Error, run};

const MODULE: &str = "sigs.k8s.io/cluster-api";

/// Where the in-memory backend of the provider opens its ports, below the module `test`.
const LISTENERS: &str = "infrastructure/inmemory/pkg/server/mux.go";

/// The backend listens on all addresses, always from the same port on: a second test bed would find them taken. The
/// copy that is built listens on the address it announces (`POD_IP`), which differs from bed to bed.
const LISTENS: [(&str, &str, usize); 2] = [
    (
        r#"net.Listen("tcp", fmt.Sprintf(":%d", options"#,
        r#"net.Listen("tcp", fmt.Sprintf(host+":%d", options"#,
        1,
    ),
    (
        r#"net.Listen("tcp", fmt.Sprintf(":%d", wcl"#,
        r#"net.Listen("tcp", fmt.Sprintf(m.host+":%d", wcl"#,
        2,
    ),
];

/// Builds the manager into the file `to`.
///
/// # Errors
/// Go is missing, a module cannot be fetched, the provider's source is not the expected one, the build fails.
pub(super) fn build(
    asset: Asset,
    cache: &Path,
    to: &Path,
    progress: &Progress,
) -> Result<(), Error> {
    let version = asset.version();
    let (package, minutes) = match asset {
        Asset::ClusterApiCore => ("core", "3 to 6"),
        Asset::ClusterApiKubeadmBootstrap => ("bootstrap/kubeadm", "up to 1"),
        Asset::ClusterApiKubeadmControlPlane => ("controlplane/kubeadm", "up to 1"),
        _ => ("test/infrastructure/docker", "1 to 3"),
    };
    progress.note("resolving Go modules");
    let work = workspace(cache, version)?;
    progress.note(&format!(
        "building from {MODULE}: {minutes} minutes on two cores, once"
    ));
    let flags = format!("-s -w -X {MODULE}/version.gitVersion={version}");
    run::output(
        go(&work)
            .args(["build", "-ldflags", &flags, "-o"])
            .arg(to)
            .arg(format!("{MODULE}/{package}")),
    )?;
    Ok(())
}

/// A module that requires the three at one version: each names the others by a relative folder, which only their own
/// repository has.
fn workspace(cache: &Path, version: &str) -> Result<PathBuf, Error> {
    let work = cache.join(format!("src/cluster-api-{version}"));
    let copy = work.join("test");
    if !copy.join("go.mod").is_file() {
        copy_provider(
            &module_dir(&format!("{MODULE}/test"), version)?,
            &work,
            &copy,
        )?;
    }
    let requires = ["", "/api", "/test"].map(|part| format!("\t{MODULE}{part} {version}\n"));
    let replaces =
        ["", "/api"].map(|part| format!("\t{MODULE}{part} => {MODULE}{part} {version}\n"));
    let go_mod = format!(
        "module testbed\n\ngo 1.26.0\n\nrequire (\n{})\n\nreplace (\n{}\t{MODULE}/test => ./test\n)\n",
        requires.concat(),
        replaces.concat()
    );
    let packages = [
        "bootstrap/kubeadm",
        "controlplane/kubeadm",
        "core",
        "test/infrastructure/docker",
    ];
    let imports = packages.map(|package| format!("\t_ \"{MODULE}/{package}\"\n"));
    let programs = format!(
        "//go:build programs\n\npackage programs\n\nimport (\n{})\n",
        imports.concat()
    );
    write(&work.join("go.mod"), &go_mod)?;
    write(&work.join("programs.go"), &programs)?;
    run::output(go(&work).args(["mod", "tidy"]))?;
    Ok(work)
}

/// Copies the module beside its final place, changes where it listens, then renames.
fn copy_provider(module: &Path, work: &Path, copy: &Path) -> Result<(), Error> {
    let io = |source| Error::Io {
        action: "copy into",
        path: work.to_owned(),
        source,
    };
    std::fs::create_dir_all(work).map_err(io)?;
    let part = tempfile::Builder::new()
        .prefix("part-")
        .tempdir_in(work)
        .map_err(io)?;
    let target = part.path().join("test");
    copy_tree(module, &target).map_err(io)?;
    let path = target.join(LISTENERS);
    let source = std::fs::read_to_string(&path).map_err(io)?;
    let patched = listen_where_announced(&source).ok_or_else(|| Error::Source {
        path: module.join(LISTENERS),
    })?;
    write(&path, &patched)?;
    // A copy of an interrupted build, if any: only the holder of the cache's lock is here.
    if copy.exists() {
        std::fs::remove_dir_all(copy).map_err(io)?;
    }
    std::fs::rename(&target, copy).map_err(io)
}

/// Files are written anew: those of the module cache are read-only.
fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::write(target, std::fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// `None` when the source does not open its ports as often as known: another version needs another look.
fn listen_where_announced(source: &str) -> Option<String> {
    LISTENS
        .iter()
        .try_fold(source.to_owned(), |source, (from, to, times)| {
            (source.matches(from).count() == *times).then(|| source.replace(from, to))
        })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|source| Error::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::listen_where_announced;

    #[test]
    fn a_source_that_opens_other_ports_is_not_changed_blindly() {
        let debug = r#"l, err := net.Listen("tcp", fmt.Sprintf(":%d", options.DebugPort))"#;
        let cluster = r#"l, err := net.Listen("tcp", fmt.Sprintf(":%d", wcl.Port()))"#;
        assert_eq!(listen_where_announced(debug), None);
        let source = format!("{debug}\n{cluster}\n{cluster}\n");
        let patched = listen_where_announced(&source).expect("three known ports");
        assert!(patched.contains("Sprintf(host+") && !patched.contains("Sprintf(\":"));
    }
}
