//! `config/crd/*.yaml` from the Rust types: one file per kind, named as controller-gen names them.

use std::path::Path;

use anyhow::{Context, Result};
use gotemplate::Value;

use super::Generated;

/// The CRD manifests.
pub(super) fn files() -> Result<Vec<Generated>> {
    cso_api::crds()
        .iter()
        .map(|crd| {
            let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
            let json = serde_json::to_vec(crd).context("failed to serialise a CRD")?;
            let data = goyaml::from_slice(&json).context("failed to read back a CRD")?;
            let yaml =
                goyaml::to_string(&Value::from(&data)).context("failed to write a CRD as YAML")?;
            let content =
                format!("# Generated from crates/cso-api by `make generate`; do not edit.\n{yaml}");
            Ok(Generated {
                path: Path::new("config/crd").join(name),
                content,
            })
        })
        .collect()
}
