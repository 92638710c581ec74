//! Decides whether values fit the schemas of a chart and its subcharts, and words it as Helm does.

mod instance;
mod read;
mod simple;
#[cfg(test)]
mod tests;
mod words;

use gotemplate::{Map, Str, Value};
use jsonschema::Validator;
use serde_json::Value as Json;

use crate::chart::Chart;
use crate::dependencies::{NodeId, Tree};
pub(crate) use simple::Simple as SimpleSchema;
use words::describe;

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
    let simple = chart
        .compiled
        .simple_schema(schema, || read::simple(schema.as_bytes()));
    if simple.is_some_and(|simple| simple.is_certain(values)) {
        return Ok(());
    }
    let validator = chart
        .compiled
        .schema(schema, || compile(schema.as_bytes()))?;
    let instance = instance::of(values)?;
    if validator.is_valid(&instance) {
        return Ok(());
    }
    let errors: Vec<_> = validator.iter_errors(&instance).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(describe(&instance, &errors))
    }
}

/// The text of `encoding/json`, which reads schemas as streams.
fn json_problem(schema: &[u8], error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match (error.classify(), goyaml::json::from_slice(schema)) {
        (Category::Eof, _) if schema.trim_ascii().is_empty() => "EOF".to_owned(),
        (Category::Eof, _) => "unexpected EOF".to_owned(),
        (_, Err(problem)) => match problem.to_string() {
            text if text.ends_with("after top-level value") => {
                "invalid character after top-level value".to_owned()
            }
            text => text,
        },
        (_, Ok(_)) => error.to_string(),
    }
}
