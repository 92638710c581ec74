//! Decides who the operator is to a chart repository: to each host what the file with credentials says of that host, to all
//! others nobody.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use reqwest::Url;

use crate::docker_config::{DockerConfig, Wire};
use crate::error::Error;
use crate::spec::{Credentials, OciRepository};

/// Larger than any such file is.
const LIMIT: u64 = 1 << 20;

/// The file, or nothing at all if there is none.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(file: Option<&Path>) -> Result<DockerConfig, Error> {
    let Some(file) = file else {
        return Ok(DockerConfig::default());
    };
    let unusable = |problem: &str| Error::Config {
        problem: format!(
            "credentials of chart repositories, {}: {problem}",
            file.display()
        ),
    };
    let mut text = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(LIMIT + 1).read_to_end(&mut text))
        .map_err(|error| unusable(&error.to_string()))?;
    if text.len() as u64 > LIMIT {
        return Err(unusable("it is larger than a mebibyte"));
    }
    DockerConfig::parse(&text).map_err(|error| unusable(&error.to_string()))
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
    if is_plain {
        Wire::Open
    } else {
        Wire::Encrypted
    }
}
