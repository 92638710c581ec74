//! Names the lifecycle hooks and says which of them hold a Cluster up.

use std::fmt;

use super::{API_VERSION, Catalogue};

/// A lifecycle hook, in the order in which a Cluster meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// Before the objects of a new Cluster are created.
    BeforeClusterCreate,
    /// The control plane can be reached for the first time.
    AfterControlPlaneInitialized,
    /// The topology's version changed; nothing was rolled out yet.
    BeforeClusterUpgrade,
    /// Before each version step of the control plane (Cluster API 1.12).
    BeforeControlPlaneUpgrade,
    /// After each version step of the control plane.
    AfterControlPlaneUpgrade,
    /// Before each version step of the workers (Cluster API 1.12).
    BeforeWorkersUpgrade,
    /// After each version step of the workers (Cluster API 1.12).
    AfterWorkersUpgrade,
    /// Everything has the new version; holds up the next upgrade since Cluster API 1.12.
    AfterClusterUpgrade,
    /// The Cluster is being deleted, its objects are still there.
    BeforeClusterDelete,
}

impl Hook {
    /// Every hook.
    pub const ALL: [Self; 9] = [
        Self::BeforeClusterCreate,
        Self::AfterControlPlaneInitialized,
        Self::BeforeClusterUpgrade,
        Self::BeforeControlPlaneUpgrade,
        Self::AfterControlPlaneUpgrade,
        Self::BeforeWorkersUpgrade,
        Self::AfterWorkersUpgrade,
        Self::AfterClusterUpgrade,
        Self::BeforeClusterDelete,
    ];

    /// Cluster API's name, which is also the key of its stages in `clusteraddon.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeClusterCreate => "BeforeClusterCreate",
            Self::AfterControlPlaneInitialized => "AfterControlPlaneInitialized",
            Self::BeforeClusterUpgrade => "BeforeClusterUpgrade",
            Self::BeforeControlPlaneUpgrade => "BeforeControlPlaneUpgrade",
            Self::AfterControlPlaneUpgrade => "AfterControlPlaneUpgrade",
            Self::BeforeWorkersUpgrade => "BeforeWorkersUpgrade",
            Self::AfterWorkersUpgrade => "AfterWorkersUpgrade",
            Self::AfterClusterUpgrade => "AfterClusterUpgrade",
            Self::BeforeClusterDelete => "BeforeClusterDelete",
        }
    }

    /// The hook of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// Name of our handler: a DNS label, spelt as upstream's.
    pub fn handler(self) -> &'static str {
        match self {
            Self::BeforeClusterCreate => "before-cluster-create",
            Self::AfterControlPlaneInitialized => "after-control-plane-initialized",
            Self::BeforeClusterUpgrade => "before-cluster-upgrade",
            Self::BeforeControlPlaneUpgrade => "before-control-plane-upgrade",
            Self::AfterControlPlaneUpgrade => "after-control-plane-upgrade",
            Self::BeforeWorkersUpgrade => "before-workers-upgrade",
            Self::AfterWorkersUpgrade => "after-workers-upgrade",
            Self::AfterClusterUpgrade => "after-cluster-upgrade",
            Self::BeforeClusterDelete => "before-cluster-delete",
        }
    }

    /// The path Cluster API posts to: group, version, the hook in lower case, the handler.
    pub fn path(self) -> String {
        let hook = self.name().to_lowercase();
        format!("/{API_VERSION}/{hook}/{}", self.handler())
    }

    /// Whether its answer may ask to be called again. Only `AfterControlPlaneInitialized` may not.
    pub fn may_wait(self) -> bool {
        self != Self::AfterControlPlaneInitialized
    }

    /// The first catalogue that has it.
    pub fn since(self) -> Catalogue {
        match self {
            Self::BeforeControlPlaneUpgrade
            | Self::BeforeWorkersUpgrade
            | Self::AfterWorkersUpgrade => Catalogue::Steps,
            Self::BeforeClusterCreate
            | Self::AfterControlPlaneInitialized
            | Self::BeforeClusterUpgrade
            | Self::AfterControlPlaneUpgrade
            | Self::AfterClusterUpgrade
            | Self::BeforeClusterDelete => Catalogue::Whole,
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_one_cluster_api_builds() {
        assert_eq!(
            Hook::BeforeClusterUpgrade.path(),
            "/hooks.runtime.cluster.x-k8s.io/v1alpha1/beforeclusterupgrade/before-cluster-upgrade"
        );
    }

    #[test]
    fn the_handler_is_the_name_in_kebab_case() {
        for hook in Hook::ALL {
            let mut kebab = String::new();
            for letter in hook.name().chars() {
                if letter.is_ascii_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.push(letter.to_ascii_lowercase());
            }
            assert_eq!(hook.handler(), kebab);
            assert!(kebab.len() <= 63, "a handler's name is a DNS label");
        }
    }

    #[test]
    fn a_hook_is_found_by_its_exact_name() {
        assert_eq!(
            Hook::named("AfterClusterUpgrade"),
            Some(Hook::AfterClusterUpgrade)
        );
        assert_eq!(Hook::named("afterclusterupgrade"), None);
    }
}
