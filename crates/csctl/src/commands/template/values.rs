//! Decides the user's values: files in their order, then the flags, each kind over the one before.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, anyhow, bail};
use helm_engine::values::{Setting, merge_maps, parse_values, set};
use helm_engine::{Data, Str};

use super::file;
use crate::args::Values;

type Table = BTreeMap<Str, Data>;

/// The values of all flags, later ones over earlier ones.
pub(super) fn merged(given: &Values) -> Result<Table> {
    let mut values = Table::new();
    for name in &given.files {
        let parsed = parse_values(&read(name)?)
            .map_err(|error| anyhow!("failed to parse {name}: {error}"))?;
        merge_maps(&mut values, parsed);
    }
    for line in &given.set_json {
        set(&mut values, line, Setting::Json)
            .with_context(|| format!("failed parsing --set-json data {line}"))?;
    }
    let plain = [
        (&given.set, "--set", false),
        (&given.set_string, "--set-string", true),
    ];
    for (lines, flag, is_text) in plain {
        for line in lines {
            let setting = if is_text {
                Setting::Text
            } else {
                Setting::Typed
            };
            set(&mut values, line, setting)
                .with_context(|| format!("failed parsing {flag} data"))?;
        }
    }
    for line in &given.set_file {
        let mut content = |name: &str| {
            let bytes = read(name).map_err(|error| format!("{error:#}"))?;
            Ok(Str::from(bytes))
        };
        set(&mut values, line, Setting::File(&mut content))
            .context("failed parsing --set-file data")?;
    }
    for line in &given.set_literal {
        set(&mut values, line, Setting::Literal).context("failed parsing --set-literal data")?;
    }
    Ok(values)
}

/// A file; `-` is standard input.
fn read(name: &str) -> Result<Vec<u8>> {
    if name.trim() == "-" {
        return file::standard_input();
    }
    if let Some((scheme @ ("http" | "https" | "oci"), _)) = name.split_once("://") {
        bail!(
            "{name}: values are not fetched over {scheme}; download the file and give its path, or pipe it to `-f -`"
        );
    }
    file::read(std::path::Path::new(name))
}
