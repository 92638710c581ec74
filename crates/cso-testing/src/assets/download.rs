//! Decides which official file holds a program and refuses it unless its publisher's sha256 matches.
//!
//! The sums are fetched beside the files from the same publisher over HTTPS. `curl` does the transfer.

use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::progress::Progress;
use super::{Asset, Error, run};

/// Set after the first failed transfer: a machine without access is asked once per run, not once per program.
static UNREACHABLE: AtomicBool = AtomicBool::new(false);

/// Seconds until a host counts as unreachable.
const CONNECT_SECONDS: &str = "4";

struct Published {
    url: String,
    /// A file with lines `<sha256>  <name>`, or the sum alone.
    sums: String,
    /// The program's path inside a `.tar.gz`; `None` when the file is the program.
    member: Option<String>,
}

/// Downloads the program to `to` and makes it executable.
///
/// # Errors
/// Not published for this machine, not reachable, a wrong checksum, an archive without the program.
pub(super) fn download(asset: Asset, to: &Path, progress: &Progress) -> Result<(), Error> {
    if std::env::var_os("CSO_TESTBED_OFFLINE").is_some() {
        return Err(Error::Offline);
    }
    if UNREACHABLE.load(Ordering::Relaxed) {
        return Err(Error::Unreachable);
    }
    let published = published(asset)?;
    let sums =
        curl(&published.sums, None).inspect_err(|_| UNREACHABLE.store(true, Ordering::Relaxed))?;
    progress.note(&format!("downloading {}", published.url));
    curl(&published.url, Some(to))?;
    let io = |source| Error::Io {
        action: "read",
        path: to.to_owned(),
        source,
    };
    let bytes = std::fs::read(to).map_err(io)?;
    let actual = hex(&Sha256::digest(&bytes));
    let expected = expected(&sums, &published.url);
    if actual != expected {
        return Err(Error::Checksum {
            url: published.url,
            expected,
            actual,
        });
    }
    let program = match &published.member {
        None => bytes,
        Some(member) => unpack(&bytes, member)
            .map_err(io)?
            .ok_or_else(|| Error::Archive {
                url: published.url.clone(),
                asset: asset.name(),
            })?,
    };
    install(&program, to).map_err(|source| Error::Io {
        action: "write",
        path: to.to_owned(),
        source,
    })
}

fn install(program: &[u8], to: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(to, program)?;
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o755))
}

fn published(asset: Asset) -> Result<Published, Error> {
    let platform = || format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    let missing = || Error::NotPublished {
        asset: asset.name(),
        platform: platform(),
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => return Err(missing()),
    };
    let version = asset.version();
    match (asset, std::env::consts::OS) {
        (Asset::Etcd, "linux") => {
            let base = format!("https://github.com/etcd-io/etcd/releases/download/{version}");
            let name = format!("etcd-{version}-linux-{arch}");
            Ok(Published {
                url: format!("{base}/{name}.tar.gz"),
                sums: format!("{base}/SHA256SUMS"),
                member: Some(format!("{name}/etcd")),
            })
        }
        (Asset::Registry, "linux") => {
            let base =
                format!("https://github.com/distribution/distribution/releases/download/{version}");
            let url = format!(
                "{base}/registry_{}_linux_{arch}.tar.gz",
                version.trim_start_matches('v')
            );
            Ok(Published {
                sums: format!("{url}.sha256"),
                url,
                member: Some("registry".to_owned()),
            })
        }
        (Asset::Kubectl, os @ ("linux" | "macos")) => {
            let os = if os == "macos" { "darwin" } else { os };
            Ok(kubernetes(&format!("{version}/bin/{os}/{arch}/kubectl")))
        }
        (Asset::KubeApiserver | Asset::KubeControllerManager, "linux") => Ok(kubernetes(&format!(
            "{version}/bin/linux/{arch}/{}",
            asset.name()
        ))),
        _ => Err(missing()),
    }
}

fn kubernetes(path: &str) -> Published {
    let url = format!("https://dl.k8s.io/release/{path}");
    Published {
        sums: format!("{url}.sha256"),
        url,
        member: None,
    }
}

fn curl(url: &str, to: Option<&Path>) -> Result<String, Error> {
    let mut command = Command::new("curl");
    command.args([
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--proto",
        "=https",
        "--tlsv1.2",
    ]);
    command.args([
        "--connect-timeout",
        CONNECT_SECONDS,
        "--speed-limit",
        "10000",
        "--speed-time",
        "20",
    ]);
    if let Some(path) = to {
        command.arg("--output").arg(path);
    }
    run::output(command.arg(url))
}

/// The sum of the file that `url` names, out of a sum file with one or many lines.
fn expected(sums: &str, url: &str) -> String {
    let file = url.rsplit('/').next().unwrap_or(url);
    let mut lines = sums.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()))
    });
    lines
        .find(|(_, name)| name.is_none_or(|name| name.trim_start_matches('*') == file))
        .map_or_else(
            || format!("nothing about {file}"),
            |(sum, _)| sum.to_lowercase(),
        )
}

fn unpack(archive: &[u8], member: &str) -> std::io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path()?.as_os_str() == member {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn a_sum_file_names_its_file_or_is_the_sum_alone() {
        assert_eq!(expected("ABC\n", "https://h/kubectl"), "abc");
        assert_eq!(expected("aa  a.tgz\nbb *b.tgz\n", "https://h/b.tgz"), "bb");
        assert_eq!(
            expected("aa  a.tgz\n", "https://h/b.tgz"),
            "nothing about b.tgz"
        );
    }
}
