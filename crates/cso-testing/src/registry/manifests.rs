//! Decides how manifests are stored under tags and digests, and read.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;

use super::blobs::DIGEST_HEADER;
use super::state::{Manifest, Repository, State, digest};
use super::{Fault, reply};

pub(super) fn read(state: &State, method: &Method, name: &str, reference: &str) -> Response {
    let Some(repository) = state.repositories.get(name) else {
        return reply::unknown("NAME_UNKNOWN", name);
    };
    let Some((digest, manifest)) = find(state, repository, method, reference) else {
        return reply::unknown("MANIFEST_UNKNOWN", reference);
    };
    let announced = if state.faults.contains(&Fault::WrongManifestDigest) {
        format!("sha256:{}", "0".repeat(64))
    } else {
        digest
    };
    let headers = [
        (DIGEST_HEADER, announced),
        (CONTENT_TYPE, manifest.media_type.clone()),
        (CONTENT_LENGTH, manifest.bytes.len().to_string()),
    ];
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(manifest.bytes.clone())
    };
    (headers, body).into_response()
}

fn find<'a>(
    state: &State,
    repository: &'a Repository,
    method: &Method,
    reference: &str,
) -> Option<(String, &'a Manifest)> {
    let moved = state.faults.iter().find_map(|fault| match fault {
        Fault::MoveTag { tag, digest } if tag == reference && *method == Method::GET => {
            Some(digest)
        }
        _ => None,
    });
    let digest = moved
        .or_else(|| repository.tags.get(reference))
        .map_or(reference, String::as_str);
    Some((digest.to_owned(), repository.manifests.get(digest)?))
}

pub(super) fn write(
    state: &mut State,
    headers: &HeaderMap,
    name: &str,
    reference: &str,
    body: Bytes,
) -> Response {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let Ok(manifest) = serde_json::from_slice::<Value>(&body) else {
        return reply::error(
            StatusCode::BAD_REQUEST,
            "MANIFEST_INVALID",
            "the manifest is not JSON",
        );
    };
    let repository = state.repository(name);
    if let Some(missing) =
        referenced(&manifest).find(|digest| !repository.blobs.contains_key(*digest))
    {
        return reply::error(StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN", missing);
    }
    let by_digest = reference.starts_with("sha256:");
    if by_digest && reference != digest(&body) {
        return reply::error(
            StatusCode::BAD_REQUEST,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        );
    }
    let digest = state.add_manifest(name, (!by_digest).then_some(reference), &media_type, body);
    let headers = [
        (LOCATION, format!("/v2/{name}/manifests/{digest}")),
        (DIGEST_HEADER, digest),
    ];
    (StatusCode::CREATED, headers).into_response()
}

fn referenced(manifest: &Value) -> impl Iterator<Item = &str> {
    let layers = manifest["layers"].as_array().into_iter().flatten();
    std::iter::once(&manifest["config"])
        .chain(layers)
        .filter_map(|descriptor| descriptor["digest"].as_str())
}

pub(super) fn delete(state: &mut State, name: &str, reference: &str) -> Response {
    let repository = state.repository(name);
    let gone = if reference.starts_with("sha256:") {
        repository.tags.retain(|_, digest| digest != reference);
        repository.manifests.remove(reference).is_some()
    } else {
        repository.tags.remove(reference).is_some()
    };
    if gone {
        StatusCode::ACCEPTED.into_response()
    } else {
        reply::unknown("MANIFEST_UNKNOWN", reference)
    }
}
