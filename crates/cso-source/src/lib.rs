//! Where releases come from: OCI registries, GitHub, local folders.
