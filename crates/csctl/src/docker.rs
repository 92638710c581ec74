//! Decides which credentials a user without environment variables has: those of `docker login`, helpers included.

use anyhow::{Context as _, Result, bail};
use cso_source::{Credentials, OciRepository, Secret};
use docker_credential::{CredentialRetrievalError as Failure, DockerCredential, get_credential};

/// Docker's own registry has a key of its own.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The credentials that `config.json` in `DOCKER_CONFIG` or `~/.docker` holds for a registry, else nobody.
pub(crate) fn credentials(place: &OciRepository) -> Result<Credentials> {
    let server = match place.registry.as_str() {
        "docker.io" => DOCKER_HUB,
        other => other,
    };
    match get_credential(server) {
        Ok(DockerCredential::UsernamePassword(username, password)) => Ok(Credentials::Basic {
            username,
            password: Secret::new(password),
        }),
        Ok(DockerCredential::IdentityToken(_)) => bail!(
            "Docker's config.json has an identity token for {server}, which is not supported: set OCI_USERNAME and OCI_PASSWORD"
        ),
        // Most people have no such file, or nothing in it for this registry: then public content is all there is.
        Err(Failure::NoCredentialConfigured | Failure::ConfigNotFound) => Ok(Credentials::Anonymous),
        Err(Failure::ConfigReadError) if !is_there() => Ok(Credentials::Anonymous),
        // A helper tells by its failure that it does not know the registry.
        Err(Failure::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
            Ok(Credentials::Anonymous)
        }
        Err(failure) => Err(without_output(failure)).with_context(|| {
            format!("Docker's credentials for {server} cannot be read: set OCI_USERNAME and OCI_PASSWORD, or repair config.json")
        }),
    }
}

/// What helpers print may hold a password.
fn without_output(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::HelperFailure { helper, .. } => {
            anyhow::anyhow!("credential helper {helper} failed")
        }
        other => other.into(),
    }
}

fn is_there() -> bool {
    let folder = std::env::var_os("DOCKER_CONFIG")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".docker")));
    folder.is_some_and(|folder| folder.join("config.json").exists())
}
