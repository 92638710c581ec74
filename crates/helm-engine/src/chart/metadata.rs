//! What `Chart.yaml` says, and when Helm refuses it.

use std::collections::BTreeMap;

use gotemplate::{Data, Str, Value};
use goyaml::Error;

use super::decode::{Fields, field_name, json_kind};
use crate::values::shown;

/// `Chart.yaml`. The names are the file's own.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the file format")]
pub struct Metadata {
    pub api_version: String,
    pub name: String,
    pub version: String,
    pub kube_version: String,
    pub description: String,
    /// `application` or `library`; empty means application.
    pub kind: String,
    pub keywords: Option<Vec<String>>,
    pub home: String,
    pub sources: Option<Vec<String>>,
    /// As declared, here or in `requirements.yaml`. `has_dependencies` tells an empty list from none.
    pub dependencies: Vec<Dependency>,
    /// Whether there is a list of dependencies at all.
    pub has_dependencies: bool,
    pub maintainers: Option<Vec<Maintainer>>,
    pub icon: String,
    pub app_version: String,
    pub deprecated: bool,
    pub annotations: Option<BTreeMap<String, String>>,
    pub condition: String,
    pub tags: String,
}

/// One of the people who maintain a chart.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the file format")]
pub struct Maintainer {
    pub name: String,
    pub email: String,
    pub url: String,
}

/// A declared dependency.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the file format")]
pub struct Dependency {
    pub name: String,
    /// A range of versions; empty = none given, which matches nothing, as in Helm.
    pub version: String,
    pub repository: String,
    /// Paths into the values, separated by commas; the first one that is a boolean decides.
    pub condition: String,
    pub tags: Option<Vec<String>>,
    pub enabled: bool,
    pub import_values: Option<Vec<ImportValue>>,
    /// `import-values` as written, which the digest of a lock file covers.
    pub(super) import_values_written: Vec<Data>,
    pub alias: String,
}

/// What a chart takes over from a subchart's values.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportValue {
    /// An entry of the subchart's `exports`, laid into the root of the chart's values.
    Export(String),
    /// A table of the subchart and the place it is laid to.
    Table {
        /// The path in the subchart's values.
        child: String,
        /// The path in the chart's values; `.` is the root.
        parent: String,
    },
    /// A table that was taken over. A chart whose subcharts are used twice comes to it a second time, and Helm does not
    /// take it over again.
    Done {
        /// The path in the subchart's values.
        child: String,
        /// The path in the chart's values.
        parent: String,
    },
    /// Something else, which Helm passes over.
    Other,
}

/// A `Chart.yaml` that Helm does not accept; the text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("validation: {0}")]
pub struct ValidationError(String);

impl Metadata {
    /// Lays a document over the metadata, as Go's decoder fills a struct that already has values.
    ///
    /// # Errors
    /// A field of the wrong type.
    pub(super) fn fill(&mut self, document: &Data) -> Result<Nulls, Error> {
        let mut nulls = Nulls::default();
        let entries = match document {
            Data::Map(entries) => entries,
            Data::Null => return Ok(nulls),
            other => {
                let kind = json_kind(other);
                return Err(Error::Shape(format!(
                    "json: cannot unmarshal {kind} into Go value of type chart.Metadata"
                )));
            }
        };
        for (key, value) in entries {
            self.fill_field(key, value, &mut nulls)?;
        }
        Ok(nulls)
    }

    fn fill_field(&mut self, key: &Str, value: &Data, nulls: &mut Nulls) -> Result<(), Error> {
        let at = Fields {
            struct_name: "Metadata",
            prefix: "",
        };
        match field_name(key).as_str() {
            "name" => at.string(&mut self.name, "name", value),
            "home" => at.string(&mut self.home, "home", value),
            "sources" => at.strings(&mut self.sources, "sources", value),
            "version" => at.string(&mut self.version, "version", value),
            "description" => at.string(&mut self.description, "description", value),
            "keywords" => at.strings(&mut self.keywords, "keywords", value),
            "maintainers" => self.fill_maintainers(value, nulls),
            "icon" => at.string(&mut self.icon, "icon", value),
            "apiversion" => at.string(&mut self.api_version, "apiVersion", value),
            "condition" => at.string(&mut self.condition, "condition", value),
            "tags" => at.string(&mut self.tags, "tags", value),
            "appversion" => at.string(&mut self.app_version, "appVersion", value),
            "deprecated" => at.boolean(&mut self.deprecated, "deprecated", value),
            "annotations" => at.string_map(&mut self.annotations, "annotations", value),
            "kubeversion" => at.string(&mut self.kube_version, "kubeVersion", value),
            "dependencies" => self.fill_dependencies(value, nulls),
            "type" => at.string(&mut self.kind, "type", value),
            _ => Ok(()),
        }
    }

    fn fill_maintainers(&mut self, value: &Data, nulls: &mut Nulls) -> Result<(), Error> {
        let outer = Fields {
            struct_name: "Metadata",
            prefix: "",
        };
        let Some(items) = outer.list("maintainers", value, "[]*chart.Maintainer")? else {
            return Ok(());
        };
        let at = Fields {
            struct_name: "Maintainer",
            prefix: "maintainers.",
        };
        let mut maintainers = Vec::with_capacity(items.len());
        for item in items {
            let mut maintainer = Maintainer::default();
            match item {
                Data::Null => nulls.maintainer = true,
                Data::Map(entries) => {
                    for (key, value) in entries {
                        match field_name(key).as_str() {
                            "name" => at.string(&mut maintainer.name, "name", value)?,
                            "email" => at.string(&mut maintainer.email, "email", value)?,
                            "url" => at.string(&mut maintainer.url, "url", value)?,
                            _ => {}
                        }
                    }
                }
                other => return Err(outer.mismatch(other, "maintainers", "chart.Maintainer")),
            }
            maintainers.push(maintainer);
        }
        self.maintainers = Some(maintainers);
        Ok(())
    }

    fn fill_dependencies(&mut self, value: &Data, nulls: &mut Nulls) -> Result<(), Error> {
        let outer = Fields {
            struct_name: "Metadata",
            prefix: "",
        };
        let Some(items) = outer.list("dependencies", value, "[]*chart.Dependency")? else {
            return Ok(());
        };
        self.has_dependencies = true;
        // Go fills what stands at the same place in a list: of one in Chart.yaml what requirements.yaml does not name stays.
        self.dependencies
            .resize_with(items.len(), Dependency::default);
        for (dependency, item) in self.dependencies.iter_mut().zip(items) {
            match item {
                Data::Null => {
                    nulls.dependency = true;
                    *dependency = Dependency::default();
                }
                Data::Map(entries) => {
                    entries
                        .iter()
                        .try_for_each(|(key, value)| dependency.fill_field(key, value))?;
                }
                other => return Err(outer.mismatch(other, "dependencies", "chart.Dependency")),
            }
        }
        Ok(())
    }

    /// Helm's checks, in Helm's order. Control characters are removed on the way.
    ///
    /// # Errors
    /// The first thing Helm refuses.
    pub(super) fn validate(
        &mut self,
        nulls: Nulls,
        is_valid_version: fn(&str) -> bool,
    ) -> Result<(), ValidationError> {
        let refuse = |text: String| Err(ValidationError(text));
        self.sanitize();
        if self.name.is_empty() {
            return refuse("chart.metadata.name is required".into());
        }
        if self.name == "." || self.name == ".." {
            return refuse(format!(
                "chart.metadata.name {:?} is not allowed",
                self.name
            ));
        }
        if self.name.contains('/') {
            return refuse(format!("chart.metadata.name {:?} is invalid", self.name));
        }
        if self.version.is_empty() {
            return refuse("chart.metadata.version is required".into());
        }
        if !is_valid_version(&self.version) {
            return refuse(format!(
                "chart.metadata.version {:?} is invalid",
                self.version
            ));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return refuse("chart.metadata.type must be application or library".into());
        }
        if nulls.maintainer {
            return refuse("maintainers must not contain empty or null nodes".into());
        }
        if nulls.dependency {
            return refuse("dependencies must not contain empty or null nodes".into());
        }
        let mut names = std::collections::BTreeSet::new();
        for dependency in &self.dependencies {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !dependency.alias.chars().all(allowed) {
                return refuse(format!(
                    "dependency {:?} has disallowed characters in the alias",
                    dependency.name
                ));
            }
            if !names.insert(dependency.key()) {
                return refuse(format!(
                    "more than one dependency with name or alias {:?}",
                    dependency.key()
                ));
            }
        }
        Ok(())
    }

    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        let lists = self
            .sources
            .iter_mut()
            .chain(self.keywords.iter_mut())
            .flatten();
        let people = self
            .maintainers
            .iter_mut()
            .flatten()
            .flat_map(|m| [&mut m.name, &mut m.email, &mut m.url]);
        let needed = self.dependencies.iter_mut().flat_map(|d| {
            let own = [
                &mut d.name,
                &mut d.version,
                &mut d.repository,
                &mut d.condition,
            ];
            own.into_iter().chain(d.tags.iter_mut().flatten())
        });
        texts
            .into_iter()
            .chain(lists)
            .chain(people)
            .chain(needed)
            .for_each(sanitize);
    }
}

impl Dependency {
    /// The name its values are found under: the alias, if there is one.
    pub fn key(&self) -> &str {
        if self.alias.is_empty() {
            &self.name
        } else {
            &self.alias
        }
    }

    fn fill_field(&mut self, key: &Str, value: &Data) -> Result<(), Error> {
        let at = Fields {
            struct_name: "Dependency",
            prefix: "dependencies.",
        };
        match field_name(key).as_str() {
            "name" => at.string(&mut self.name, "name", value),
            "version" => at.string(&mut self.version, "version", value),
            "repository" => at.string(&mut self.repository, "repository", value),
            "condition" => at.string(&mut self.condition, "condition", value),
            "tags" => at.strings(&mut self.tags, "tags", value),
            "enabled" => at.boolean(&mut self.enabled, "enabled", value),
            "import-values" => {
                let items = at.list("import-values", value, "[]interface {}")?;
                self.import_values_written = items.unwrap_or_default().to_vec();
                self.import_values =
                    items.map(|items| items.iter().map(ImportValue::from_data).collect());
                Ok(())
            }
            "alias" => at.string(&mut self.alias, "alias", value),
            _ => Ok(()),
        }
    }
}

impl ImportValue {
    fn from_data(data: &Data) -> Self {
        let text = |value: Option<&Data>| shown("%v", &value.map(Value::from).unwrap_or_default());
        match data {
            Data::Str(s) => Self::Export(s.to_str_lossy().into_owned()),
            Data::Map(entries) => Self::Table {
                child: text(entries.get(&b"child"[..])),
                parent: text(entries.get(&b"parent"[..])),
            },
            _ => Self::Other,
        }
    }
}

/// Which lists had an empty node: the validation refuses those, in its own order.
#[derive(Clone, Copy, Default)]
pub(super) struct Nulls {
    maintainer: bool,
    dependency: bool,
}

impl Nulls {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            maintainer: self.maintainer || other.maintainer,
            dependency: self.dependency || other.dependency,
        }
    }
}

/// Spaces of any kind become a space, what cannot be printed disappears.
fn sanitize(text: &mut String) {
    if text
        .chars()
        .any(|c| c.is_control() || (c.is_whitespace() && c != ' '))
    {
        let kept = text
            .chars()
            .filter(|c| c.is_whitespace() || !c.is_control());
        *text = kept
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .collect();
    }
}
