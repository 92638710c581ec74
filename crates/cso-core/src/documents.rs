//! Rendered YAML as JSON, and JSON as the plain data templates work on.

use helm_engine::{Data, Str};
use serde_json::{Map, Number, Value};

use crate::failure::{Cause, Failure};

/// Reads a document that a template of that name rendered.
pub(crate) fn read_document(source: &str, document: &str) -> Result<Value, Failure> {
    let data = goyaml::from_slice_with_integers(document.as_bytes()).map_err(|error| {
        Failure::new(
            Cause::Template,
            format!("{source} renders to something that is no YAML: {error}"),
        )
    })?;
    Ok(json(data))
}

/// Plain data as JSON. A number that JSON cannot hold cannot come from YAML either; it reads as null.
pub(crate) fn json(data: Data) -> Value {
    match data {
        Data::Null => Value::Null,
        Data::Bool(bool) => Value::Bool(bool),
        Data::Int(int) => Value::from(int),
        Data::Float(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
        Data::Str(text) => Value::String(text.to_str_lossy().into_owned()),
        Data::List(items) => Value::Array(items.into_iter().map(json).collect()),
        Data::Map(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_str_lossy().into_owned(), json(value)))
                .collect::<Map<_, _>>(),
        ),
    }
}

/// JSON as plain data: whole numbers are integers, as in the unstructured objects of Kubernetes' Go libraries.
pub(crate) fn data(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(bool) => Data::Bool(*bool),
        Value::Number(number) => number.as_i64().map_or_else(
            || Data::Float(number.as_f64().unwrap_or_default()),
            Data::Int,
        ),
        Value::String(text) => Data::Str(Str::from(text.as_str())),
        Value::Array(items) => Data::List(items.iter().map(data).collect()),
        Value::Object(entries) => Data::Map(
            entries
                .iter()
                .map(|(key, value)| (Str::from(key.as_str()), data(value)))
                .collect(),
        ),
    }
}
