//! Decides how tags are listed: sorted, in pages that link to the next one.

use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::route::parameter;
use super::state::State;
use super::{Fault, reply};

/// Page length when the client asks for none.
const PAGE: usize = 100;

pub(super) fn list(state: &State, name: &str, query: &str) -> Response {
    let Some(repository) = state.repositories.get(name) else {
        return reply::unknown("NAME_UNKNOWN", name);
    };
    let mut tags: Vec<&String> = repository.tags.keys().collect();
    for fault in &state.faults {
        if let Fault::ExtraTags(extra) = fault {
            tags.extend(extra);
        }
    }
    tags.sort();
    let length = parameter(query, "n")
        .and_then(|n| n.parse().ok())
        .unwrap_or(PAGE)
        .max(1);
    let last = parameter(query, "last").unwrap_or_default();
    let rest: Vec<&String> = tags.into_iter().filter(|tag| **tag > last).collect();
    let page = &rest[..rest.len().min(length)];
    let body = axum::Json(json!({"name": name, "tags": page}));
    let next = match page.last() {
        _ if state.faults.contains(&Fault::TagLoop) => Some(last.as_str()),
        Some(end) if rest.len() > page.len() => Some(end.as_str()),
        _ => None,
    };
    match next {
        Some(last) => {
            let link = format!("</v2/{name}/tags/list?last={last}&n={length}>; rel=\"next\"");
            ([(LINK, link)], body).into_response()
        }
        None => body.into_response(),
    }
}
