//! What a hook is: when it runs, in which order, and when it is deleted.

use super::Manifest;
use super::head::Head;

/// A moment in the life of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are Helm's")]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    /// `test`, and Helm 2's `test-success`.
    Test,
}

impl HookEvent {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }

    /// The events of a `helm.sh/hook` annotation; `None` when one of them is unknown.
    pub(super) fn parse_list(annotation: &str) -> Option<Vec<Self>> {
        annotation
            .split(',')
            .map(|event| Self::parse(&event.trim().to_lowercase()))
            .collect()
    }
}

/// A manifest that Helm runs at certain events instead of installing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// The order among hooks of one event, ascending; 0 when the annotation is no number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`, lower case.
    pub delete_policies: Vec<String>,
    /// `helm.sh/hook-output-log-policy`, lower case.
    pub output_log_policies: Vec<String>,
}

impl Hook {
    pub(super) fn new(manifest: Manifest, events: Vec<HookEvent>, head: &Head) -> Self {
        let list = |annotation| {
            let values = head
                .annotation(annotation)
                .into_iter()
                .flat_map(|text| text.split(','));
            values.map(|value| value.trim().to_lowercase()).collect()
        };
        let weight = head
            .annotation("helm.sh/hook-weight")
            .and_then(|weight| weight.parse().ok());
        Self {
            manifest,
            events,
            weight: weight.unwrap_or(0),
            delete_policies: list("helm.sh/hook-delete-policy"),
            output_log_policies: list("helm.sh/hook-output-log-policy"),
        }
    }

    /// Whether it is a test.
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}
