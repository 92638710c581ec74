//! What a failed read or write means: why it failed, which reason a condition gets, and when to try again.

use cso_api::conditions::reasons;

use crate::retry::Retry;

/// A failed read, write or pull, as the shell reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which kind of failure.
    pub cause: Cause,
    /// What a person should know. Deterministic (no times, no resource versions) and free of secrets.
    pub message: String,
}

impl Failure {
    /// A failure with its message.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }

    /// When to try again.
    pub fn retry(&self) -> Retry {
        self.cause.retry()
    }
}

/// Why a read, write or pull failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The API server found the object invalid (400, 422) or an admission webhook refused it.
    Rejected,
    /// The object belongs to another release.
    NotOurs,
    /// The API server or the registry does not allow it (403).
    Forbidden,
    /// Somebody else changed or replaced the object meanwhile (409).
    Conflict,
    /// The kind is not served (404 on the collection, or absent from discovery).
    KindUnknown,
    /// No answer of an API server, or an answer that is its own fault (5xx, timeout).
    Unreachable,
    /// No answer of a registry, or an answer that is its own fault.
    RegistryUnreachable,
    /// Too many requests (429).
    RateLimited,
    /// The source has no such tag.
    UnknownTag,
    /// The source rejects the credentials (401).
    WrongCredentials,
    /// Content with another digest than announced or pinned.
    WrongDigest,
    /// An archive that cannot be read or breaks a limit.
    BrokenArchive,
    /// A required file is missing or malformed.
    BrokenRelease,
    /// A chart the release must have is missing.
    MissingChart,
    /// A chart dependency that is neither vendored nor declared in a way that can be resolved.
    MissingDependency,
    /// The repository of a chart dependency gives no answer.
    DependencyUnreachable,
    /// The repository of a chart dependency does not let the operator in.
    DependencyDenied,
    /// The repository of a chart dependency has no version that will do.
    DependencyNotFound,
    /// The archive of a chart dependency has another digest than announced or pinned.
    DependencyWrongDigest,
    /// What the repository of a chart dependency sends is not that chart.
    DependencyNotAChart,
    /// Chart dependencies may not be fetched.
    DependencyForbidden,
    /// A template failed.
    Template,
    /// The source could not be set up from its spec: a Secret is missing, a URL is malformed.
    Misconfigured,
    /// A defect or a full disk on our side.
    Internal,
}

impl Cause {
    /// The condition reason.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Rejected => reasons::OBJECT_REJECTED,
            Self::NotOurs => reasons::OBJECT_NOT_OURS,
            Self::Forbidden => reasons::FORBIDDEN,
            Self::Conflict => reasons::FAILED_TO_CREATE_OR_UPDATE,
            Self::KindUnknown => reasons::KIND_UNKNOWN,
            Self::Unreachable => reasons::API_SERVER_UNREACHABLE,
            Self::RegistryUnreachable => reasons::REGISTRY_UNREACHABLE,
            Self::RateLimited => reasons::RATE_LIMITED,
            Self::UnknownTag => reasons::UNKNOWN_TAG,
            Self::WrongCredentials => reasons::WRONG_CREDENTIALS,
            Self::WrongDigest => reasons::WRONG_DIGEST,
            Self::BrokenArchive => reasons::BROKEN_ARCHIVE,
            Self::BrokenRelease => reasons::BROKEN_RELEASE,
            Self::MissingChart => reasons::MISSING_CHART,
            Self::MissingDependency => reasons::MISSING_DEPENDENCY,
            Self::DependencyUnreachable => reasons::DEPENDENCY_UNREACHABLE,
            Self::DependencyDenied => reasons::DEPENDENCY_DENIED,
            Self::DependencyNotFound => reasons::DEPENDENCY_NOT_FOUND,
            Self::DependencyWrongDigest => reasons::DEPENDENCY_WRONG_DIGEST,
            Self::DependencyNotAChart => reasons::DEPENDENCY_NOT_A_CHART,
            Self::DependencyForbidden => reasons::DEPENDENCY_FORBIDDEN,
            Self::Template => reasons::TEMPLATE_ERROR,
            Self::Misconfigured => reasons::FAILED_CREATE_ASSETS_CLIENT,
            Self::Internal => reasons::ISSUE_WITH_ASSETS,
        }
    }

    /// Whether only a person can help: the object is then `Stalled`.
    pub fn needs_a_person(self) -> bool {
        !matches!(
            self,
            Self::Conflict
                | Self::Unreachable
                | Self::RegistryUnreachable
                | Self::DependencyUnreachable
                | Self::RateLimited
                | Self::Internal
        )
    }

    /// When to try again. What a person must mend outside the watched objects is still looked at now and then.
    pub fn retry(self) -> Retry {
        match self {
            Self::Conflict => Retry::Now,
            // The content is pinned: nothing but another release changes it.
            Self::Template => Retry::OnChange,
            // What was never pinned may be published again under its tag.
            Self::BrokenRelease | Self::BrokenArchive | Self::MissingChart => {
                Retry::After(crate::retry::POLL)
            }
            Self::KindUnknown
            | Self::UnknownTag
            | Self::WrongCredentials
            | Self::Forbidden
            | Self::WrongDigest
            | Self::MissingDependency
            | Self::DependencyDenied
            | Self::DependencyNotFound
            | Self::DependencyWrongDigest
            | Self::DependencyNotAChart
            | Self::DependencyForbidden
            | Self::Misconfigured
            | Self::NotOurs
            | Self::Rejected => Retry::After(crate::retry::MENDED_BY_A_PERSON),
            Self::Unreachable
            | Self::RegistryUnreachable
            | Self::DependencyUnreachable
            | Self::RateLimited
            | Self::Internal => Retry::Backoff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_release_is_looked_at_again_as_it_may_be_published_again_under_its_tag() {
        for cause in [
            Cause::BrokenRelease,
            Cause::BrokenArchive,
            Cause::MissingChart,
        ] {
            assert!(cause.needs_a_person());
            assert_eq!(cause.retry(), Retry::After(crate::retry::POLL), "{cause:?}");
        }
        assert_eq!(Cause::Template.retry(), Retry::OnChange);
    }

    #[test]
    fn what_passes_by_itself_stalls_nothing() {
        for cause in [
            Cause::Unreachable,
            Cause::DependencyUnreachable,
            Cause::RateLimited,
            Cause::Conflict,
            Cause::Internal,
        ] {
            assert!(!cause.needs_a_person(), "{cause:?}");
        }
    }
}
