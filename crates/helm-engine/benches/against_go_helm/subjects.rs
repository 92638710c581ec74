//! Which charts are measured, with which values: charts cluster stacks install, from the corpus beside the project.

use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Result;

/// A chart with two files of values.
pub(super) struct Subject {
    pub(super) name: String,
    /// A `.tgz`.
    pub(super) archive: PathBuf,
    pub(super) values: PathBuf,
    /// The values of the second render.
    pub(super) other: PathBuf,
}

/// The charts: how their names begin, and the cases of the corpus whose values are used.
const CHARTS: [(&str, &str, &str); 3] = [
    ("cilium-", "scs", "no-certs"),
    ("metrics-server-", "ci-ci", "mut-fill"),
    ("openstack-cinder-csi-", "full", "mut-invert"),
];

/// Everything that is measured. Charts that are folders are packed into the cache.
pub(super) fn find(cache: &Path) -> Result<Vec<Subject>> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let corpus = shared.join("corpus/helm");
    if !corpus.is_dir() {
        return Err(format!(
            "the charts to measure are read from {}, which is missing",
            corpus.display()
        )
        .into());
    }
    let mut subjects = Vec::new();
    for (prefix, values, other) in CHARTS {
        let (chart, path) = newest(&corpus.join("charts"), prefix)?;
        let case = |name: &str| corpus.join(format!("cases/{chart}/{name}/values.yaml"));
        subjects.push(Subject {
            archive: packed(&path, &chart, cache)?,
            values: case(values),
            other: case(other),
            name: format!("{chart} {values}"),
        });
    }
    let name = "scs2 cluster-class";
    let path = shared.join("stacks/sources/main/openstack/scs2/cluster-class");
    let case = |case: &str| corpus.join(format!("cases/{case}/values.yaml"));
    subjects.push(Subject {
        archive: packed(&path, "scs2-cluster-class", cache)?,
        values: case("scs-openstack-scs2-cluster-class/default"),
        other: case("scs-v1beta2-openstack-scs2-cluster-class/variables"),
        name: name.to_owned(),
    });
    Ok(subjects)
}

/// The chart with the highest version among those whose names begin so: its name and where it is.
fn newest(charts: &Path, prefix: &str) -> Result<(String, PathBuf)> {
    let mut found: Option<(Vec<u64>, String, PathBuf)> = None;
    for entry in std::fs::read_dir(charts)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let name = file.strip_suffix(".tgz").unwrap_or(&file).to_owned();
        let Some(version) = name.strip_prefix(prefix) else {
            continue;
        };
        let numbers: Vec<u64> = version
            .split(['.', '-'])
            .filter_map(|part| part.parse().ok())
            .collect();
        if found
            .as_ref()
            .is_none_or(|(highest, ..)| numbers > *highest)
        {
            found = Some((numbers, name, path));
        }
    }
    let (_, name, path) =
        found.ok_or_else(|| format!("there is no chart {prefix}… in {}", charts.display()))?;
    Ok((name, path))
}

fn packed(path: &Path, name: &str, cache: &Path) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let archive = cache.join(format!("{name}.tgz"));
    let file = std::fs::File::create(&archive)?;
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    tar.append_dir_all(name, path)?;
    tar.into_inner()?.finish()?;
    Ok(archive)
}
