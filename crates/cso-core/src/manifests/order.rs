//! In what order objects are applied: CRDs, Namespaces, everything else in Helm's install order, the `ClusterClass` last.

use helm_engine::manifest::INSTALL_ORDER;

use super::Kind;

const UNKNOWN: usize = INSTALL_ORDER.len();

/// Place of a kind in Helm's install order; kinds Helm does not list come after all it lists, except `APIService`.
pub fn install_rank(kind: &Kind) -> usize {
    match kind.kind.as_str() {
        "APIService" => UNKNOWN + 1,
        name => INSTALL_ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(UNKNOWN),
    }
}

/// The wave an object of this kind is applied in; a wave starts when the one before is applied without failure.
///
/// Cluster API backs off for minutes when a `ClusterClass` refers to a template that does not exist: it comes last.
pub fn wave_of(kind: &Kind) -> usize {
    if kind.is_crd() {
        0
    } else if kind.kind == "Namespace" && kind.group.is_empty() {
        1
    } else if kind.kind == "ClusterClass" && kind.group == cso_api::capi::CLUSTER_GROUP {
        UNKNOWN + 4
    } else {
        2 + install_rank(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_come_first_and_the_class_last() {
        let mut kinds = [
            Kind::new("cluster.x-k8s.io", "ClusterClass"),
            Kind::new("apps", "Deployment"),
            Kind::new("infrastructure.cluster.x-k8s.io", "DockerClusterTemplate"),
            Kind::new("", "Namespace"),
            Kind::new("apiregistration.k8s.io", "APIService"),
            Kind::new("", "Secret"),
            Kind::new("apiextensions.k8s.io", "CustomResourceDefinition"),
        ];
        kinds.sort_by_key(wave_of);
        let names: Vec<&str> = kinds.iter().map(|kind| kind.kind.as_str()).collect();
        assert_eq!(
            names,
            [
                "CustomResourceDefinition",
                "Namespace",
                "Secret",
                "Deployment",
                "DockerClusterTemplate",
                "APIService",
                "ClusterClass"
            ]
        );
    }
}
