//! Decides what each file of a chart is: metadata, values, schema, template, subchart or just a file.

use std::collections::BTreeMap;

use gotemplate::Str;

use super::archive::{self, ArchiveError, ArchiveLimits};
use super::metadata::Nulls;
use super::{Chart, Compiled, Lock, Metadata, ValidationError};

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// The path relative to the chart, separated by `/`.
    pub name: String,
    /// The content.
    pub data: Str,
}

impl ChartFile {
    /// A file; a byte order mark at its start is removed, as Helm does.
    pub fn new(name: impl Into<String>, data: &[u8]) -> Self {
        let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
        Self {
            name: name.into(),
            data: Str::from(data),
        }
    }
}

/// Files that are no chart. The texts, joined with their sources by `: `, are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    NoChartYaml,
    /// `Chart.yaml`, `values.yaml` or another file of the format is not what it must be.
    #[error("cannot load {file}")]
    File {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        #[source]
        source: goyaml::Error,
    },
    /// `Chart.yaml` says something Helm refuses.
    #[error(transparent)]
    Validation(ValidationError),
    /// The archive is broken, hostile or too large.
    #[error(transparent)]
    Archive(ArchiveError),
    /// A `.tgz` in `charts/` lies in a folder that is called like an archive.
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    NotAnArchive {
        /// The chart.
        chart: String,
        /// The name of the archive.
        expected: String,
        /// The file found.
        found: String,
    },
    /// A subchart cannot be loaded.
    #[error("error unpacking subchart {subchart} in {chart}")]
    Subchart {
        /// The file or folder in `charts/`.
        subchart: String,
        /// The chart.
        chart: String,
        /// Why.
        #[source]
        source: Box<LoadError>,
    },
    /// Charts in charts in charts …
    #[error("subcharts are nested deeper than {limit} levels")]
    TooDeep {
        /// How many levels are allowed.
        limit: usize,
    },
}

pub(super) fn load_archive(bytes: &[u8], limits: &ArchiveLimits) -> Result<Chart, LoadError> {
    Unpacking::new(limits).archive(bytes, 0)
}

pub(super) fn load_files(
    files: Vec<ChartFile>,
    limits: &ArchiveLimits,
) -> Result<Chart, LoadError> {
    Unpacking::new(limits).files(files, 0)
}

/// What a chart and its subcharts may unpack to, all together.
struct Unpacking<'l> {
    limits: &'l ArchiveLimits,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<'l> Unpacking<'l> {
    fn new(limits: &'l ArchiveLimits) -> Self {
        Self {
            limits,
            left: limits.total_bytes,
        }
    }

    fn archive(&mut self, bytes: &[u8], depth: usize) -> Result<Chart, LoadError> {
        let files = archive::files_within(bytes, self.limits, &mut self.left);
        self.files(files.map_err(LoadError::Archive)?, depth)
    }

    fn files(&mut self, files: Vec<ChartFile>, depth: usize) -> Result<Chart, LoadError> {
        let limit = self.limits.depth;
        if depth > limit {
            return Err(LoadError::TooDeep { limit });
        }
        Loading::of(files)?.finish(self, depth)
    }
}

#[derive(Default)]
struct Loading {
    metadata: Metadata,
    has_chart_yaml: bool,
    nulls: Nulls,
    lock: Option<Lock>,
    values: Option<BTreeMap<Str, gotemplate::Data>>,
    schema: Option<Str>,
    templates: Vec<ChartFile>,
    files: Vec<ChartFile>,
    /// The files of `charts/` by the first part of their path, which is still in their names.
    subcharts: BTreeMap<String, Vec<ChartFile>>,
    warnings: Vec<String>,
}

impl Loading {
    fn of(files: Vec<ChartFile>) -> Result<Self, LoadError> {
        let mut loading = Self::default();
        for file in files.iter().filter(|f| f.name == "Chart.yaml") {
            loading.fill_metadata("Chart.yaml", file)?;
        }
        if loading.has_chart_yaml && loading.metadata.api_version.is_empty() {
            loading.metadata.api_version = "v1".into();
        }
        for file in files {
            loading.add(file)?;
        }
        Ok(loading)
    }

    fn fill_metadata(&mut self, file: &'static str, content: &ChartFile) -> Result<(), LoadError> {
        let wrap = |source| LoadError::File { file, source };
        let document = goyaml::from_slice_with_integers(content.data.as_bytes()).map_err(wrap)?;
        self.nulls = self.nulls.or(self.metadata.fill(&document).map_err(wrap)?);
        self.has_chart_yaml = true;
        Ok(())
    }

    fn add(&mut self, file: ChartFile) -> Result<(), LoadError> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => self.lock = Some(lock("Chart.lock", &file)?),
            "values.yaml" => {
                let wrap = |source| LoadError::File {
                    file: "values.yaml",
                    source,
                };
                let values =
                    goyaml::map_from_slice(file.data.as_bytes(), "map[string]interface {}")
                        .map_err(wrap)?;
                self.values = Some(values);
            }
            "values.schema.json" => self.schema = Some(file.data),
            "requirements.yaml" => {
                if self.metadata.api_version != "v1" {
                    self.warnings.push("load.go:120: Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.".into());
                }
                self.fill_metadata("requirements.yaml", &file)?;
                self.keep_of_version_1(file);
            }
            "requirements.lock" => {
                self.lock = Some(lock("requirements.lock", &file)?);
                self.has_chart_yaml = true;
                if self.metadata.api_version != "v1" {
                    self.warnings.push("load.go:138: Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.".into());
                }
                self.keep_of_version_1(file);
            }
            name if name.starts_with("templates/") => self.templates.push(file),
            name => match name.strip_prefix("charts/") {
                Some(inner)
                    if std::path::Path::new(inner)
                        .extension()
                        .is_none_or(|e| e != "prov") =>
                {
                    let subchart = inner.split('/').next().unwrap_or(inner).to_owned();
                    let inner = ChartFile {
                        name: inner.to_owned(),
                        data: file.data,
                    };
                    self.subcharts.entry(subchart).or_default().push(inner);
                }
                _ => self.files.push(file),
            },
        }
        Ok(())
    }

    fn keep_of_version_1(&mut self, file: ChartFile) {
        if self.metadata.api_version == "v1" {
            self.files.push(file);
        }
    }

    fn finish(mut self, unpacking: &mut Unpacking<'_>, depth: usize) -> Result<Chart, LoadError> {
        if !self.has_chart_yaml {
            return Err(LoadError::NoChartYaml);
        }
        self.metadata
            .validate(self.nulls, sprig::is_version)
            .map_err(LoadError::Validation)?;
        let mut dependencies = Vec::new();
        for (name, files) in std::mem::take(&mut self.subcharts) {
            if name.starts_with(['_', '.']) {
                continue;
            }
            dependencies.push(self.subchart(&name, files, unpacking, depth + 1)?);
        }
        Ok(Chart {
            metadata: self.metadata,
            lock: self.lock,
            values: self.values,
            schema: self.schema,
            templates: self.templates,
            files: self.files,
            dependencies,
            warnings: self.warnings,
            compiled: Compiled::default(),
        })
    }

    fn subchart(
        &self,
        name: &str,
        files: Vec<ChartFile>,
        unpacking: &mut Unpacking<'_>,
        depth: usize,
    ) -> Result<Chart, LoadError> {
        let loaded = if let Some(stem) = name.strip_suffix(".tgz") {
            let archive = &files[0];
            if archive.name != name {
                return Err(LoadError::NotAnArchive {
                    chart: self.metadata.name.clone(),
                    expected: name.to_owned(),
                    found: format!("{stem}.tgz{}", &archive.name[name.len()..]),
                });
            }
            unpacking.archive(archive.data.as_bytes(), depth)
        } else {
            let inner = files.into_iter().filter_map(|file| {
                let (_, rest) = file.name.split_once('/')?;
                Some(ChartFile {
                    name: rest.to_owned(),
                    data: file.data,
                })
            });
            unpacking.files(inner.collect(), depth)
        };
        loaded.map_err(|source| LoadError::Subchart {
            subchart: name.to_owned(),
            chart: self.metadata.name.clone(),
            source: Box::new(source),
        })
    }
}

/// Helm refuses a lock file that is no object.
fn lock(file: &'static str, content: &ChartFile) -> Result<Lock, LoadError> {
    let wrap = |source| LoadError::File { file, source };
    goyaml::map_from_slice(content.data.as_bytes(), "chart.Lock")
        .map_err(wrap)
        .map(|document| Lock::read(file, &document))
}
