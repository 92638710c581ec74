//! Decides which version of each foreign program is tested against: the lines of `kind/versions.env`.

const PINS: &str = include_str!("../../../kind/versions.env");

/// Kubernetes, with the leading `v`.
pub fn kubernetes() -> &'static str {
    pin("KUBERNETES_VERSION")
}

/// etcd, with the leading `v`.
pub fn etcd() -> &'static str {
    pin("ETCD_VERSION")
}

/// The CNCF distribution registry, with the leading `v`.
pub fn registry() -> &'static str {
    pin("REGISTRY_VERSION")
}

/// Cluster API, with the leading `v`.
pub fn cluster_api() -> &'static str {
    pin("CLUSTER_API_VERSION")
}

fn pin(name: &str) -> &'static str {
    PINS.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        .map_or_else(|| panic!("kind/versions.env has no {name}"), str::trim)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pin_is_a_version_with_a_leading_v() {
        for pin in [
            super::kubernetes(),
            super::etcd(),
            super::registry(),
            super::cluster_api(),
        ] {
            assert!(pin.starts_with('v') && pin.split('.').count() == 3, "{pin}");
        }
    }
}
