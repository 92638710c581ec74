//! Decides who answers a request to a workload cluster, and on whose behalf it is asked there.

use axum::http::header::{HOST, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use x509_parser::prelude::{FromDer, X509Certificate};

/// What every manager of Cluster API has in its user agent.
const CLUSTER_API: &str = "cluster.x-k8s.io";

/// The servers behind a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The provider's server in memory: it has the machines' nodes and pods.
    Memory,
    /// kube-apiserver.
    Real,
}

/// Cluster API talks to its machines, everybody else to a real API server. Connections into a pod end in memory too: only
/// there is a pod, the etcd of the control plane.
pub(super) fn side(headers: &HeaderMap, path: &str) -> Side {
    let agent = headers
        .get(USER_AGENT)
        .map_or("".into(), |agent| String::from_utf8_lossy(agent.as_bytes()));
    if agent.contains(CLUSTER_API) || path.ends_with("/portforward") {
        Side::Memory
    } else {
        Side::Real
    }
}

/// The user and groups of a client certificate, as Kubernetes reads them: common name and organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    user: HeaderValue,
    groups: Vec<HeaderValue>,
}

impl Caller {
    /// `None` when the certificate names nobody.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let subject = certificate.subject();
        let user = subject.iter_common_name().next()?.as_str().ok()?;
        let groups = subject
            .iter_organization()
            .filter_map(|organization| HeaderValue::from_str(organization.as_str().ok()?).ok());
        Some(Self {
            user: HeaderValue::from_str(user).ok()?,
            groups: std::iter::once(HeaderValue::from_static("system:authenticated"))
                .chain(groups)
                .collect(),
        })
    }
}

/// Makes the headers fit for the server behind: its own host (the one in memory tells clusters apart by it), and the
/// caller in the words of an authenticating proxy. Nobody else may use these words.
pub(super) fn rewrite(headers: &mut HeaderMap, host: &HeaderValue, caller: Option<&Caller>) {
    let claims: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-remote-"))
        .cloned()
        .collect();
    for claim in claims {
        headers.remove(claim);
    }
    headers.insert(HOST, host.clone());
    if let Some(caller) = caller {
        headers.insert("x-remote-user", caller.user.clone());
        for group in &caller.groups {
            headers.append("x-remote-group", group.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name: axum::http::HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn only_cluster_api_and_connections_into_pods_go_to_memory() {
        let manager = headers(&[("user-agent", "manager/v1.14.0 cluster.x-k8s.io/abc")]);
        assert_eq!(side(&manager, "/api/v1/nodes"), Side::Memory);
        let operator = headers(&[("user-agent", "cluster-stack-operator/0.1.0")]);
        assert_eq!(side(&operator, "/api/v1/nodes"), Side::Real);
        let pod = "/api/v1/namespaces/kube-system/pods/etcd-a/portforward";
        assert_eq!(side(&HeaderMap::new(), pod), Side::Memory);
    }

    #[test]
    fn a_claim_of_the_client_never_reaches_the_server() {
        let caller = Caller {
            user: HeaderValue::from_static("jane"),
            groups: vec![HeaderValue::from_static("team")],
        };
        let mut headers = headers(&[
            ("host", "front:1"),
            ("x-remote-group", "system:masters"),
            ("x-remote-extra-a", "b"),
        ]);
        rewrite(
            &mut headers,
            &HeaderValue::from_static("real:2"),
            Some(&caller),
        );
        assert_eq!(headers["host"], "real:2");
        assert_eq!(headers["x-remote-user"], "jane");
        let groups: Vec<_> = headers.get_all("x-remote-group").iter().collect();
        assert_eq!(groups, ["team"]);
        assert!(!headers.contains_key("x-remote-extra-a"));
    }
}
