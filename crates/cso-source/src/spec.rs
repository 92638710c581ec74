//! Decides how a source is described: place, credentials and trust, all as plain data.

use std::fmt;
use std::path::PathBuf;

use crate::error::Error;

/// The place releases come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceSpec {
    /// A repository of an OCI registry; one tag is one release.
    Oci(OciRepository),
    /// A GitHub repository; one release with its assets is one release.
    Github(GithubRepository),
    /// A folder with one sub-folder per tag. Upstream's layout with `cluster-stacks/` in between is read too.
    Local {
        /// The folder.
        path: PathBuf,
    },
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oci(oci) => write!(f, "oci://{}/{}", oci.registry, oci.repository),
            Self::Github(github) => write!(f, "github.com/{}/{}", github.owner, github.repository),
            Self::Local { path } => write!(f, "folder {}", path.display()),
        }
    }
}

/// A repository of an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OciRepository {
    /// Host and optional port. `docker.io` means `registry-1.docker.io`, as everywhere.
    pub registry: String,
    /// Path of the repository, without host.
    pub repository: String,
    /// Speak HTTP instead of HTTPS.
    pub plain_http: bool,
}

impl OciRepository {
    /// Reads `[oci://]host[:port]/path`.
    ///
    /// # Errors
    /// When there is no host, no path, or a tag or digest at the end.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let place = url
            .strip_prefix("oci://")
            .unwrap_or(url)
            .trim_end_matches('/');
        match place.split_once('/') {
            Some((host, path)) if is_host(host) => Self::new(host, path),
            _ => Err(Error::Config {
                problem: format!(
                    "\"{url}\" has no registry: write <registry>/<repository>, such as registry.example.com/kaas/cluster-stacks"
                ),
            }),
        }
    }

    /// A repository of a registry. The repository may repeat the registry in front, the spelling upstream's operator
    /// asks for, or leave it out, the spelling of the `oras` command line.
    pub(crate) fn new(registry: &str, repository: &str) -> Result<Self, Error> {
        let repository = repository
            .strip_prefix("oci://")
            .unwrap_or(repository)
            .trim_matches('/');
        let repository = repository
            .strip_prefix(registry)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(repository);
        let valid = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        };
        if !repository.split('/').all(valid) {
            return Err(Error::Config {
                problem: format!(
                    "\"{repository}\" is not a repository: write lower-case path segments without tag or digest, such as kaas/cluster-stacks"
                ),
            });
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            plain_http: false,
        })
    }
}

/// Whether the first segment of a reference is a registry: it has a dot or a port, or is `localhost`, Docker's rule.
pub(crate) fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    (text == "localhost" || text.contains(['.', ':'])) && text.bytes().all(plain)
}

/// A GitHub repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GithubRepository {
    /// Organisation or user.
    pub owner: String,
    /// Name of the repository.
    pub repository: String,
    /// Base of the API, `https://api.github.com` unless it is a GitHub Enterprise server.
    pub api: String,
}

impl GithubRepository {
    /// A repository on github.com.
    pub fn new(owner: &str, repository: &str) -> Self {
        let api = "https://api.github.com".to_owned();
        Self {
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            api,
        }
    }
}

/// What is needed to be let in, and whom to trust. Never part of an object, a log or an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// Who we are.
    pub credentials: Credentials,
    /// Issuers to trust besides the system's, PEM.
    pub ca_certificates: Option<Vec<u8>>,
    /// Our own certificate and key, PEM, for servers that ask for one.
    pub client_certificate: Option<Secret>,
    /// Accept any server certificate. For tests at home; product documentation says so.
    pub skip_tls_verification: bool,
}

/// Who we are to a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credentials {
    /// Nobody.
    #[default]
    Anonymous,
    /// User and password, exchanged for a token where the registry asks for one.
    Basic {
        /// User name.
        username: String,
        /// Password or access token.
        password: Secret,
    },
    /// A token that is sent as it is.
    Bearer(Secret),
}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_with_and_without_scheme() {
        let expected = OciRepository {
            registry: "r.example:5000".into(),
            repository: "kaas/stacks".into(),
            plain_http: false,
        };
        assert_eq!(
            OciRepository::parse("oci://r.example:5000/kaas/stacks").unwrap(),
            expected
        );
        assert_eq!(
            OciRepository::parse("r.example:5000/kaas/stacks/").unwrap(),
            expected
        );
    }

    #[test]
    fn what_is_not_a_repository_is_refused() {
        for url in [
            "",
            "kaas/stacks",
            "r.example",
            "r.example/",
            "r.example/a/../b",
            "r.example/a:tag",
            "r.example/A",
            "r.example/a?x",
            "u@r.example/a",
        ] {
            assert!(OciRepository::parse(url).is_err(), "{url:?}");
        }
    }

    #[test]
    fn credentials_are_never_printed() {
        let access = Access {
            credentials: Credentials::Bearer(Secret::new("hunter2")),
            ..Access::default()
        };
        assert!(!format!("{access:?}").contains("hunter2"));
    }
}
