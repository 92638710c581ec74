//! Decides what charts are told about a workload cluster: its version, and the versions and kinds it serves, as Helm
//! learns them from a cluster.

use std::borrow::Cow;
use std::collections::BTreeSet;

use helm_engine::{Capabilities, KubeVersion};

use crate::discovery::Catalogue;

/// The capabilities of a cluster of this version that serves these kinds. `None` = it has no version that can be read.
pub(super) fn capabilities(version: &str, catalogue: &Catalogue) -> Option<Capabilities> {
    let mut served = BTreeSet::new();
    for (group, version, kind) in catalogue.keys() {
        let group_version = if group.is_empty() {
            version.clone()
        } else {
            format!("{group}/{version}")
        };
        served.insert(format!("{group_version}/{kind}"));
        served.insert(group_version);
    }
    Some(Capabilities {
        kube_version: KubeVersion::parse(version).ok()?,
        api_versions: served.into_iter().map(Cow::Owned).collect(),
        ..Capabilities::default()
    })
}

#[cfg(test)]
mod tests {
    use kube::core::ApiResource;

    use super::*;
    use crate::discovery::Served;

    #[test]
    fn versions_and_kinds_are_told_as_helm_names_them() {
        let served = |group: &str, version: &str, kind: &str| {
            let gvk = kube::core::GroupVersionKind::gvk(group, version, kind);
            let key = (group.to_owned(), version.to_owned(), kind.to_owned());
            let resource = ApiResource::from_gvk(&gvk);
            (
                key,
                Served {
                    resource,
                    namespaced: true,
                },
            )
        };
        let catalogue = [
            served("", "v1", "Pod"),
            served("apps", "v1", "Deployment"),
            served("apps", "v1", "DaemonSet"),
        ];
        let found = capabilities("v1.33.4+k3s1", &catalogue.into_iter().collect()).unwrap();
        assert_eq!(found.kube_version.version, "v1.33.4");
        assert_eq!(
            found.api_versions,
            [
                "apps/v1",
                "apps/v1/DaemonSet",
                "apps/v1/Deployment",
                "v1",
                "v1/Pod"
            ]
        );
        assert_eq!(capabilities("nonsense", &Catalogue::new()), None);
    }
}
