//! Decides which charts of a release are rendered one day, and so need their dependencies.

use cluster_stack::{AddonLayout, Bundle, CLUSTER_ADDON_CHART, CLUSTER_CLASS_CHART, stage_chart};
use helm_engine::chart::{ArchiveLimits, folders_from_archive, not_ignored};
use helm_engine::{Chart, ChartFile};

/// The cluster-class chart and the add-on charts by name. What cannot be read is left out: who renders it says what is
/// wrong with it.
pub(super) fn of_release(bundle: &Bundle) -> Vec<(String, Chart)> {
    let mut charts = Vec::new();
    if let Ok(class) = Chart::from_archive(bundle.cluster_class()) {
        charts.push((CLUSTER_CLASS_CHART.to_owned(), class));
    }
    match bundle.addon() {
        AddonLayout::SingleChart { .. } => {
            let chart = Chart::from_archive(bundle.cluster_addon()).ok();
            charts.extend(chart.map(|chart| (CLUSTER_ADDON_CHART.to_owned(), chart)));
        }
        AddonLayout::Stages(config) => {
            let limits = ArchiveLimits::default();
            let folders = folders_from_archive(bundle.cluster_addon(), &limits);
            let folders = folders.unwrap_or_default();
            let applied = config.applied();
            let stages = folders
                .iter()
                .filter(|(stage, _)| applied.contains(stage.as_str()));
            charts.extend(
                stages.filter_map(|(stage, files)| Some((stage_chart(stage), of_folder(files)?))),
            );
        }
    }
    charts
}

fn of_folder(files: &[ChartFile]) -> Option<Chart> {
    Chart::from_files(not_ignored(files).ok()?).ok()
}
