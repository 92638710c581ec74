//! Every decision of the Cluster Stack Operator, pure.
