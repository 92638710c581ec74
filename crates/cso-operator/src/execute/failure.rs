//! Translates errors of the API server and of sources into core's failures, with texts that do not vary.

use cso_core::failure::{Cause, Failure};
use cso_core::manifests::ObjectId;

/// A failed request about an object.
pub(crate) fn of_api(verb: &str, id: &ObjectId, error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(status) => {
            let cause = match status.code {
                404 if status
                    .message
                    .contains("could not find the requested resource") =>
                {
                    Cause::KindUnknown
                }
                404 if status.message.starts_with("namespaces ") => Cause::Rejected,
                403 if status.message.contains("admission webhook") => Cause::Rejected,
                403 => Cause::Forbidden,
                409 => Cause::Conflict,
                429 => Cause::RateLimited,
                400 | 404 | 405 | 413 | 415 | 422 => Cause::Rejected,
                _ => Cause::Unreachable,
            };
            Failure::new(cause, format!("failed to {verb} {id}: {}", status.message))
        }
        _ => Failure::new(
            Cause::Unreachable,
            format!("failed to {verb} {id}: the API server gives no answer"),
        ),
    }
}

/// A failed listing or pull.
pub(crate) fn of_source(error: &cso_source::Error) -> Failure {
    use cso_source::Error as E;
    let cause = match error {
        E::Config { .. } | E::Redirect { .. } => Cause::Misconfigured,
        E::Unauthorized { .. } => Cause::WrongCredentials,
        E::Forbidden { .. } => Cause::Forbidden,
        E::NotFound { .. } => Cause::UnknownTag,
        E::RateLimited { .. } => Cause::RateLimited,
        E::DigestMismatch { .. } | E::TagMoved { .. } => Cause::WrongDigest,
        E::TooLarge { .. } => Cause::BrokenArchive,
        E::Malformed { .. } | E::Bundle(_) => Cause::BrokenRelease,
        E::Disk { .. } => Cause::Internal,
        _ => Cause::Unreachable,
    };
    Failure::new(cause, crate::error::chain(error))
}
