//! The subset of Cluster API we read, in whatever shape the management cluster serves it.

mod cluster;

pub use cluster::{ClassReference, ClusterView};

/// API group of Cluster and `ClusterClass`.
pub const CLUSTER_GROUP: &str = "cluster.x-k8s.io";
