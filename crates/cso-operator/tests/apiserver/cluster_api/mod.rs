//! Clusters that a real Cluster API reconciles: its topology controller, its control plane, its runtime hooks. Their
//! machines are in memory, their API server is a real one.

mod chained;
mod real_charts;
mod replica;
mod site;
mod stacks;
mod stages_change;
mod ungated;
mod upgrade;
