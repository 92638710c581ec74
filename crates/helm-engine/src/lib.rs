//! Closed chart + values + capabilities in, manifests out: what helm template does.
