//! Decides the shape of the in-process registry's error answers.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The error document of the OCI distribution specification.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        axum::Json(json!({"errors": [{"code": code, "message": message}]})),
    )
        .into_response()
}

/// The repository or the object in it is not there.
pub(super) fn unknown(code: &str, what: &str) -> Response {
    error(
        StatusCode::NOT_FOUND,
        code,
        &format!("{what} is not known to the registry"),
    )
}
