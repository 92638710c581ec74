//! Where the charts that were fetched for a release go in the charts that need them: into `charts/`, as if they had been shipped.

use std::sync::Arc;

use cluster_stack::{ChartDependency, Dependencies};
use helm_engine::ChartFile;
use helm_engine::chart::{ArchiveError, ArchiveLimits, files_from_archive};

/// The files to add to a chart, which goes by the name it has in [`ChartDependency::chart`].
///
/// # Errors
/// The archive of a fetched chart that needs others itself cannot be unpacked.
pub fn vendored(dependencies: &Dependencies, chart: &str) -> Result<Vec<ChartFile>, ArchiveError> {
    let mut files = Vec::new();
    for (one, archive) in dependencies.of(chart) {
        add(dependencies, one, archive, &mut files)?;
    }
    Ok(files)
}

/// A chart that needs nothing goes in as the archive it is; another one as a folder, so that what it needs can be laid into it.
fn add(
    dependencies: &Dependencies,
    one: &ChartDependency,
    archive: &Arc<[u8]>,
    files: &mut Vec<ChartFile>,
) -> Result<(), ArchiveError> {
    let folder = format!("charts/{}-{}", one.name, one.version);
    let inner = vendored(dependencies, &one.place())?;
    if inner.is_empty() {
        files.push(ChartFile::new(format!("{folder}.tgz"), archive));
        return Ok(());
    }
    let own = files_from_archive(archive, &ArchiveLimits::default())?;
    files.extend(own.into_iter().chain(inner).map(|file| ChartFile {
        name: format!("{folder}/{}", file.name),
        data: file.data,
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use cluster_stack::Digest;
    use helm_engine::Chart;

    use super::*;

    fn archive(name: &str, more: &str) -> Arc<[u8]> {
        let metadata = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n{more}");
        let mut header = tar::Header::new_gnu();
        header.set_size(metadata.len() as u64);
        header.set_mode(0o644);
        let path = format!("{name}/Chart.yaml");
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_data(&mut header, path, metadata.as_bytes())
            .unwrap();
        let tar = tar.into_inner().unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        gzip.finish().unwrap().into()
    }

    fn of(chart: &str, name: &str) -> ChartDependency {
        ChartDependency {
            chart: chart.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            repository: "https://charts.example.com".to_owned(),
            digest: Digest::of(b""),
        }
    }

    #[test]
    fn fetched_charts_lie_in_the_charts_that_need_them_however_deep() {
        let needs = |name: &str| {
            format!(
                "dependencies: [{{name: {name}, version: 1.0.0, repository: 'https://charts.example.com'}}]\n"
            )
        };
        let mut dependencies = Dependencies::default();
        dependencies.add(
            of("cluster-addon/cni", "outer"),
            archive("outer", &needs("inner")),
        );
        dependencies.add(
            of("cluster-addon/cni/outer-1.0.0", "inner"),
            archive("inner", ""),
        );
        let metadata = format!("apiVersion: v2\nname: cni\nversion: v1\n{}", needs("outer"));
        let mut files = vec![ChartFile::new("Chart.yaml", metadata.as_bytes())];
        files.extend(vendored(&dependencies, "cluster-addon/cni").unwrap());
        let chart = Chart::from_files(files).unwrap();
        assert!(chart.missing_dependencies().is_empty());
        let outer = &chart.dependencies[0];
        assert_eq!(
            (outer.name(), outer.dependencies[0].name()),
            ("outer", "inner")
        );
        assert!(
            vendored(&dependencies, "cluster-addon/csi")
                .unwrap()
                .is_empty()
        );
    }
}
