//! Decides whether values fit the schemas of a chart and its subcharts, and words it as Helm does.

use gotemplate::{Map, Str, Value};
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value as Json;

use crate::chart::Chart;
use crate::dependencies::{NodeId, Tree};

/// Checks all charts of the tree.
pub(crate) fn validate(tree: &Tree<'_>, values: &Map) -> Result<(), String> {
    let report = check_chart(tree, 0, values);
    if report.is_empty() {
        Ok(())
    } else {
        Err(report)
    }
}

fn check_chart(tree: &Tree<'_>, id: NodeId, values: &Map) -> String {
    let node = tree.node(id);
    let mut report = String::new();
    if let Some(schema) = &node.chart.schema
        && let Err(problems) = check(node.chart, schema, values)
    {
        report.extend([node.name.as_str(), ":\n", &problems]);
    }
    for &child in &node.children {
        let name = &tree.node(child).name;
        match values.get(name.as_bytes()) {
            Some(Value::Map(map)) => report.push_str(&check_chart(tree, child, &map)),
            None | Some(Value::Nil) => {}
            Some(other) => report.extend([
                name.as_str(),
                ":\ninvalid type for values: expected object (map), got ",
                other.type_name(),
                "\n",
            ]),
        }
    }
    report
}

fn compile(schema: &[u8]) -> Result<Validator, String> {
    let schema: Json = serde_json::from_slice(schema).map_err(|e| json_problem(schema, &e))?;
    Validator::new(&schema).map_err(|e| format!("the schema itself is not valid: {e}\n"))
}

fn check(chart: &Chart, schema: &Str, values: &Map) -> Result<(), String> {
    let validator = chart
        .compiled
        .schema(schema, || compile(schema.as_bytes()))?;
    let text = goyaml::json::to_vec(
        &Value::Map(values.clone()),
        goyaml::json::Escaping::Plain,
        goyaml::json::Layout::Compact,
    );
    let text = text.map_err(|e| format!("{e}\n"))?;
    let instance: Json = serde_json::from_slice(&text).map_err(|e| format!("{e}\n"))?;
    if validator.is_valid(&instance) {
        return Ok(());
    }
    let problems: Vec<String> = validator
        .iter_errors(&instance)
        .map(|error| describe(&error))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join(""))
    }
}

/// `encoding/json`'s text where our reader has one.
fn json_problem(schema: &[u8], error: &serde_json::Error) -> String {
    match goyaml::json::from_slice(schema) {
        Err(problem) => problem.to_string(),
        Ok(_) => error.to_string(),
    }
}

fn describe(error: &ValidationError<'_>) -> String {
    format!("- at '{}': {}\n", error.instance_path(), problem(error))
}

fn problem(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    match error.kind() {
        Kind::Required { property } => format!("missing property {}", quoted(property)),
        Kind::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|n| format!("'{n}'")).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => kinds
                    .iter()
                    .map(|k| k.to_string())
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            format!("got {}, want {wanted}", json_type(instance))
        }
        Kind::Minimum { limit } => {
            format!("minimum: got {}, want {}", number(instance), number(limit))
        }
        Kind::Maximum { limit } => {
            format!("maximum: got {}, want {}", number(instance), number(limit))
        }
        Kind::ExclusiveMinimum { limit } => {
            format!(
                "exclusiveMinimum: got {}, want {}",
                number(instance),
                number(limit)
            )
        }
        Kind::ExclusiveMaximum { limit } => {
            format!(
                "exclusiveMaximum: got {}, want {}",
                number(instance),
                number(limit)
            )
        }
        Kind::MinLength { limit } => format!("minLength: got {}, want {limit}", length(instance)),
        Kind::MaxLength { limit } => format!("maxLength: got {}, want {limit}", length(instance)),
        Kind::MinItems { limit } => format!("minItems: got {}, want {limit}", length(instance)),
        Kind::MaxItems { limit } => format!("maxItems: got {}, want {limit}", length(instance)),
        Kind::MinProperties { limit } => {
            format!("minProperties: got {}, want {limit}", length(instance))
        }
        Kind::MaxProperties { limit } => {
            format!("maxProperties: got {}, want {limit}", length(instance))
        }
        Kind::Pattern { pattern } => {
            format!("{} does not match pattern '{pattern}'", quoted(instance))
        }
        Kind::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(quoted)
                .collect();
            match options.as_slice() {
                [one] => format!("value must be {one}"),
                _ => format!("value must be one of {}", options.join(", ")),
            }
        }
        Kind::Constant { expected_value } => format!("value must be {}", quoted(expected_value)),
        Kind::AnyOf { .. } => "'anyOf' failed".to_owned(),
        Kind::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        _ => error.to_string(),
    }
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn quoted(value: &Json) -> String {
    match value {
        Json::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

fn length(value: &Json) -> usize {
    match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(entries) => entries.len(),
        _ => 0,
    }
}

/// A number with its thousands apart, as the message printer of Helm's validator writes it.
fn number(value: &Json) -> String {
    let text = match value.as_f64() {
        Some(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
        _ => value.to_string(),
    };
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    fraction.map_or_else(
        || format!("{sign}{grouped}"),
        |f| format!("{sign}{grouped}.{f}"),
    )
}
