//! Decides which part of the in-process registry answers a request. Repository names hold slashes: paths are cut by hand.

use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::{Request, State as Extract};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::fault::{Before, before};
use super::state::{State, lock};
use super::{blobs, manifests, reply, tags};

/// More than any test pushes at once.
const MAX_BODY: usize = 256 << 20;

pub(super) async fn route(
    Extract(state): Extract<Arc<Mutex<State>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let delayed = {
        let mut state = lock(&state);
        state
            .requests
            .push(format!("{} {}", parts.method, parts.uri));
        match before(&mut state.faults, &parts.method, &path) {
            Before::Serve => None,
            Before::Wait(delay) => Some(delay),
            Before::Answer(response) => return response,
        }
    };
    if let Some(delay) = delayed {
        tokio::time::sleep(delay).await;
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return reply::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SIZE_INVALID",
            "the body is too long",
        );
    };
    let mut state = lock(&state);
    if let Some(response) = state.access.gate(state.address, &parts.uri, &parts.headers) {
        return response;
    }
    let Some(rest) = path.strip_prefix("/v2/") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = parts.uri.query().unwrap_or_default();
    if rest.is_empty() {
        axum::Json(serde_json::json!({})).into_response()
    } else if let Some((name, upload)) = rest.split_once("/blobs/uploads/") {
        blobs::upload(&mut state, &parts.method, name, upload, query, &body)
    } else if let Some((name, digest)) = rest.split_once("/blobs/") {
        blobs::read(&state, &parts.method, name, digest)
    } else if let Some((name, reference)) = rest.split_once("/manifests/") {
        match parts.method {
            Method::GET | Method::HEAD => manifests::read(&state, &parts.method, name, reference),
            Method::PUT => manifests::write(&mut state, &parts.headers, name, reference, body),
            Method::DELETE => manifests::delete(&mut state, name, reference),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    } else if let Some(name) = rest.strip_suffix("/tags/list") {
        tags::list(&state, name, query)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// The value of a query parameter; digests and tags need no decoding beyond the colon.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| value.replace("%3A", ":").replace("%3a", ":"))
    })
}
