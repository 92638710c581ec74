//! Documents that must be an object or an array.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

use super::from_slice;
use crate::error::Error;

/// Reads a document that must be an object, as `fromYaml`, values and manifests are read. `null` is the empty object.
/// `go_type` is the type that the error names: `map[string]interface {}`, `chartutil.Values` …
///
/// # Errors
/// As [`from_slice`](crate::from_slice); [`Error::Shape`] if the document is anything else.
pub fn map_from_slice(input: &[u8], go_type: &str) -> Result<BTreeMap<Str, Data>, Error> {
    match from_slice(input)? {
        Data::Map(entries) => Ok(entries),
        Data::Null => Ok(BTreeMap::new()),
        other => Err(mismatch(&other, go_type)),
    }
}

/// Reads a document that must be an array, as `fromYamlArray` does. `null` is the empty array.
///
/// # Errors
/// As [`from_slice`](crate::from_slice); [`Error::Shape`] if the document is anything else.
pub fn list_from_slice(input: &[u8]) -> Result<Vec<Data>, Error> {
    match from_slice(input)? {
        Data::List(items) => Ok(items),
        Data::Null => Ok(Vec::new()),
        other => Err(mismatch(&other, "[]interface {}")),
    }
}

fn mismatch(data: &Data, go_type: &str) -> Error {
    Error::Shape(crate::json::mismatch(data, go_type))
}
