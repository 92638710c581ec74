//! What a chart is once it is loaded: metadata, values, templates, files and subcharts. Immutable and shareable.

mod archive;
mod compiled;
mod decode;
mod forward;
mod ignore;
mod load;
mod lock;
mod metadata;
mod path_match;

pub use archive::{ArchiveError, ArchiveLimits, files_from_archive, folders_from_archive};
pub use ignore::{IgnoreError, IgnoreRules, PathKind, not_ignored};
pub use load::{ChartFile, LoadError};
pub use lock::{Lock, Locked};
pub use metadata::{Dependency, ImportValue, Maintainer, Metadata, ValidationError};
pub use path_match::{PatternError, path_match};

use compiled::Compiled;
pub(crate) use decode::{Fields, json_kind};

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

/// A loaded chart with its subcharts, as Helm's `chart.Chart`. It never changes; a render works on its own copy of
/// what dependencies and values do to it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// `Chart.yaml`, with the dependencies of `requirements.yaml` for version 1 charts.
    pub metadata: Metadata,
    /// `Chart.lock`, or `requirements.lock` of version 1 charts.
    pub lock: Option<Lock>,
    /// `values.yaml`; `None` when the chart has none.
    pub values: Option<BTreeMap<Str, Data>>,
    /// `values.schema.json` as found.
    pub schema: Option<Str>,
    /// The files of `templates/`, in the order they were loaded.
    pub templates: Vec<ChartFile>,
    /// All other files, `crds/` among them.
    pub files: Vec<ChartFile>,
    /// The charts of `charts/`.
    pub dependencies: Vec<Chart>,
    /// What loading had to remark, in Helm's words.
    pub warnings: Vec<String>,
    pub(crate) compiled: Compiled,
}

impl Chart {
    /// Loads a chart from its files, their paths relative to the chart's folder and separated by `/`.
    ///
    /// # Errors
    /// Files that are no chart, with Helm's texts.
    pub fn from_files(files: Vec<ChartFile>) -> Result<Self, LoadError> {
        load::load_files(files, &ArchiveLimits::default())
    }

    /// Loads a chart from the bytes of a `.tgz`.
    ///
    /// # Errors
    /// As [`Chart::from_files`], and archives that are broken, hostile or beyond the limits.
    pub fn from_archive(archive: &[u8]) -> Result<Self, LoadError> {
        Self::from_archive_with(archive, &ArchiveLimits::default())
    }

    /// As [`Chart::from_archive`], with other limits than Helm's.
    ///
    /// # Errors
    /// As [`Chart::from_archive`].
    pub fn from_archive_with(archive: &[u8], limits: &ArchiveLimits) -> Result<Self, LoadError> {
        load::load_archive(archive, limits)
    }

    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The chart without its schema and those of its subcharts, for `--skip-schema-validation`.
    #[must_use]
    pub fn without_schemas(mut self) -> Self {
        self.schema = None;
        self.dependencies = self
            .dependencies
            .into_iter()
            .map(Self::without_schemas)
            .collect();
        self
    }

    /// The dependencies that are declared but not there: such a chart cannot be rendered.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        let present = |name: &str| self.dependencies.iter().any(|chart| chart.name() == name);
        let declared = self.metadata.dependencies.iter().map(|d| d.name.as_str());
        declared.filter(|name| !present(name)).collect()
    }

    /// The remarks of loading, this chart's and its subcharts'.
    pub fn all_warnings(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .dependencies
            .iter()
            .flat_map(Self::all_warnings)
            .collect();
        all.splice(0..0, self.warnings.iter().cloned());
        all
    }
}
