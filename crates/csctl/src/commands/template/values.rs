//! Decides the user's values: files in their order.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, anyhow};
use helm_engine::values::{merge_maps, parse_values};
use helm_engine::{Data, Str};

use crate::args::Template;

/// The values of all flags, later ones over earlier ones.
pub(super) fn merged(args: &Template) -> Result<BTreeMap<Str, Data>> {
    let mut values = BTreeMap::new();
    for file in &args.values {
        let bytes = std::fs::read(file)
            .with_context(|| format!("failed to read values file {}", file.display()))?;
        let parsed = parse_values(&bytes)
            .map_err(|error| anyhow!("failed to parse {}: {error}", file.display()))?;
        merge_maps(&mut values, parsed);
    }
    Ok(values)
}
