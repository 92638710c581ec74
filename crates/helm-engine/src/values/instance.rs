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
    let is_plain = f.abs() < PLAIN && (f.abs() > 1e-5 || f.to_bits() == 0);
    match (is_plain, f.fract() == 0.0) {
        (false, _) => None,
        (true, true) => Some((f as i64).into()),
        (true, false) => Number::from_f64(f),
    }
}
