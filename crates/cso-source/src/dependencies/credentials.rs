//! Decides who the operator is to a chart repository: to each host what the file with credentials says of that host, to all
//! others nobody.

use std::path::Path;

use reqwest::Url;

use crate::docker_config::{DockerConfig, Wire};
use crate::error::Error;
use crate::file;
use crate::spec::{Credentials, OciRepository};

/// Bytes; larger than any such file is.
const LIMIT: u64 = 1 << 20;

/// The file, or nothing at all if there is none.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(path: Option<&Path>) -> Result<DockerConfig, Error> {
    let Some(path) = path else {
        return Ok(DockerConfig::default());
    };
    let unusable = |error: &Error| Error::Config {
        problem: format!(
            "credentials of chart repositories, {}: {}",
            path.display(),
            helm_engine::chain(error)
        ),
    };
    let text = file::read(path, LIMIT).map_err(|error| unusable(&error))?;
    DockerConfig::parse(&text).map_err(|error| unusable(&error))
}

/// Who we are to the server of this address.
///
/// # Errors
/// The entry of the server cannot be used.
pub(super) fn of_server(config: &DockerConfig, url: &Url) -> Result<Credentials, Error> {
    let host = url.host_str().unwrap_or_default();
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let path = url.path().trim_start_matches('/');
    let found = config.credentials(&host, path, wire(url.scheme() == "http"))?;
    Ok(found.unwrap_or_default())
}

/// Who we are to the registry of this repository.
///
/// # Errors
/// The entry of the registry cannot be used.
pub(super) fn of_registry(
    config: &DockerConfig,
    place: &OciRepository,
) -> Result<Credentials, Error> {
    let found = config.credentials(&place.registry, &place.repository, wire(place.plain_http))?;
    Ok(found.unwrap_or_default())
}

fn wire(is_plain: bool) -> Wire {
    if is_plain { Wire::PlainHttp } else { Wire::Tls }
}
