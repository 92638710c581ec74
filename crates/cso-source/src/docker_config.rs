//! Decides which entry of a Docker configuration is the one for a repository: of `config.json`, or of a Secret of
//! type `kubernetes.io/dockerconfigjson`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use crate::error::Error;
use crate::spec::{Credentials, OciRepository, Secret};

const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The names under which Docker's own registry is known, all of them one.
const DOCKER_HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Credentials by server, as Docker keeps them. Cannot be printed: it is full of secrets.
#[derive(Default, Deserialize)]
pub(crate) struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

/// Whether others can read what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// No.
    Tls,
    /// Yes. Only an entry whose key begins with `http://` is meant for it.
    PlainHttp,
}

impl DockerConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`Error::Config`], without anything of the text.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Error> {
        // The parser's own message could quote a password.
        serde_json::from_slice(text).map_err(|error| {
            problem(&format!(
                "the Docker configuration cannot be read, line {}",
                error.line()
            ))
        })
    }

    /// The credentials for what lies at this path of a server, `None` if no entry leads there. The entry with the longest
    /// path wins.
    ///
    /// # Errors
    /// [`Error::Config`] when the entry cannot be used.
    pub(crate) fn credentials(
        &self,
        host: &str,
        path: &str,
        wire: Wire,
    ) -> Result<Option<Credentials>, Error> {
        let matching = self
            .auths
            .iter()
            .filter(|(key, _)| wire == Wire::Tls || key.starts_with("http://"))
            .filter_map(|(key, entry)| Some((matched(key, host, path)?, key, entry)));
        match matching.max_by_key(|(length, ..)| *length) {
            Some((_, key, entry)) => credentials(key, entry).map(Some),
            None => Ok(None),
        }
    }
}

#[derive(Deserialize)]
struct Entry {
    username: Option<String>,
    password: Option<String>,
    auth: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// The credentials that a `.dockerconfigjson` holds for a repository, `None` if it has no entry for it.
///
/// Keys are matched as the kubelet does: with or without scheme, a path in the key must lead to the repository, and
/// the longest path wins. Only the text counts: credential helpers that it names are never run.
///
/// # Errors
/// [`Error::Config`] when the text is no such configuration or the entry cannot be used. Messages hold nothing of it.
pub fn docker_config_credentials(
    config: &[u8],
    place: &OciRepository,
) -> Result<Option<Credentials>, Error> {
    // Whoever named the Secret also said whether the registry has TLS.
    DockerConfig::parse(config)?.credentials(&place.registry, &place.repository, Wire::Tls)
}

/// How long the path of the key is, if the key leads to this path of the server.
fn matched(key: &str, server: &str, at: &str) -> Option<usize> {
    let key = key
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    let path = match path.trim_matches('/') {
        "v1" | "v2" => "",
        path => path,
    };
    let is_hub = |host: &str| DOCKER_HUB.contains(&host);
    let same_host = host == server || (is_hub(host) && is_hub(server));
    let leads = path.is_empty()
        || at
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (same_host && leads).then_some(path.len())
}

fn credentials(key: &str, entry: &Entry) -> Result<Credentials, Error> {
    let basic = |username: &str, password: &str| Credentials::Basic {
        username: username.to_owned(),
        password: Secret::new(password),
    };
    if let (Some(username), Some(password)) = (&entry.username, &entry.password) {
        return Ok(basic(username, password));
    }
    if let Some(token) = &entry.registrytoken {
        return Ok(Credentials::Bearer(Secret::new(token)));
    }
    if entry.identitytoken.as_ref().is_some_and(|t| !t.is_empty()) {
        return Err(problem(&format!(
            "the Docker configuration has an identity token for {key}, which is not supported: use a user name and a password or access token"
        )));
    }
    let decoded = entry.auth.as_ref().and_then(|auth| {
        let text = String::from_utf8(DECODER.decode(auth.trim()).ok()?).ok()?;
        let (username, password) = text.split_once(':')?;
        Some(basic(username, password))
    });
    decoded.ok_or_else(|| {
        problem(&format!(
            "the Docker configuration has an entry for {key} without user name and password"
        ))
    })
}

fn problem(text: &str) -> Error {
    Error::Config {
        problem: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(config: &str, place: &str) -> Result<Option<String>, Error> {
        let place = OciRepository::parse(place).unwrap();
        let found = docker_config_credentials(config.as_bytes(), &place)?;
        Ok(found.map(|credentials| match credentials {
            Credentials::Basic { username, password } => {
                format!("{username}:{}", password.reveal())
            }
            Credentials::Bearer(token) => format!("token {}", token.reveal()),
            Credentials::Anonymous => "nobody".to_owned(),
        }))
    }

    #[test]
    fn the_entry_of_the_repository_is_found_in_every_spelling() {
        // "YTpiOmM=" is "a:b:c".
        for (auths, place, expected) in [
            (
                r#"{"r.example":{"auth":"YTpiOmM="}}"#,
                "r.example/x",
                Some("a:b:c"),
            ),
            (
                r#"{"r.example":{"auth":"YTpiOmM"}}"#,
                "r.example/x",
                Some("a:b:c"),
            ),
            (
                r#"{"https://r.example/v2/":{"username":"u","password":"p"}}"#,
                "r.example/x",
                Some("u:p"),
            ),
            (
                r#"{"r.example:5000":{"registrytoken":"t"}}"#,
                "r.example:5000/x",
                Some("token t"),
            ),
            (
                r#"{"https://index.docker.io/v1/":{"auth":"YTpi"}}"#,
                "docker.io/x",
                Some("a:b"),
            ),
            (
                r#"{"r.example":{"auth":"YTpi"},"r.example/kaas":{"auth":"YzpkCg=="},"r.example/ka":{"auth":"eDp5"}}"#,
                "r.example/kaas/stacks",
                Some("c:d\n"),
            ),
            (
                r#"{"r.example/kaas":{"auth":"YTpi"}}"#,
                "r.example/other",
                None,
            ),
            (r#"{"r.example":{"auth":"YTpi"}}"#, "r.example:5000/x", None),
            (r#"{"evil-r.example":{"auth":"YTpi"}}"#, "r.example/x", None),
            ("{}", "r.example/x", None),
        ] {
            let config = format!("{{\"auths\":{auths},\"credHelpers\":{{\"r.example\":\"x\"}}}}");
            assert_eq!(
                find(&config, place).unwrap().as_deref(),
                expected,
                "{auths} for {place}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_tells_no_secret() {
        for (config, hint) in [
            (
                r#"{"auths":{"r.example":{"auth":"hunter2!"}}}"#,
                "without user name",
            ),
            (
                r#"{"auths":{"r.example":{"identitytoken":"hunter2"}}}"#,
                "identity token",
            ),
            (
                r#"{"auths":{"r.example":"hunter2"}}"#,
                "cannot be read, line 1",
            ),
            ("hunter2", "cannot be read"),
        ] {
            let message = find(config, "r.example/x").unwrap_err().to_string();
            assert!(
                message.contains(hint) && !message.contains("hunter2"),
                "{message}"
            );
        }
    }
}
