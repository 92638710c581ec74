//! Names we put on objects: finalizers, field manager, labels, annotations.

/// Finalizer of `ClusterStackRelease`; upstream's, so that both operators understand each other's objects.
pub const RELEASE_FINALIZER: &str = "clusterstackrelease.clusterstack.x-k8s.io";
/// Finalizer of `ClusterAddon`; upstream's.
pub const ADDON_FINALIZER: &str = "clusteraddon.clusterstack.x-k8s.io";
/// Finalizer of `ClusterStack`: a stack stays visible, and says why, while one of its releases is in use.
pub const STACK_FINALIZER: &str = "clusterstack.clusterstack.x-k8s.io";

/// Field manager of every server-side apply.
pub const FIELD_MANAGER: &str = "cluster-stack-operator";
/// Field manager of upstream's server-side applies; its fields on our objects are taken over.
pub const UPSTREAM_FIELD_MANAGER: &str = "kubectl";

/// Label on every object a release brought, with the value [`OWNED`]; upstream's, kept for takeover.
pub const OWNED_LABEL: &str = "clusterstack.x-k8s.io/instance";
/// Value of [`OWNED_LABEL`].
pub const OWNED: &str = "owned";
/// Label naming the release that brought an object: the name of the `ClusterStackRelease`.
pub const RELEASE_LABEL: &str = "clusterstack.x-k8s.io/release";
/// Label naming the stack a release belongs to: `<provider>-<name>-<major>-<minor>`.
pub const STACK_LABEL: &str = "clusterstack.x-k8s.io/stack";
/// Label naming the namespace of the release that brought an object, as cluster-scoped objects do not tell it.
pub const RELEASE_NAMESPACE_LABEL: &str = "clusterstack.x-k8s.io/release-namespace";

/// Label on a Helm hook of an add-on: which form of it ran.
pub const HOOK_LABEL: &str = "clusterstack.x-k8s.io/hook";

/// Annotation by which a `ClusterAddon` tells how far upstream's legacy flow came: `created` or `upgraded`.
pub const ADDON_STAGE_ANNOTATION: &str = "ClusterAddonStage";
/// Annotation by which the owner consents, with the value `true`, to the deletion of what an earlier operator left and
/// no release has.
pub const DELETE_ORPHANS_ANNOTATION: &str = "clusterstack.x-k8s.io/delete-orphans";
/// Cluster API's annotation that pauses the reconciliation of an object.
pub const PAUSED_ANNOTATION: &str = "cluster.x-k8s.io/paused";
/// Cluster API's label by which operators divide the objects of a management cluster.
pub const WATCH_FILTER_LABEL: &str = "cluster.x-k8s.io/watch-filter";
/// Annotation kubectl keeps the last applied manifest in; never copied to other objects.
pub const LAST_APPLIED_ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
