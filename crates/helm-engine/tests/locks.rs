//! Decides that lock files which Helm wrote are found to belong to their charts, and others are not.
//!
//! The charts lie beside the workspace, in `../shared/corpus/helm`.
#![allow(
    clippy::disallowed_methods,
    reason = "the charts are read from a folder"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use helm_engine::{Chart, ChartFile};

/// Whether the lock of a chart is in sync.
fn is_in_sync(folder: &Path) -> bool {
    let files = [
        "Chart.yaml",
        "Chart.lock",
        "requirements.yaml",
        "requirements.lock",
    ];
    let files = files.into_iter().filter_map(|name| {
        let bytes = std::fs::read(folder.join(name)).ok()?;
        Some(ChartFile::new(name, &bytes))
    });
    let chart = Chart::from_files(files.collect()).unwrap();
    chart.lock.as_ref().unwrap().is_in_sync(&chart.metadata)
}

#[test]
fn locks_of_helm_3_and_of_helm_2_are_recognised() {
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/helm/charts");
    if !charts.exists() {
        assert!(
            std::env::var("CI").is_err(),
            "{} is missing",
            charts.display()
        );
        return;
    }
    for (name, fits) in [
        ("prometheus-29.27.0", true),
        ("scs-docker-scs-cni", true),
        ("scs-openstack-scs-ccm", true),
        ("scs-openstack-scs-csi", true),
        (
            "helm-chartutil-import-values-from-enabled-subchart/parent-chart",
            true,
        ),
        ("helm-cmd-issue-7233", true),
        ("helm-cmd-reqtest", false),
        ("helm-chartutil-dependent-chart-alias", false),
    ] {
        assert_eq!(is_in_sync(&charts.join(name)), fits, "{name}");
    }
}
