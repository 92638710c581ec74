//! Reads decoded YAML into typed fields as Go does: `sigs.k8s.io/yaml` turns scalars into strings where the field is a
//! string, `encoding/json` matches names without regard to case and words the errors.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};
use goyaml::Error;

/// The struct being read and the path to it: what errors name.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// The Go name of the struct, `Metadata`.
    pub(crate) struct_name: &'a str,
    /// The path before the field, with its dots: `dependencies.`.
    pub(crate) prefix: &'a str,
}

impl Fields<'_> {
    /// The error for a value of the wrong JSON kind.
    pub(crate) fn mismatch(self, value: &Data, field: &str, go_type: &str) -> Error {
        let place = format!(
            "Go struct field {}.{}{field} of type {go_type}",
            self.struct_name, self.prefix
        );
        Error::Shape(format!(
            "json: cannot unmarshal {} into {place}",
            json_kind(value)
        ))
    }

    /// A string field; `null` leaves it as it was.
    pub(crate) fn string(self, into: &mut String, field: &str, value: &Data) -> Result<(), Error> {
        match scalar_text(value) {
            Some(text) => *into = text,
            None if matches!(value, Data::Null) => {}
            None => return Err(self.mismatch(value, field, "string")),
        }
        Ok(())
    }

    /// A field that is a list of strings.
    pub(crate) fn strings(
        self,
        into: &mut Option<Vec<String>>,
        field: &str,
        value: &Data,
    ) -> Result<(), Error> {
        let Some(items) = self.list(field, value, "[]string")? else {
            return Ok(());
        };
        let mut strings = vec![String::new(); items.len()];
        for (string, item) in strings.iter_mut().zip(items) {
            self.string(string, field, item)?;
        }
        *into = Some(strings);
        Ok(())
    }

    /// A field that is a map of strings.
    pub(crate) fn string_map(
        self,
        into: &mut Option<BTreeMap<String, String>>,
        field: &str,
        value: &Data,
    ) -> Result<(), Error> {
        let entries = match value {
            Data::Null => return Ok(()),
            Data::Map(entries) => entries,
            other => return Err(self.mismatch(other, field, "map[string]string")),
        };
        let map = into.get_or_insert_default();
        for (key, item) in entries {
            let mut text = String::new();
            self.string(&mut text, field, item)?;
            map.insert(key.to_str_lossy().into_owned(), text);
        }
        Ok(())
    }

    /// A boolean field.
    pub(crate) fn boolean(self, into: &mut bool, field: &str, value: &Data) -> Result<(), Error> {
        match value {
            Data::Bool(b) => *into = *b,
            Data::Null => {}
            other => return Err(self.mismatch(other, field, "bool")),
        }
        Ok(())
    }

    /// A field that is a list of that Go type; `None` for `null`.
    pub(crate) fn list<'v>(
        self,
        field: &str,
        value: &'v Data,
        go_type: &str,
    ) -> Result<Option<&'v [Data]>, Error> {
        match value {
            Data::Null => Ok(None),
            Data::List(items) => Ok(Some(items)),
            other => Err(self.mismatch(other, field, go_type)),
        }
    }
}

/// The field a key of the document means, by Go's case-insensitive match.
pub(crate) fn field_name(key: &Str) -> String {
    key.to_str_lossy().to_ascii_lowercase()
}

/// What JSON calls the kind of a value in error texts.
pub(crate) fn json_kind(value: &Data) -> &'static str {
    match value {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Float(_) => "number",
        Data::Str(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    }
}

/// A scalar as text, for a field that is a string.
fn scalar_text(value: &Data) -> Option<String> {
    match value {
        Data::Str(s) => Some(s.to_str_lossy().into_owned()),
        Data::Bool(b) => Some(b.to_string()),
        Data::Int(i) => Some(i.to_string()),
        Data::Float(f) => Some(goyaml::float_as_string(*f)),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
}
