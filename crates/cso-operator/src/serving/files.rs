//! Serves the certificate that somebody else keeps in a folder, such as cert-manager through a mounted Secret.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use super::{Current, Trust};
use crate::error::chain;

/// How often the files are read again. The kubelet swaps a mounted Secret as a whole, a minute after it changed.
const INTERVAL: Duration = Duration::from_secs(10);

/// What was read: chain, key, and the authorities if they are there.
type Files = (String, String, Option<String>);

/// Installs `tls.crt` and `tls.key` of a folder whenever they change and tells `ca.crt`, if there is one. Works until it
/// is dropped.
pub async fn follow(folder: PathBuf, current: Current, trust: watch::Sender<Option<Trust>>) {
    let mut served: Option<Files> = None;
    let mut told: Option<String> = None;
    loop {
        match read(&folder) {
            Ok(files) if served.as_ref() == Some(&files) => {}
            Ok(files) => match current.install(&files.0, &files.1) {
                Ok(()) => {
                    trust.send_replace(Some(Trust::Others(files.2.clone())));
                    tracing::info!(folder = %folder.display(), "serving a certificate from files");
                    served = Some(files);
                    told = None;
                }
                Err(error) => warn(&folder, chain(&error), &mut told),
            },
            Err(error) => warn(&folder, chain(&error), &mut told),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// A problem is told when it appears, not every ten seconds.
fn warn(folder: &Path, problem: String, told: &mut Option<String>) {
    if told.as_ref() != Some(&problem) {
        tracing::warn!(folder = %folder.display(), problem, "the certificate cannot be read");
        *told = Some(problem);
    }
}

fn read(folder: &Path) -> Result<Files, std::io::Error> {
    let authority = match std::fs::read_to_string(folder.join("ca.crt")) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok((
        std::fs::read_to_string(folder.join("tls.crt"))?,
        std::fs::read_to_string(folder.join("tls.key"))?,
        authority,
    ))
}
