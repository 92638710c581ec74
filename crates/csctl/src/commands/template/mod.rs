//! Decides what `csctl template` renders: chart, values and capabilities from the flags.

mod explain;
mod file;
mod folder;
mod name;
mod output;
mod values;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use helm_engine::{
    Ambient, Capabilities, Chart, KubeVersion, Limits, LoadError, Release, RenderError,
    RenderInput, Timestamp,
};

use crate::args::Template;

pub(super) fn run(args: &Template) -> Result<()> {
    let capabilities = capabilities(args)?;
    let (name, path) = name::name_and_chart(args, ambient()?)?;
    let values = values::merged(&args.values)?;
    let mut chart = load(path)?;
    if args.skip_schema_validation {
        chart = chart.without_schemas();
    }
    if chart.metadata.deprecated {
        super::remark("WARNING: This chart is deprecated");
    }
    let input = RenderInput {
        release: Release {
            name: name.clone(),
            namespace: args.namespace.clone(),
            revision: 1,
            is_upgrade: args.is_upgrade,
        },
        values,
        capabilities,
        ambient: ambient()?,
        limits: Limits::default(),
    };
    let rendered = match helm_engine::render(&chart, input) {
        Ok(rendered) => rendered,
        Err(error) => {
            if args.debug {
                print_unread(&error)?;
            }
            bail!(explain::in_render(&error, args.debug));
        }
    };
    for warning in &rendered.warnings {
        super::remark(warning);
    }
    let written = output::put(&rendered, args, &name);
    // The process ends now, and its memory with it: piece by piece that would take a tenth of the time.
    std::mem::forget((chart, rendered));
    written
}

fn ambient() -> Result<Ambient> {
    Ambient::new(Timestamp::now()).context("the operating system has no randomness to give")
}

fn capabilities(args: &Template) -> Result<Capabilities> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = args.kube_version.as_ref().filter(|v| !v.is_empty()) {
        capabilities.kube_version = KubeVersion::parse(version)
            .map_err(|error| anyhow!("invalid kube version '{version}': {error}"))?;
    }
    capabilities
        .api_versions
        .extend(args.api_versions.iter().cloned().map(Cow::Owned));
    Ok(capabilities)
}

fn load(name: &str) -> Result<Chart> {
    let path = Path::new(name);
    let Ok(metadata) = std::fs::metadata(path) else {
        bail!(
            "path {name:?} not found: the chart must be a folder or .tgz here, nothing is fetched; get it with `helm pull` first"
        );
    };
    let loaded = if metadata.is_dir() {
        Chart::from_files(folder::read(path)?)
    } else {
        Chart::from_archive(&file::read(path)?)
    };
    loaded.map_err(|error: LoadError| anyhow!(helm_engine::chain(&error)))
}

/// What the templates rendered although it is no YAML.
fn print_unread(error: &RenderError) -> Result<()> {
    let RenderError::Manifest(error) = error else {
        return Ok(());
    };
    let mut text = String::new();
    for (path, content) in &error.output.files {
        if !content.trim().is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(text, "---\n# Source: {path}\n{content}\n");
        }
    }
    super::print(&text)
}
