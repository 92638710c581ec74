//! The methods of Helm's `chartutil.Values`, the type of `.Values` and of the root: charts call `.Values.AsMap`.

use gotemplate::{Call, FuncError, FuncMap, Function, Map, Str, Type, Value};

use crate::values;

const VALUES: &str = "chartutil.Values";

/// Gives the type its methods.
pub(super) fn add_to(functions: &mut FuncMap) {
    let methods: [(_, &'static [Type], gotemplate::Body); 4] = [
        ("AsMap", &[], as_map),
        ("YAML", &[], yaml),
        ("Table", &[Type::String], table),
        ("PathValue", &[Type::String], path_value),
    ];
    for (name, params, body) in methods {
        let function = Function {
            name,
            params,
            variadic: None,
            body,
        };
        functions.add_method(VALUES, function);
    }
}

fn receiver_and_path(args: &[Value]) -> (Map, String) {
    let map = args.first().and_then(Value::as_map).cloned();
    let path = args.get(1).and_then(Value::as_str).map(Str::to_string);
    (map.unwrap_or_default(), path.unwrap_or_default())
}

/// The table at a dotted path.
fn table(_: &mut dyn Call, args: &[Value]) -> Result<Value, FuncError> {
    let (map, path) = receiver_and_path(args);
    values::table(&map, &path)
        .map(|found| Value::Map(found.convert(VALUES)))
        .map_err(|part| FuncError::new(format!("{part:?} is not a table")))
}

/// The value at a dotted path, which must be no table.
fn path_value(_: &mut dyn Call, args: &[Value]) -> Result<Value, FuncError> {
    let (map, path) = receiver_and_path(args);
    if path.is_empty() {
        return Err(FuncError::new("YAML path cannot be empty"));
    }
    let (parent, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (values::table(&map, parent).ok(), key),
        None => (Some(map), path.as_str()),
    };
    parent
        .and_then(|table| table.get(key.as_bytes()))
        .filter(|value| !matches!(value, Value::Map(_)))
        .ok_or_else(|| FuncError::new(format!("{key:?} is not a value")))
}

/// The same entries as a plain map.
fn as_map(_: &mut dyn Call, args: &[Value]) -> Result<Value, FuncError> {
    Ok(match args.first() {
        Some(Value::Map(map)) => Value::Map(map.convert("map[string]interface {}")),
        _ => Value::Map(Map::new()),
    })
}

/// The entries as YAML.
fn yaml(_: &mut dyn Call, args: &[Value]) -> Result<Value, FuncError> {
    let value = args.first().cloned().unwrap_or_default();
    goyaml::to_string(&value)
        .map(Value::from)
        .map_err(|error| FuncError::new(error.to_string()))
}
