//! Decides how blobs are uploaded (in one request, in two, in chunks) and read.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RANGE};
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, stream};

use super::route::parameter;
use super::state::{State, digest};
use super::{Fault, reply};

pub(super) const DIGEST_HEADER: HeaderName = HeaderName::from_static("docker-content-digest");

pub(super) fn upload(
    state: &mut State,
    method: &Method,
    name: &str,
    upload: &str,
    query: &str,
    body: &Bytes,
) -> Response {
    match *method {
        Method::POST if parameter(query, "digest").is_some() => {
            finish(state, name, query, body.to_vec())
        }
        Method::POST => {
            if let (Some(mount), Some(from)) = (parameter(query, "mount"), parameter(query, "from"))
            {
                let blob = state
                    .repositories
                    .get(&from)
                    .and_then(|repository| repository.blobs.get(&mount))
                    .cloned();
                if let Some(blob) = blob {
                    return finish(state, name, &format!("digest={mount}"), blob.to_vec());
                }
            }
            let number = state.next_upload;
            state.next_upload += 1;
            state.repository(name).uploads.insert(number, Vec::new());
            accepted(name, number, 0)
        }
        Method::PATCH | Method::PUT => {
            let number = upload.parse().ok();
            let Some(number) =
                number.filter(|number| state.repository(name).uploads.contains_key(number))
            else {
                return reply::unknown("BLOB_UPLOAD_UNKNOWN", upload);
            };
            let received = state.repository(name).uploads.entry(number).or_default();
            received.extend_from_slice(body);
            if *method == Method::PATCH {
                let length = received.len();
                return accepted(name, number, length);
            }
            let bytes = std::mem::take(received);
            state.repository(name).uploads.remove(&number);
            finish(state, name, query, bytes)
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn accepted(name: &str, number: u64, length: usize) -> Response {
    let headers = [
        (LOCATION, format!("/v2/{name}/blobs/uploads/{number}")),
        (RANGE, format!("0-{}", length.saturating_sub(1))),
    ];
    (StatusCode::ACCEPTED, headers).into_response()
}

fn finish(state: &mut State, name: &str, query: &str, bytes: Vec<u8>) -> Response {
    let announced = parameter(query, "digest").unwrap_or_default();
    if announced != digest(&bytes) {
        return reply::error(
            StatusCode::BAD_REQUEST,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        );
    }
    state.add_blob(name, bytes.into());
    let headers = [
        (LOCATION, format!("/v2/{name}/blobs/{announced}")),
        (DIGEST_HEADER, announced),
    ];
    (StatusCode::CREATED, headers).into_response()
}

pub(super) fn read(state: &State, method: &Method, name: &str, digest: &str) -> Response {
    let Some(blob) = state
        .repositories
        .get(name)
        .and_then(|repository| repository.blobs.get(digest))
    else {
        return reply::unknown("BLOB_UNKNOWN", digest);
    };
    let headers = [
        (DIGEST_HEADER, digest.to_owned()),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, blob.len().to_string()),
    ];
    match *method {
        Method::HEAD => (headers, Body::empty()).into_response(),
        Method::GET => (headers, body(&state.faults, blob)).into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// The bytes as the faults leave them. A body that ends too early breaks the connection, as a lost network does.
fn body(faults: &[Fault], blob: &Bytes) -> Body {
    for fault in faults {
        match fault {
            Fault::CorruptBlobs => {
                return Body::from(blob.iter().map(|byte| !byte).collect::<Vec<u8>>());
            }
            Fault::TruncateBlobs(length) if *length < blob.len() => {
                let part = blob.slice(..*length);
                return Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(
                    async {
                        // The server sends what it has before it hears of the error.
                        tokio::task::yield_now().await;
                        Err(std::io::Error::other("the connection is cut by the test"))
                    },
                )));
            }
            _ => {}
        }
    }
    Body::from(blob.clone())
}
