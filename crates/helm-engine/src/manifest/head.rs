//! The part of a manifest Helm reads: version, kind, name, annotations.

use std::collections::BTreeMap;

use gotemplate::Data;
use goyaml::Error;

use crate::chart::{Fields, field_name, json_kind};

const METADATA_TYPE: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";

/// Whether Helm reads what is under that key of a manifest.
fn is_read(key: &[u8]) -> bool {
    ["apiVersion", "kind", "metadata"]
        .iter()
        .any(|name| key.eq_ignore_ascii_case(name.as_bytes()))
}

#[derive(Default)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    annotations: Option<BTreeMap<String, String>>,
}

impl Head {
    pub(super) fn read(document: &str) -> Result<Self, Error> {
        let mut head = Self::default();
        let at = Fields {
            struct_name: "SimpleHead",
            prefix: "",
        };
        let inner = Fields {
            struct_name: "",
            prefix: "metadata.",
        };
        let entries = match goyaml::entries_from_slice(document.as_bytes(), is_read)? {
            Data::Map(entries) => entries,
            Data::Null => return Ok(head),
            other => {
                let kind = json_kind(&other);
                let text = format!(
                    "json: cannot unmarshal {kind} into Go value of type releaseutil.SimpleHead"
                );
                return Err(Error::Shape(text));
            }
        };
        for (key, value) in &entries {
            match (field_name(key).as_str(), value) {
                ("apiversion", value) => at.string(&mut head.api_version, "apiVersion", value)?,
                ("kind", value) => at.string(&mut head.kind, "kind", value)?,
                ("metadata", Data::Map(metadata)) => {
                    for (key, value) in metadata {
                        match field_name(key).as_str() {
                            "name" => inner.string(&mut head.name, "name", value)?,
                            "annotations" => {
                                inner.string_map(&mut head.annotations, "annotations", value)?;
                            }
                            _ => {}
                        }
                    }
                }
                ("metadata", value) if *value != Data::Null => {
                    return Err(at.mismatch(value, "metadata", METADATA_TYPE));
                }
                _ => {}
            }
        }
        Ok(head)
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }
}
