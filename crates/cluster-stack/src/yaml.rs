//! Decides how the typed YAML files of a release are read: one bounded UTF-8 document.

use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Release files are a few hundred bytes; anything near this is not one.
const LIMIT: usize = 1 << 20;

/// Reads one YAML document.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, YamlError> {
    if bytes.len() > LIMIT {
        return Err(YamlError::TooLarge { size: bytes.len() });
    }
    serde_saphyr::from_slice(bytes).map_err(|source| YamlError::Invalid(Box::new(source)))
}

/// Collects the names of fields that a struct has no place for; flatten it into the struct.
#[derive(Default)]
pub(crate) struct UnknownFields(pub(crate) Vec<String>);

impl<'de> serde::Deserialize<'de> for UnknownFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = UnknownFields;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UnknownFields, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry()? {
            names.push(name);
        }
        Ok(UnknownFields(names))
    }
}

/// Why a YAML file of a release cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// Far larger than such a file can be.
    #[error("the file has {size} bytes, the limit is {LIMIT}")]
    TooLarge {
        /// Size in bytes.
        size: usize,
    },
    /// Not YAML, or not of the expected shape. The text has line and column.
    #[error("{0}")]
    Invalid(Box<serde_saphyr::Error>),
}
