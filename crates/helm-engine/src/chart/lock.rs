//! What a lock file pins, and whether it still belongs to the dependencies a chart declares: Helm's digest rule.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};
use goyaml::json::{Escaping, Layout, data_to_vec};
use sha2::{Digest as _, Sha256};

use super::{Dependency, Metadata};

/// `Chart.lock`, or `requirements.lock` of version 1 charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Name of the file.
    pub file: &'static str,
    /// Digest of the declared and the locked dependencies, `sha256:<hex>`.
    pub digest: String,
    /// One entry per declared dependency, in that order.
    pub dependencies: Vec<Locked>,
}

/// A locked dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// Name of the chart.
    pub name: String,
    /// The one version that is meant.
    pub version: String,
    /// Where it was found.
    pub repository: String,
}

impl Lock {
    /// Reads a lock file. What is not text counts as not there.
    pub(super) fn read(file: &'static str, document: &BTreeMap<Str, Data>) -> Self {
        let dependencies = match document.get(&b"dependencies"[..]) {
            Some(Data::List(items)) => items.iter().map(Locked::read).collect(),
            _ => Vec::new(),
        };
        Self {
            file,
            digest: text(document, "digest"),
            dependencies,
        }
    }

    /// Whether the lock was made for exactly these declarations, as Helm's `dependency build` checks it: by Helm 3's
    /// digest, for version 1 charts by Helm 2's as well.
    pub fn is_in_sync(&self, metadata: &Metadata) -> bool {
        let declared = &metadata.dependencies;
        let names = |(locked, declared): (&Locked, &Dependency)| locked.name == declared.name;
        let same_charts = self.dependencies.len() == declared.len()
            && self.dependencies.iter().zip(declared).all(names);
        let requirements: Vec<String> = declared.iter().map(declaration).collect();
        let requirements = requirements.join(",");
        let locked: Vec<String> = self.dependencies.iter().map(Locked::json).collect();
        let helm3 = || format!("[[{requirements}],[{}]]", locked.join(","));
        let helm2 = || format!("{{\"dependencies\":[{requirements}]}}");
        same_charts
            && (self.digest == digest(&helm3())
                || metadata.api_version == "v1" && self.digest == digest(&helm2()))
    }
}

impl Locked {
    fn read(item: &Data) -> Self {
        match item {
            Data::Map(entry) => Self {
                name: text(entry, "name"),
                version: text(entry, "version"),
                repository: text(entry, "repository"),
            },
            _ => Self::default(),
        }
    }

    fn json(&self) -> String {
        declaration(&Dependency {
            name: self.name.clone(),
            version: self.version.clone(),
            repository: self.repository.clone(),
            ..Dependency::default()
        })
    }
}

fn text(document: &BTreeMap<Str, Data>, key: &str) -> String {
    match document.get(key.as_bytes()) {
        Some(Data::Str(text)) => text.to_str_lossy().into_owned(),
        _ => String::new(),
    }
}

/// A declared dependency as Go's `json.Marshal` writes Helm's struct: fields in the order of the struct, empty ones
/// left out except name and repository.
fn declaration(dependency: &Dependency) -> String {
    let string = |text: &str| json(&Data::Str(Str::from(text)));
    let filled = |text: &String| (!text.is_empty()).then(|| string(text));
    let tags = dependency.tags.clone().unwrap_or_default();
    let tags: Vec<Data> = tags.into_iter().map(|t| Data::Str(Str::from(t))).collect();
    let imports = dependency.import_values_written.clone();
    let list = |items: Vec<Data>| (!items.is_empty()).then(|| json(&Data::List(items)));
    let fields = [
        ("name", Some(string(&dependency.name))),
        ("version", filled(&dependency.version)),
        ("repository", Some(string(&dependency.repository))),
        ("condition", filled(&dependency.condition)),
        ("tags", list(tags)),
        ("enabled", dependency.enabled.then(|| "true".to_owned())),
        ("import-values", list(imports)),
        ("alias", filled(&dependency.alias)),
    ];
    let fields: Vec<String> = fields
        .into_iter()
        .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// What Go cannot write makes an empty text, which is in no digest.
fn json(data: &Data) -> String {
    let bytes = data_to_vec(data, Escaping::Html, Layout::Compact).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digest(text: &str) -> String {
    format!("sha256:{:x}", Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::{Chart, ChartFile};

    /// A lock as Helm 3 wrote it for these declarations.
    const LOCK: &str = "dependencies:
- name: common
  repository: https://charts.example.com
  version: 1.4.2
digest: DIGEST
generated: \"2024-01-01T00:00:00Z\"
";

    fn chart(declared: &str, digest: &str) -> Chart {
        let metadata =
            format!("apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies:\n- {declared}\n");
        let lock = LOCK.replace("DIGEST", digest);
        Chart::from_files(vec![
            ChartFile::new("Chart.yaml", metadata.as_bytes()),
            ChartFile::new("Chart.lock", lock.as_bytes()),
        ])
        .unwrap()
    }

    fn is_in_sync(declared: &str, digest: &str) -> bool {
        let chart = chart(declared, digest);
        chart.lock.as_ref().unwrap().is_in_sync(&chart.metadata)
    }

    #[test]
    fn a_lock_fits_exactly_the_declarations_it_was_made_for() {
        let declared =
            "{name: common, version: '>=1.0 <2', repository: 'https://charts.example.com'}";
        let written = super::digest(
            r#"[[{"name":"common","version":"\u003e=1.0 \u003c2","repository":"https://charts.example.com"}],[{"name":"common","version":"1.4.2","repository":"https://charts.example.com"}]]"#,
        );
        assert!(is_in_sync(declared, &written));
        for other in [
            "{name: common, version: '>=1.1 <2', repository: 'https://charts.example.com'}",
            "{name: common, version: '>=1.0 <2', repository: 'https://charts.example.org'}",
            "{name: common, version: '>=1.0 <2', repository: 'https://charts.example.com', alias: c}",
            "{name: uncommon, version: '>=1.0 <2', repository: 'https://charts.example.com'}",
        ] {
            assert!(!is_in_sync(other, &written), "{other}");
        }
        assert!(!is_in_sync(declared, ""));
    }
}
