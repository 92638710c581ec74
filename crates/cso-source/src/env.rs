//! Decides what the environment variables of upstream's operator and of upstream's `csctl` mean.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Error;
use crate::spec::{
    Access, Credentials, GithubRepository, OciRepository, Secret, SourceSpec, is_host,
};

/// Looks a variable up; unset and empty are the same.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads variables of the process.
pub fn process(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The OCI repository of `OCI_REGISTRY` and `OCI_REPOSITORY`.
///
/// `OCI_REPOSITORY` may contain the registry, as upstream's operator and `csctl` expect, or not, as upstream's
/// build script expects. Without a registry in either there is none to ask.
///
/// # Errors
/// When a variable is missing or the two contradict each other.
pub fn oci(get: Lookup<'_>) -> Result<SourceSpec, Error> {
    let repository = required(get, "OCI_REPOSITORY")?;
    let registry = get("OCI_REGISTRY");
    let registry = registry
        .as_deref()
        .map(|host| host.trim_start_matches("oci://").trim_end_matches('/'));
    let place = repository.trim_start_matches("oci://");
    let named = place
        .split_once('/')
        .map(|(host, _)| host)
        .filter(|host| is_host(host));
    let spec = match (registry, named) {
        (Some(registry), Some(named)) if registry != named => {
            let problem = format!(
                "OCI_REGISTRY says {registry}, OCI_REPOSITORY says {named}: make them agree, or leave the registry out of OCI_REPOSITORY"
            );
            return Err(Error::Config { problem });
        }
        (Some(registry), _) if is_host(registry) => OciRepository::new(registry, place)?,
        (Some(registry), _) => {
            let problem = format!(
                "OCI_REGISTRY \"{registry}\" is not a host: write a name with a dot or a port, such as registry.example.com"
            );
            return Err(Error::Config { problem });
        }
        (None, _) => OciRepository::parse(place)?,
    };
    Ok(SourceSpec::Oci(spec))
}

/// The credentials of `OCI_ACCESS_TOKEN`, else of `OCI_USERNAME` and `OCI_PASSWORD`, else nobody.
///
/// The token is sent base64-encoded, the convention of GitHub's registry that upstream follows.
///
/// # Errors
/// When only one of user name and password is set.
pub fn oci_access(get: Lookup<'_>) -> Result<Access, Error> {
    let credentials = match (
        get("OCI_ACCESS_TOKEN"),
        get("OCI_USERNAME"),
        get("OCI_PASSWORD"),
    ) {
        (Some(token), ..) => Credentials::Bearer(Secret::new(STANDARD.encode(token))),
        (None, Some(username), Some(password)) => Credentials::Basic {
            username,
            password: Secret::new(password),
        },
        (None, None, None) => Credentials::Anonymous,
        _ => {
            return Err(Error::Config {
                problem: "set both OCI_USERNAME and OCI_PASSWORD, or neither".to_owned(),
            });
        }
    };
    Ok(Access {
        credentials,
        ..Access::default()
    })
}

/// The GitHub repository of `GIT_PROVIDER`, `GIT_ORG_NAME` and `GIT_REPOSITORY_NAME`, and the token of
/// `GIT_ACCESS_TOKEN`.
///
/// # Errors
/// When a variable is missing or the provider is another one.
pub fn github(get: Lookup<'_>) -> Result<(SourceSpec, Access), Error> {
    let provider = required(get, "GIT_PROVIDER")?;
    if provider != "github" {
        return Err(Error::Config {
            problem: format!("GIT_PROVIDER is \"{provider}\", only github is known"),
        });
    }
    let repository = GithubRepository::new(
        &required(get, "GIT_ORG_NAME")?,
        &required(get, "GIT_REPOSITORY_NAME")?,
    );
    let token = get("GIT_ACCESS_TOKEN").map(|token| Credentials::Bearer(Secret::new(token)));
    let access = Access {
        credentials: token.unwrap_or_default(),
        ..Access::default()
    };
    Ok((SourceSpec::Github(repository), access))
}

/// A local folder.
pub fn local(path: impl Into<PathBuf>) -> SourceSpec {
    SourceSpec::Local { path: path.into() }
}

fn required(get: Lookup<'_>, name: &str) -> Result<String, Error> {
    get(name).ok_or_else(|| Error::Config {
        problem: format!("environment variable {name} is not set"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            pairs
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn both_spellings_of_the_repository_are_understood() {
        let with_host = env(&[
            ("OCI_REGISTRY", "r.example"),
            ("OCI_REPOSITORY", "r.example/kaas/stacks"),
        ]);
        let without = env(&[
            ("OCI_REGISTRY", "r.example"),
            ("OCI_REPOSITORY", "kaas/stacks"),
        ]);
        let alone = env(&[("OCI_REPOSITORY", "r.example/kaas/stacks")]);
        assert_eq!(
            oci(&with_host).unwrap().to_string(),
            "oci://r.example/kaas/stacks"
        );
        assert_eq!(oci(&with_host).unwrap(), oci(&without).unwrap());
        assert_eq!(oci(&with_host).unwrap(), oci(&alone).unwrap());
    }

    #[test]
    fn contradictions_and_gaps_are_explained() {
        let contradiction = env(&[
            ("OCI_REGISTRY", "a.example"),
            ("OCI_REPOSITORY", "b.example/x"),
        ]);
        assert!(
            oci(&contradiction)
                .unwrap_err()
                .to_string()
                .contains("make them agree")
        );
        assert!(
            oci(&env(&[]))
                .unwrap_err()
                .to_string()
                .contains("OCI_REPOSITORY is not set")
        );
        assert!(oci_access(&env(&[("OCI_USERNAME", "u")])).is_err());
        assert!(github(&env(&[("GIT_PROVIDER", "gitlab")])).is_err());
    }

    #[test]
    fn the_access_token_is_encoded_as_the_registry_of_github_expects() {
        let access = oci_access(&env(&[("OCI_ACCESS_TOKEN", "abc")])).unwrap();
        assert_eq!(access.credentials, Credentials::Bearer(Secret::new("YWJj")));
    }
}
