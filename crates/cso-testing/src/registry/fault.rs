//! Decides how the in-process registry misbehaves when a test asks for it.

use std::time::Duration;

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::reply;

/// One kind of misbehaviour. Several may be active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Requests whose path contains `path` are answered with this status; 429 and 503 carry `Retry-After: 1`.
    Status {
        /// Part of the path; empty for every request.
        path: String,
        /// The status code.
        code: u16,
        /// How many requests; afterwards the fault is gone.
        times: u32,
    },
    /// Requests whose path contains `path` are answered late.
    Slow {
        /// Part of the path; empty for every request.
        path: String,
        /// The delay.
        delay: Duration,
    },
    /// The bytes of every blob are changed; length and announced digest are not.
    CorruptBlobs,
    /// Every blob ends after this many bytes, although `Content-Length` promises all of them.
    TruncateBlobs(usize),
    /// The header `Docker-Content-Digest` of manifests names another digest.
    WrongManifestDigest,
    /// The tag list continues with these tags after the real ones, on as many pages as the client asks for.
    ExtraTags(Vec<String>),
    /// Every page of a tag list links to itself.
    TagLoop,
    /// Pulled blobs are answered with 307 to this base URL, as registries with an object store do.
    RedirectBlobs(String),
    /// A tag gives this manifest's digest to `HEAD` and another manifest to `GET`: it moved in between.
    MoveTag {
        /// The tag.
        tag: String,
        /// The digest of the manifest, already stored, that `GET` gives.
        digest: String,
    },
}

/// What the active faults do before a request is served.
pub(super) enum Before {
    Serve,
    Wait(Duration),
    Answer(Response),
}

/// Counts the fault down and removes it when it is used up.
pub(super) fn before(faults: &mut Vec<Fault>, method: &Method, path: &str) -> Before {
    let mut answer = Before::Serve;
    for fault in faults.iter_mut() {
        match fault {
            Fault::Status {
                path: part,
                code,
                times,
            } if *times > 0 && path.contains(part.as_str()) => {
                *times -= 1;
                answer = Before::Answer(status(*code));
                break;
            }
            Fault::Slow { path: part, delay } if path.contains(part.as_str()) => {
                answer = Before::Wait(*delay);
            }
            Fault::RedirectBlobs(base) if *method == Method::GET && is_blob(path) => {
                let target = format!("{}{path}", base.trim_end_matches('/'));
                answer = Before::Answer(
                    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, target)]).into_response(),
                );
                break;
            }
            _ => {}
        }
    }
    faults.retain(|fault| !matches!(fault, Fault::Status { times: 0, .. }));
    answer
}

fn is_blob(path: &str) -> bool {
    path.contains("/blobs/sha256:")
}

fn status(code: u16) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let name = match code {
        401 => "UNAUTHORIZED",
        403 => "DENIED",
        429 => "TOOMANYREQUESTS",
        _ => "UNKNOWN",
    };
    let response = reply::error(status, name, "injected by the test");
    match code {
        429 | 503 => ([(RETRY_AFTER, "1")], response).into_response(),
        _ => response,
    }
}
