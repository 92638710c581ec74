//! Decides how to answer a registry that asks who we are: the `WWW-Authenticate` challenge of RFC 9110 and the token
//! protocol of the distribution project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Response, Url};
use serde::Deserialize;

use super::Repository;
use crate::error::Error;
use crate::http;
use crate::spec::Credentials;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Repository {
    /// The `Authorization` that the challenge of a 401 asks for, `None` if there is nothing we could say.
    pub(super) async fn answer(
        &self,
        what: &str,
        refusal: &Response,
    ) -> Result<Option<String>, Error> {
        let challenges = refusal.headers().get_all("www-authenticate");
        let challenges: Vec<&str> = challenges
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let scheme = |name: &str| {
            challenges
                .iter()
                .find_map(|challenge| strip_scheme(challenge, name))
        };
        if let Some(parameters) = scheme("Bearer") {
            return self.token(what, parameters).await.map(Some);
        }
        Ok(scheme("Basic").and_then(|_| self.basic()))
    }

    fn basic(&self) -> Option<String> {
        match &self.credentials {
            Credentials::Basic { username, password } => Some(format!(
                "Basic {}",
                STANDARD.encode(format!("{username}:{}", password.reveal()))
            )),
            _ => None,
        }
    }

    async fn token(&self, what: &str, parameters: &str) -> Result<String, Error> {
        let malformed = |problem: &str| Error::Malformed {
            what: what.to_owned(),
            problem: problem.to_owned(),
        };
        let realm = parameter(parameters, "realm").ok_or_else(|| {
            malformed("the registry asks for a token without saying where to get it")
        })?;
        let mut url = Url::parse(&realm)
            .map_err(|_| malformed("the token address of the registry is not a URL"))?;
        if !http::is_allowed(&url) || (url.scheme() != "https" && !self.place.plain_http) {
            let reason = "credentials go only to HTTPS addresses that are not link-local";
            return Err(Error::Redirect {
                what: what.to_owned(),
                target: url.origin().ascii_serialization(),
                reason,
            });
        }
        let scope = parameter(parameters, "scope")
            .unwrap_or_else(|| format!("repository:{}:pull", self.place.repository));
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = parameter(parameters, "service") {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let request = self.client.get(url);
        let request = match self.basic() {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let response = http::success(what, http::send(what, request).await?).await?;
        let body = http::bytes(what, response, 1 << 20, http::DEADLINE).await?;
        let token: Token = serde_json::from_slice(&body)
            .map_err(|_| malformed("the answer of the token server is not a token"))?;
        let token = token
            .token
            .or(token.access_token)
            .filter(|token| !token.is_empty());
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| malformed("the token server gave no token"))
    }
}

fn strip_scheme<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let (scheme, rest) = challenge
        .trim()
        .split_once(' ')
        .unwrap_or((challenge.trim(), ""));
    scheme.eq_ignore_ascii_case(name).then_some(rest)
}

/// The value of `name="value"` or `name=value` in a list separated by commas.
fn parameter(list: &str, name: &str) -> Option<String> {
    let mut rest = list;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = next.trim_start().trim_start_matches(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_quoted_or_not_and_with_commas_inside() {
        let list = r#"realm="https://auth.example/token",service=registry.example,scope="repository:a/b:pull,push""#;
        assert_eq!(
            parameter(list, "realm").unwrap(),
            "https://auth.example/token"
        );
        assert_eq!(parameter(list, "SERVICE").unwrap(), "registry.example");
        assert_eq!(
            parameter(list, "scope").unwrap(),
            "repository:a/b:pull,push"
        );
        assert_eq!(parameter(list, "error"), None);
        assert_eq!(strip_scheme("bearer realm=x", "Bearer"), Some("realm=x"));
        assert_eq!(strip_scheme("Basic", "Basic"), Some(""));
    }
}
