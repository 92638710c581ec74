//! The part of a manifest Helm reads: version, kind, name, annotations.

use std::collections::BTreeMap;

use gotemplate::Data;
use goyaml::Error;

use crate::chart::{Fields, json_kind};

const HEAD: Fields<'_> = Fields {
    struct_name: "SimpleHead",
    prefix: "",
};
const METADATA_TYPE: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";

/// Whether Helm reads what is under that key of a manifest, or of its `metadata`.
fn is_read(outer: Option<&[u8]>, key: &[u8]) -> bool {
    let names = match outer {
        None => &["apiVersion", "kind", "metadata"][..],
        Some(_) => &["name", "annotations"],
    };
    names.iter().any(|name| is_field(key, name))
}

/// Whether a key means that field, by Go's match without regard to case.
fn is_field(key: &[u8], name: &str) -> bool {
    key.eq_ignore_ascii_case(name.as_bytes())
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
            let is = |name| is_field(key.as_bytes(), name);
            if is("apiVersion") {
                HEAD.string(&mut head.api_version, "apiVersion", value)?;
            } else if is("kind") {
                HEAD.string(&mut head.kind, "kind", value)?;
            } else if is("metadata") {
                head.read_metadata(value)?;
            }
        }
        Ok(head)
    }

    fn read_metadata(&mut self, value: &Data) -> Result<(), Error> {
        let at = Fields {
            struct_name: "",
            prefix: "metadata.",
        };
        let metadata = match value {
            Data::Map(metadata) => metadata,
            Data::Null => return Ok(()),
            other => return Err(HEAD.mismatch(other, "metadata", METADATA_TYPE)),
        };
        for (key, value) in metadata {
            if is_field(key.as_bytes(), "name") {
                at.string(&mut self.name, "name", value)?;
            } else if is_field(key.as_bytes(), "annotations") {
                at.string_map(&mut self.annotations, "annotations", value)?;
            }
        }
        Ok(())
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }
}
