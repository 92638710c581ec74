//! Every condition type and reason, each with one line of meaning, and the condition itself.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A condition in the shape of `metav1.Condition`. Upstream's `severity` is accepted and never written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Type of the condition, in CamelCase.
    #[serde(rename = "type")]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// How serious a `False` is: `Error`, `Warning` or `Info`. Written by upstream only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// When the status last changed.
    pub last_transition_time: Time,
    /// Why the condition has its status, in one CamelCase word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What a person should know: the object, the cause, the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Generation of the spec this condition speaks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

impl Condition {
    /// Whether the status is `True`.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether the status is `False`.
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }
}

/// The condition of that type, if the list has one.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Whether the list has the condition with status `True`.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    find(conditions, type_).is_some_and(Condition::is_true)
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $word;)*
        /// All of them.
        pub const ALL: &[&str] = &[$($word),*];
    };
}

/// Condition types.
pub mod types {
    words! {
        /// Summary of all others: the object does what its spec says.
        READY = "Ready";
        /// kstatus: the operator is working towards the spec. Present only while `True`.
        RECONCILING = "Reconciling";
        /// kstatus: no progress without a person's help. Present only while `True`.
        STALLED = "Stalled";
        /// `spec.suspend` or the pause annotation holds the object. Present only while `True`; not part of `Ready`.
        SUSPENDED = "Suspended";
        /// An earlier operator left objects that belong to no release; the message names them and says how to have them
        /// deleted. Present only while `True`; not part of `Ready`.
        ORPHANED = "Orphaned";
        /// Removal waits for something. Present only while the object is being deleted.
        DELETING = "Deleting";
        /// The source can be reached and its credentials are accepted.
        ASSETS_CLIENT_API_AVAILABLE = "AssetsClientAPIAvailable";
        /// The releases of the source could be listed.
        RELEASES_SYNCED = "ReleasesSynced";
        /// The provider objects of all wanted releases are written.
        PROVIDER_RELEASES_SYNCED = "ProviderClusterStackReleasesSynced";
        /// The `ClusterStackRelease` objects of all wanted releases are written.
        CLUSTER_STACK_RELEASES_SYNCED = "ClusterStackReleasesSynced";
        /// At least one release is ready.
        RELEASE_AVAILABLE = "ClusterStackReleaseAvailable";
        /// The release is pulled and its files are sound.
        RELEASE_DOWNLOADED = "ClusterStackReleaseDownloaded";
        /// The tag still names the content that was pulled. `False` does not make the release unready.
        TAG_PINNED = "TagPinned";
        /// The provider object is ready, or none is needed.
        PROVIDER_RELEASE_READY = "ProviderClusterStackReleaseReady";
        /// Every object of the charts is applied and as rendered.
        HELM_CHART_APPLIED = "HelmChartApplied";
        /// The Cluster's API server can be reached and its control plane is initialised.
        CLUSTER_READY = "ClusterReady";
        /// `clusteraddon.yaml` could be read.
        ADDON_CONFIG_VALIDATED = "ClusterAddonConfigValidated";
        /// Upstream: the hook server has written `spec.hook`.
        HOOK_SERVER_READY = "HookServerReady";
        /// The chart a stage names is in the release.
        HELM_CHART_FOUND = "HelmChartFound";
        /// The chart and the values of a stage could be rendered.
        HELM_CHART_TEMPLATED = "HelmChartTemplated";
        /// The objects of a stage are deleted.
        HELM_CHART_DELETED = "HelmChartDeleted";
        /// The wait condition of a stage holds.
        EVALUATED_CEL = "EvaluatedCEL";
        /// The workloads of the add-ons are healthy.
        HEALTHY = "Healthy";
    }
}

/// Reasons.
pub mod reasons {
    words! {
        /// All is well.
        SUCCEEDED = "Succeeded";
        /// Work goes on; the message says which.
        PROGRESSING = "Progressing";
        /// `spec.suspend` is set.
        SUSPENDED = "Suspended";
        /// The annotation `cluster.x-k8s.io/paused` is set.
        PAUSED = "Paused";
        /// The object is being removed.
        DELETING = "Deleting";
        /// Clusters use the release; the message names them.
        IN_USE = "InUse";
        /// A field of the spec cannot be used.
        INVALID_SPEC = "InvalidSpec";
        /// A read from the management cluster failed; nothing was decided on its ground.
        READ_FAILED = "ReadFailed";

        /// The source was not asked yet.
        NOT_LISTED_YET = "NotListedYet";
        /// The releases of the source could not be listed.
        FAILED_TO_SYNC = "FailedToSync";
        /// The source offers no release of the stack in its channel.
        NOTHING_OFFERED = "NoReleaseOffered";
        /// The source could not be set up from the spec and the operator's flags.
        FAILED_CREATE_ASSETS_CLIENT = "FailedCreateAssetsClient";
        /// The source has no release of that tag.
        UNKNOWN_TAG = "UnknownTag";
        /// The source rejects the credentials.
        WRONG_CREDENTIALS = "WrongCredentials";
        /// The credentials are good and not allowed to read this repository.
        FORBIDDEN = "Forbidden";
        /// The registry does not answer, or answers with an error of its own.
        REGISTRY_UNREACHABLE = "RegistryUnreachable";
        /// The API server does not answer, or answers with an error of its own, or an answer is not here yet.
        API_SERVER_UNREACHABLE = "ApiServerUnreachable";
        /// The registry asks to slow down.
        RATE_LIMITED = "RateLimited";
        /// The content does not have the digest it was announced with, or that was pinned.
        WRONG_DIGEST = "WrongDigest";
        /// The tag names other content than the one that was pulled first.
        TAG_MOVED = "TagMoved";
        /// An archive cannot be read or breaks a limit.
        BROKEN_ARCHIVE = "BrokenArchive";
        /// A file every release has is missing or cannot be read.
        BROKEN_RELEASE = "BrokenRelease";
        /// The release has no chart of the name it must have.
        MISSING_CHART = "HelmChartMissing";
        /// A dependency of a chart is neither vendored nor declared in a way that can be resolved.
        MISSING_DEPENDENCY = "MissingDependency";
        /// The repository of a chart dependency does not answer, or answers with an error of its own.
        DEPENDENCY_UNREACHABLE = "DependencyUnreachable";
        /// The repository of a chart dependency asks for credentials that the operator has not, or rejects those it has.
        DEPENDENCY_DENIED = "DependencyDenied";
        /// The repository of a chart dependency has no such chart, or no version that satisfies the declared range.
        DEPENDENCY_NOT_FOUND = "DependencyNotFound";
        /// A chart dependency does not have the digest that its repository announces, or that was pinned.
        DEPENDENCY_WRONG_DIGEST = "DependencyWrongDigest";
        /// What the repository of a chart dependency sends is not that chart.
        DEPENDENCY_NOT_A_CHART = "DependencyNotAChart";
        /// A chart dependency is not vendored, and the operator may not fetch any.
        DEPENDENCY_FORBIDDEN = "DependencyForbidden";
        /// The pull goes on, or waits for its turn.
        NOT_DOWNLOADED_YET = "ReleaseAssetsNotDownloadedYet";
        /// The release cannot be used, for a reason without a name of its own.
        ISSUE_WITH_ASSETS = "IssueWithReleaseAssets";

        /// The template `spec.providerRef` names does not exist.
        PROVIDER_TEMPLATE_NOT_FOUND = "ProviderTemplateNotFound";
        /// An object could not be written.
        FAILED_TO_CREATE_OR_UPDATE = "FailedToCreateOrUpdate";
        /// Another `ClusterStack` owns the release.
        CLAIMED_BY_OTHER = "ClaimedByOtherClusterStack";
        /// No release is ready.
        NO_RELEASE_READY = "NoReleaseReady";
        /// Some releases are not ready; the message names them.
        RELEASES_NOT_READY = "ReleasesNotReady";

        /// The provider object is not ready yet.
        PROVIDER_NOT_READY = "ProcessOngoing";
        /// The provider object does not exist.
        PROVIDER_OBJECT_MISSING = "ProviderObjectMissing";

        /// A template of the chart failed.
        TEMPLATE_ERROR = "TemplateError";
        /// The API server refused an object.
        OBJECT_REJECTED = "ObjectRejected";
        /// The kind of an object is not installed.
        KIND_UNKNOWN = "KindUnknown";
        /// Another release or installation owns an object of that name.
        OBJECT_NOT_OURS = "ObjectNotOurs";
        /// Objects could not be applied, for different reasons; the message names the first.
        FAILED_TO_APPLY = "FailedToApplyObjects";
        /// Objects are being applied.
        APPLYING = "ObjectsApplyingOngoing";
        /// Objects could not be deleted.
        FAILED_TO_DELETE = "FailedToDeleteObjects";

        /// The Cluster has no initialised control plane yet.
        CONTROL_PLANE_NOT_READY = "ControlPlaneNotReady";
        /// The hook that starts the installation has not come yet.
        HOOK_SERVER_UNRESPONSIVE = "HookServerUnresponsive";
        /// A workload of the add-ons does not come up; the message names it.
        DEGRADED = "Degraded";
        /// What an earlier operator applied becomes ours.
        TAKING_OVER = "TakingOver";
        /// Objects of an earlier operator belong to no release.
        NO_RELEASE = "BelongsToNoRelease";
        /// `clusteraddon.yaml` cannot be read.
        ADDON_CONFIG_FAILED = "ParsingClusterAddonConfigFailed";
        /// A pre-condition does not hold yet.
        PRE_CONDITION = "FailedToEvaluatePreCondition";
        /// A post-condition does not hold yet.
        POST_CONDITION = "FailedToEvaluatePostCondition";
    }
}
