//! Test bed and builders; for tests, the demo and benchmarks only.
