//! Decides what `csctl template` renders: chart, values and capabilities from the flags.

mod folder;
mod output;
mod values;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use helm_engine::{
    Ambient, Capabilities, Chart, KubeVersion, Limits, LoadError, Release, RenderError,
    RenderInput, Timestamp,
};

use crate::args::Template;

pub(super) fn run(args: &Template) -> Result<()> {
    let capabilities = capabilities(args)?;
    let values = values::merged(args)?;
    let chart = load(&args.chart)?;
    if chart.metadata.deprecated {
        super::warn("this chart is deprecated");
    }
    let now = Timestamp::now();
    let input = RenderInput {
        release: Release {
            name: args.name.clone(),
            namespace: args.namespace.clone(),
            revision: 1,
            is_upgrade: args.is_upgrade,
        },
        values,
        capabilities,
        ambient: Ambient::new(now).context("the operating system has no randomness to give")?,
        limits: Limits::default(),
    };
    let rendered = helm_engine::render(&chart, input).map_err(|error| explain(&error))?;
    for warning in &rendered.warnings {
        super::warn(warning);
    }
    let text = output::text(&rendered, args)?;
    super::print(&text)
}

fn capabilities(args: &Template) -> Result<Capabilities> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = &args.kube_version {
        capabilities.kube_version = KubeVersion::parse(version)
            .map_err(|error| anyhow!("invalid kube version '{version}': {error}"))?;
    }
    capabilities
        .api_versions
        .extend(args.api_versions.iter().cloned());
    Ok(capabilities)
}

fn load(path: &Path) -> Result<Chart> {
    let metadata = std::fs::metadata(path)
        .with_context(|| format!("failed to read chart {}", path.display()))?;
    let loaded = if metadata.is_dir() {
        Chart::from_files(folder::read(path)?)
    } else {
        let archive = std::fs::read(path)
            .with_context(|| format!("failed to read chart {}", path.display()))?;
        Chart::from_archive(&archive)
    };
    loaded.map_err(|error: LoadError| anyhow!(helm_engine::chain(&error)))
}

/// Helm's text, which says how to see more when it is about what was rendered.
fn explain(error: &RenderError) -> anyhow::Error {
    let hint = if error.is_in_rendering() {
        "\n\nUse --debug flag to render out invalid YAML"
    } else {
        ""
    };
    anyhow!("{}{hint}", error.text())
}
