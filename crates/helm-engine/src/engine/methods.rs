//! The methods of Helm's `chartutil.Values`, the type of `.Values` and of the root: charts call `.Values.AsMap`.

use gotemplate::{Call, FuncError, FuncMap, Function, Map, Value};

const VALUES: &str = "chartutil.Values";

/// Gives the type its methods. `Table` and `PathValue`, which take a dotted path, are not used by templates and absent.
pub(super) fn add_to(functions: &mut FuncMap) {
    for (name, body) in [("AsMap", as_map as gotemplate::Body), ("YAML", yaml)] {
        functions.add_method(
            VALUES,
            Function {
                name,
                params: &[],
                variadic: None,
                body,
            },
        );
    }
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
