//! The Cluster Stack Operator.
