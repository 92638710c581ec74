//! Decides the bytes of an archive: the same files always give the same archive.

use anyhow::{Context as _, Result, ensure};
use flate2::{Compression, GzBuilder};
use serde::Deserialize;

use crate::helmignore::Ignore;
use crate::tree::Tree;

/// Packs a tree: entries by path, no times, no owners, one mode.
pub(crate) fn pack(tree: &Tree) -> Result<Vec<u8>> {
    let gzip = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for (path, bytes) in tree {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        header.set_mtime(0);
        tar.append_data(&mut header, path, bytes.as_slice())
            .with_context(|| format!("failed to pack {path}"))?;
    }
    let gzip = tar.into_inner().context("failed to finish the archive")?;
    gzip.finish().context("failed to finish the archive")
}

#[derive(Deserialize)]
struct Chart {
    name: String,
}

/// Packs a chart as Helm does: below a folder of its name, without what `.helmignore` names, with the given version.
pub(crate) fn pack_chart(chart: &Tree, name: &str, version: &str) -> Result<Vec<u8>> {
    let metadata = chart
        .get("Chart.yaml")
        .with_context(|| format!("chart {name} has no Chart.yaml"))?;
    let found: Chart = serde_saphyr::from_slice(metadata)
        .with_context(|| format!("Chart.yaml of {name} cannot be read"))?;
    ensure!(
        found.name == name,
        "Chart.yaml has the name \"{}\", but csctl.yaml asks for \"{name}\": make them agree",
        found.name
    );
    let ignore = Ignore::parse(
        &chart
            .get(".helmignore")
            .map(|bytes| String::from_utf8_lossy(bytes))
            .unwrap_or_default(),
    );
    let mut packed: Tree = chart
        .iter()
        .filter(|(path, _)| !ignore.excludes(path))
        .map(|(path, bytes)| (format!("{name}/{path}"), bytes.clone()))
        .collect();
    packed.insert(
        format!("{name}/Chart.yaml"),
        with_version(metadata, version)?,
    );
    pack(&packed)
}

/// The file with its top-level `version` replaced, verbatim: stacks use versions that are no Semantic Versioning.
fn with_version(metadata: &[u8], version: &str) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(metadata).context("Chart.yaml is not UTF-8")?;
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with("version:"))
        .map(str::to_owned)
        .collect();
    lines.push(format!("version: {version}\n"));
    Ok(lines.join("\n").into_bytes())
}
