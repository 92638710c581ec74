//! Translates errors of the API server and of sources into core's failures, with texts that do not vary.

use cluster_stack::BundleError;
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::ObjectId;
use cso_source::DependencyError;

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
        E::Bundle(error) => of_bundle(error),
        E::Dependency { source, .. } => of_dependency(source),
        E::Malformed { .. } => Cause::BrokenRelease,
        E::Disk { .. } => Cause::Internal,
        _ => Cause::RegistryUnreachable,
    };
    Failure::new(cause, crate::error::chain(error))
}

/// A failed fetch of a chart that another one depends on.
fn of_dependency(error: &DependencyError) -> Cause {
    use DependencyError as E;
    match error {
        E::Forbidden => Cause::DependencyForbidden,
        E::Denied { .. } => Cause::DependencyDenied,
        E::NoVersion { .. } | E::NotFound { .. } => Cause::DependencyNotFound,
        E::DigestMismatch { .. } | E::Moved { .. } => Cause::DependencyWrongDigest,
        E::NotAChart { .. } | E::Index(_) => Cause::DependencyNotAChart,
        E::Fetch(error) => match of_source(error).cause {
            Cause::RegistryUnreachable | Cause::Internal => Cause::DependencyUnreachable,
            Cause::WrongDigest => Cause::DependencyWrongDigest,
            Cause::BrokenArchive | Cause::BrokenRelease => Cause::DependencyNotAChart,
            Cause::Misconfigured => Cause::MissingDependency,
            cause => cause,
        },
        _ => Cause::MissingDependency,
    }
}

/// A release that lacks a chart is told from one whose other files are missing or cannot be used.
fn of_bundle(error: &BundleError) -> Cause {
    match error {
        BundleError::Missing { file, .. } if file != cluster_stack::file::METADATA => {
            Cause::MissingChart
        }
        _ => Cause::BrokenRelease,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(file: &str) -> cso_source::Error {
        cso_source::Error::Bundle(Box::new(BundleError::Missing {
            tag: "docker-demo-1-36-v1".to_owned(),
            file: file.to_owned(),
            found: "README.md".to_owned(),
        }))
    }

    #[test]
    fn a_missing_chart_is_told_from_another_missing_file() {
        let chart = of_source(&lacks("docker-demo-1-36-cluster-class-v1.tgz"));
        assert_eq!(chart.cause, Cause::MissingChart);
        assert!(chart.message.contains("cluster-class-v1.tgz"));
        let metadata = of_source(&lacks("metadata.yaml"));
        assert_eq!(metadata.cause, Cause::BrokenRelease);
    }

    #[test]
    fn every_way_a_source_can_fail_has_a_cause_of_its_own() {
        use cso_source::Error as E;
        let what = || "tag v1 of registry.example.org/stacks".to_owned();
        let detail = || "denied".to_owned();
        let cases = [
            (E::NotFound { what: what() }, Cause::UnknownTag),
            (
                E::Unauthorized {
                    what: what(),
                    detail: detail(),
                },
                Cause::WrongCredentials,
            ),
            (
                E::Forbidden {
                    what: what(),
                    detail: detail(),
                },
                Cause::Forbidden,
            ),
            (
                E::DigestMismatch {
                    what: what(),
                    expected: "sha256:a".to_owned(),
                    found: "sha256:b".to_owned(),
                },
                Cause::WrongDigest,
            ),
            (
                E::Server {
                    what: what(),
                    status: 503,
                    detail: detail(),
                },
                Cause::RegistryUnreachable,
            ),
            (
                E::Timeout {
                    what: what(),
                    limit: std::time::Duration::from_secs(1),
                },
                Cause::RegistryUnreachable,
            ),
            (
                E::RateLimited {
                    what: what(),
                    retry_after: None,
                },
                Cause::RateLimited,
            ),
            (
                E::TooLarge {
                    what: what(),
                    limit: 1,
                    unit: "bytes",
                },
                Cause::BrokenArchive,
            ),
            (
                E::Malformed {
                    what: what(),
                    problem: detail(),
                },
                Cause::BrokenRelease,
            ),
            (E::Config { problem: what() }, Cause::Misconfigured),
        ];
        for (error, cause) in cases {
            let failure = of_source(&error);
            assert_eq!(failure.cause, cause, "{error}");
            assert!(
                failure.message.contains("registry.example.org"),
                "{error} names its object"
            );
        }
    }
}
