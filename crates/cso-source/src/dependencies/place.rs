//! Decides where a repository, as a chart declares it, is read.

use std::path::PathBuf;

use reqwest::Url;

use super::error::DependencyError;
use super::mirrors::Mirrors;
use crate::http;
use crate::spec::OciRepository;

/// Where charts are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A server with an `index.yaml`.
    Http(Url),
    /// A registry; the repository is that of the chart.
    Oci(OciRepository),
    /// A folder with archives.
    Folder(PathBuf),
}

/// The place of the repository of a chart, after mirrors.
///
/// # Errors
/// A repository that is not given, not understood, holds credentials or may not be asked.
pub(super) fn place(
    repository: &str,
    name: &str,
    mirrors: &Mirrors,
) -> Result<Place, DependencyError> {
    let unusable = |problem: &str| DependencyError::Unusable {
        problem: problem.to_owned(),
    };
    if repository.is_empty() {
        return Err(DependencyError::NoRepository);
    }
    if repository.starts_with("file:") {
        return Err(unusable(
            "folders beside the chart are not part of a release",
        ));
    }
    let address = mirrors.of_repository(repository);
    if let Some(folder) = address.strip_prefix("file://") {
        return Ok(Place::Folder(PathBuf::from(folder)));
    }
    let (registry, plain_http) = match address.strip_prefix("oci+http://") {
        Some(registry) => (Some(registry), true),
        None => (address.strip_prefix("oci://"), false),
    };
    if let Some(registry) = registry {
        let chart = format!("{}/{name}", registry.trim_end_matches('/'));
        let mut place =
            OciRepository::parse(&chart).map_err(|error| unusable(&error.to_string()))?;
        place.plain_http = plain_http;
        let host = format!("https://{}", place.registry);
        return match host.parse() {
            Ok(host) if http::is_allowed(&host) => Ok(Place::Oci(place)),
            _ => Err(unusable(
                "the registry has an address that may not be asked",
            )),
        };
    }
    web(&address).map(Place::Http)
}

/// An address of the web that may be asked.
fn web(address: &str) -> Result<Url, DependencyError> {
    let unusable = |problem: &str| DependencyError::Unusable {
        problem: problem.to_owned(),
    };
    let url = match address.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => {
            return Err(unusable(
                "only https://, http:// and oci:// are known, and no names of a Helm configuration",
            ));
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("credentials may not be part of an address"));
    }
    if !http::is_allowed(&url) {
        return Err(unusable("it is an address that may not be asked"));
    }
    Ok(url)
}

/// The address of something in a repository, by Helm's rule: relative ones lie below the repository, whose query is
/// kept. Those given in full may have mirrors of their own.
///
/// # Errors
/// An address that may not be asked.
pub(super) fn inside(
    repository: &Url,
    reference: &str,
    mirrors: &Mirrors,
) -> Result<Url, DependencyError> {
    if reference.contains("://") {
        return web(&mirrors.of_archive(reference));
    }
    let mut base = repository.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", repository.path()));
    }
    let mut url = base
        .join(reference)
        .map_err(|error| DependencyError::Unusable {
            problem: error.to_string(),
        })?;
    if url.query().is_none() {
        url.set_query(repository.query());
    }
    web(url.as_str())
}

/// An address without credentials and query, for messages.
pub(super) fn shown(address: &str) -> String {
    let Ok(mut url) = address.parse::<Url>() else {
        return address.chars().take(200).collect();
    };
    url.set_query(None);
    // Addresses that cannot hold them keep what they do not have.
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_addresses_lie_below_the_repository_and_keep_its_query() {
        let repository: Url = "https://r.example/charts?key=1".parse().unwrap();
        for (reference, url) in [
            ("a-1.tgz", "https://r.example/charts/a-1.tgz?key=1"),
            ("sub/a-1.tgz", "https://r.example/charts/sub/a-1.tgz?key=1"),
            ("/a-1.tgz", "https://r.example/a-1.tgz?key=1"),
            ("https://f.example/a-1.tgz", "https://f.example/a-1.tgz"),
        ] {
            let found = inside(&repository, reference, &Mirrors::default());
            assert_eq!(found.unwrap().as_str(), url);
        }
    }

    #[test]
    fn a_repository_that_cannot_or_may_not_be_asked_is_refused() {
        for repository in [
            "",
            "@stable",
            "alias:stable",
            "file://../common",
            "stable",
            "ftp://r.example",
            "https://user:secret@r.example",
            "http://169.254.169.254/latest",
            "oci://169.254.169.254/charts",
            "oci://r.example/Upper",
        ] {
            let refused = place(repository, "a", &Mirrors::default());
            let refused = refused.expect_err(repository).to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
        let repository: Url = "https://r.example".parse().unwrap();
        let archive = inside(&repository, "http://[fe80::1]/a.tgz", &Mirrors::default());
        assert!(archive.is_err());
    }

    #[test]
    fn credentials_and_queries_are_not_shown() {
        assert_eq!(
            shown("https://u:p@r.example/c?sig=1"),
            "https://r.example/c"
        );
        assert_eq!(shown("@stable"), "@stable");
    }
}
