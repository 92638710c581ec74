//! Decides who may use the in-process registry, and the challenge for those who may not.

use std::net::SocketAddr;

use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::reply;

/// How clients identify themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Nobody is asked.
    Anonymous,
    /// User name and password with every request.
    Basic {
        /// The only user.
        username: String,
        /// The user's password.
        password: String,
    },
    /// A token from `/token`, as Docker's token specification has it.
    Bearer {
        /// The only user; an empty name gives tokens to everybody, as public registries do.
        username: String,
        /// The user's password.
        password: String,
    },
}

/// The one token there is.
const TOKEN: &str = "token-of-the-in-process-registry";

impl Access {
    /// `None` when the request may pass; otherwise the challenge, or the answer of the token service.
    pub(super) fn gate(
        &self,
        address: SocketAddr,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Option<Response> {
        let authorization = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match self {
            Self::Anonymous => None,
            Self::Basic { username, password } => (authorization != basic(username, password))
                .then(|| challenge("Basic realm=\"in-process registry\"".to_owned())),
            Self::Bearer { username, password } if uri.path() == "/token" => {
                let known = username.is_empty() || authorization == basic(username, password);
                Some(if known {
                    axum::Json(json!({"token": TOKEN, "expires_in": 300})).into_response()
                } else {
                    reply::error(
                        StatusCode::UNAUTHORIZED,
                        "UNAUTHORIZED",
                        "incorrect username or password",
                    )
                })
            }
            Self::Bearer { .. } => (authorization != format!("Bearer {TOKEN}")).then(|| {
                let scope = scope(uri.path());
                challenge(format!(
                    "Bearer realm=\"http://{address}/token\",service=\"in-process\"{scope}"
                ))
            }),
        }
    }
}

fn scope(path: &str) -> String {
    let repository = path.strip_prefix("/v2/").and_then(|rest| {
        ["/manifests/", "/blobs/", "/tags/"]
            .iter()
            .find_map(|part| Some(rest.split_once(part)?.0))
    });
    repository.map_or_else(String::new, |name| {
        format!(",scope=\"repository:{name}:pull,push\"")
    })
}

fn challenge(value: String) -> Response {
    let denied = reply::error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required",
    );
    ([(WWW_AUTHENTICATE, value)], denied).into_response()
}

fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}
