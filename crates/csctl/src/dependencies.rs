//! Decides which charts of a stack lack others, and lays those into the sources when that is asked for.

use anyhow::{Result, ensure};
use cluster_stack::{CLUSTER_ADDON_CHART, CLUSTER_CLASS_CHART, Metadata, file, stage_chart};
use cso_source::Resolver;
use helm_engine::chart::not_ignored;
use helm_engine::{Chart, ChartFile};

use crate::build::filled;
use crate::tree::{Tree, below};

/// The charts of a stack by their folder. What cannot be read is left out: building the release says what is wrong.
fn charts(sources: &Tree, metadata: &Metadata) -> Vec<(String, Chart)> {
    let sources = &filled(metadata, sources);
    let mut folders = vec![CLUSTER_CLASS_CHART.to_owned()];
    if sources.contains_key(file::CLUSTER_ADDON) {
        let addon = below(sources, CLUSTER_ADDON_CHART);
        let stages = addon
            .keys()
            .filter_map(|path| path.strip_suffix("/Chart.yaml"));
        folders.extend(stages.filter(|stage| !stage.contains('/')).map(stage_chart));
    } else {
        folders.push(CLUSTER_ADDON_CHART.to_owned());
    }
    let load = |folder: String| {
        let files = below(sources, &folder);
        let files: Vec<ChartFile> = files
            .iter()
            .map(|(path, bytes)| ChartFile::new(path.as_str(), bytes))
            .collect();
        let chart = Chart::from_files(not_ignored(&files).ok()?).ok()?;
        Some((folder, chart))
    };
    folders.into_iter().filter_map(load).collect()
}

/// Chart and dependency, for every dependency that is declared and not in `charts/`.
pub(crate) fn missing(sources: &Tree, metadata: &Metadata) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    for (folder, chart) in charts(sources, metadata) {
        let names = chart.missing_dependencies();
        missing.extend(
            names
                .into_iter()
                .map(|name| (folder.clone(), name.to_owned())),
        );
    }
    missing
}

/// Fetches what is missing, as the operator would, and puts it into the `charts/` of its chart.
///
/// # Errors
/// A chart cannot be had, or lacks others itself.
pub(crate) async fn vendor(
    sources: &mut Tree,
    metadata: &Metadata,
    resolver: &Resolver,
) -> Result<Vec<String>> {
    let charts = charts(sources, metadata);
    let fetched = resolver.resolve(charts.clone(), &[]).await?;
    let mut added = Vec::new();
    for one in fetched.list() {
        let path = format!("{}/charts/{}-{}.tgz", one.chart, one.name, one.version);
        ensure!(
            charts.iter().any(|(folder, _)| *folder == one.chart),
            "{}: the fetched chart lacks {} itself: vendor it by hand with that chart in it",
            one.chart,
            one.name
        );
        sources.insert(path.clone(), fetched.archives()[&one.digest].to_vec());
        added.push(format!("{path} from {} ({})", one.repository, one.digest));
    }
    Ok(added)
}
