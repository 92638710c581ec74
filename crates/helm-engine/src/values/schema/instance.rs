//! Values as the document that a schema is applied to: what a JSON reader makes of the JSON text Helm writes of them.

use gotemplate::{Map, Value};
use serde_json::{Number, Value as Json};

/// Readers of JSON refuse deeper documents.
const MAX_DEPTH: usize = 127;
/// From here on the text of a number has an exponent, and what a reader makes of it is its own business.
const PLAIN: f64 = 1e15;

/// The document, or the problem with its JSON text.
pub(super) fn of(values: &Map) -> Result<Json, String> {
    if let Some(object) = object(values, 1) {
        return Ok(object);
    }
    let text = goyaml::json::to_vec(
        &Value::Map(values.clone()),
        goyaml::json::Escaping::Plain,
        goyaml::json::Layout::Compact,
    );
    let text = text.map_err(|e| format!("{e}\n"))?;
    serde_json::from_slice(&text).map_err(|e| format!("{e}\n"))
}

/// Whether the document is what [`of`] makes without its text.
pub(super) fn is_plain(values: &Map) -> bool {
    is_plain_map(values, 1)
}

fn is_plain_map(map: &Map, depth: usize) -> bool {
    let map = map.borrow();
    map.iter()
        .all(|(key, item)| key.as_str().is_some() && is_plain_value(item, depth))
}

fn is_plain_value(value: &Value, depth: usize) -> bool {
    match value {
        _ if depth >= MAX_DEPTH => false,
        Value::Nil | Value::Bool(_) | Value::Int(_) => true,
        Value::Float(f) => is_plain_number(*f),
        Value::Str(text) => text.as_str().is_some(),
        Value::List(items) => items
            .borrow()
            .iter()
            .all(|item| is_plain_value(item, depth + 1)),
        Value::Map(map) => is_plain_map(map, depth + 1),
        _ => false,
    }
}

/// Whether the text of the number has no exponent.
fn is_plain_number(f: f64) -> bool {
    f.abs() < PLAIN && (f.abs() > 1e-5 || f.to_bits() == 0)
}

/// The object without the way over its text; `None` where only the text tells what it is.
fn object(map: &Map, depth: usize) -> Option<Json> {
    let map = map.borrow();
    let entries = map.iter().map(|(key, item)| {
        let key = key.as_str()?.to_owned();
        Some((key, value(item, depth)?))
    });
    entries.collect::<Option<_>>().map(Json::Object)
}

fn value(value: &Value, depth: usize) -> Option<Json> {
    Some(match value {
        _ if depth >= MAX_DEPTH => return None,
        Value::Nil => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(i) => Json::Number((*i).into()),
        Value::Float(f) => Json::Number(number(*f)?),
        Value::Str(text) => Json::String(text.as_str()?.to_owned()),
        Value::List(items) => {
            let items = items.borrow();
            let items = items.iter().map(|item| self::value(item, depth + 1));
            Json::Array(items.collect::<Option<_>>()?)
        }
        Value::Map(map) => object(map, depth + 1)?,
        _ => return None,
    })
}

/// A whole number is written without a point, so it is read as an integer.
fn number(f: f64) -> Option<Number> {
    match (is_plain_number(f), f.fract() == 0.0) {
        (false, _) => None,
        (true, true) => Some((f as i64).into()),
        (true, false) => Number::from_f64(f),
    }
}
