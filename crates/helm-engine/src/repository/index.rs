//! What the `index.yaml` of a chart repository offers.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

/// The charts of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index(BTreeMap<String, Vec<Offer>>);

/// A chart in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The version.
    pub version: String,
    /// Where the archive lies: absolute, or relative to the repository. Not empty.
    pub urls: Vec<String>,
    /// SHA-256 of the archive in hexadecimal digits, if the index has it.
    pub digest: Option<String>,
}

/// Bytes that are no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// No YAML.
    #[error("the index of the repository is no YAML")]
    Read(#[source] goyaml::Error),
    /// YAML, and no index: Helm asks for `apiVersion`.
    #[error("the index of the repository has no apiVersion: it is no index.yaml of charts")]
    NoApiVersion,
}

impl Index {
    /// Reads an `index.yaml`. Entries that cannot be used are passed over: one bad chart does not spoil the others.
    ///
    /// # Errors
    /// Bytes that are no index.
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        let document = goyaml::map_from_slice(bytes, "repo.IndexFile").map_err(IndexError::Read)?;
        if text(&document, "apiVersion").is_none() {
            return Err(IndexError::NoApiVersion);
        }
        let mut charts = BTreeMap::new();
        if let Some(Data::Map(entries)) = document.get(&b"entries"[..]) {
            for (name, offers) in entries {
                let Data::List(offers) = offers else { continue };
                let offers = offers.iter().filter_map(Offer::read).collect();
                charts.insert(name.to_str_lossy().into_owned(), offers);
            }
        }
        Ok(Self(charts))
    }

    /// The newest version of a chart within the range.
    pub fn choose(&self, name: &str, range: &str) -> Option<&Offer> {
        let offers = self.0.get(name)?;
        let version = super::newest(offers.iter().map(|offer| offer.version.as_str()), range)?;
        offers.iter().find(|offer| offer.version == version)
    }

    /// The versions of a chart, as they stand in the index; `None` if it knows no such chart.
    pub fn versions(&self, name: &str) -> Option<Vec<&str>> {
        let offers = self.0.get(name)?;
        Some(offers.iter().map(|offer| offer.version.as_str()).collect())
    }
}

impl Offer {
    fn read(entry: &Data) -> Option<Self> {
        let Data::Map(entry) = entry else { return None };
        let urls = match entry.get(&b"urls"[..]) {
            Some(Data::List(urls)) => urls.iter().filter_map(as_text).collect(),
            _ => Vec::new(),
        };
        let version = text(entry, "version")?;
        let digest = text(entry, "digest");
        (!urls.is_empty()).then_some(Self {
            version,
            urls,
            digest,
        })
    }
}

fn text(entry: &BTreeMap<Str, Data>, key: &str) -> Option<String> {
    entry.get(key.as_bytes()).and_then(as_text)
}

fn as_text(value: &Data) -> Option<String> {
    match value {
        Data::Str(text) if !text.as_bytes().is_empty() => Some(text.to_str_lossy().into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1
entries:
  demo:
  - {version: 1.0.0, urls: [demo-1.0.0.tgz], digest: abc}
  - {version: 1.2.0, urls: ['https://files.example.com/demo-1.2.0.tgz']}
  - {version: 1.3.0, urls: []}
  - {version: 2.0, urls: [x]}
  - nonsense
  broken: 7
";

    #[test]
    fn an_offer_needs_a_version_and_an_address() {
        let index = Index::parse(INDEX.as_bytes()).unwrap();
        assert_eq!(index.versions("demo"), Some(vec!["1.0.0", "1.2.0"]));
        assert_eq!(index.choose("demo", "*").unwrap().version, "1.2.0");
        let old = index.choose("demo", "1.0.x").unwrap();
        assert_eq!(old.digest.as_deref(), Some("abc"));
        assert_eq!(index.choose("demo", ">2"), None);
        assert_eq!(index.choose("broken", "*"), None);
    }

    #[test]
    fn what_is_no_index_is_refused() {
        assert!(matches!(Index::parse(b"<html>"), Err(IndexError::Read(_))));
        assert!(matches!(
            Index::parse(b"entries: {}"),
            Err(IndexError::NoApiVersion)
        ));
    }
}
