//! Decides whether a stage may go on: a CEL expression over objects of the workload cluster.
//!
//! The language is CEL without extensions; every object is a map under its key, integers are `int`. A missing object or
//! field is a wait, not an error. Expressions come with a release and may be hostile: they are bounded in length, in
//! depth, and in the work their loops could make.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr};
use cel::objects::{Key, Map};
use cel::{Context, ExecutionError, Program, Value as Cel};
use cluster_stack::{ObjectRef, WaitCondition};
use serde_json::Value;

use crate::fetched::Fetched;

/// No real condition is longer.
const LONGEST: usize = 4096;
/// How deep an expression may be nested: its evaluation is recursive.
const DEEPEST: usize = 200;
/// How many steps the loops of an expression may make at most, by their nesting and the size of the objects.
const WORK: u64 = 2_000_000;

/// What is to be said of a wait condition. The texts depend on the condition and the objects only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Holds,
    /// Look again; this is waited for.
    NotYet(String),
    /// It can never hold: the release must be corrected.
    Invalid(String),
}

/// Evaluates a condition over its objects, by their keys. An object that is not listed was not looked up.
pub fn holds(condition: &WaitCondition, objects: &BTreeMap<String, Fetched<Value>>) -> Verdict {
    let program = match compiled(&condition.conditions) {
        Ok(program) => program,
        Err(problem) => return invalid(condition, &problem),
    };
    let mut context = Context::default();
    let mut largest = 1;
    for object in &condition.objects {
        match objects.get(&object.key) {
            Some(Fetched::Found(value)) => {
                largest = largest.max(widest(value));
                context.add_variable_from_value(object.key.clone(), converted(value));
            }
            Some(Fetched::Missing) => {
                return Verdict::NotYet(format!(
                    "waits for {}, which does not exist",
                    named(object)
                ));
            }
            Some(Fetched::Failed(failure)) => {
                return Verdict::NotYet(format!(
                    "waits for {}, which cannot be read: {}",
                    named(object),
                    failure.message
                ));
            }
            None => {
                return Verdict::NotYet(format!(
                    "waits for {}, which was not looked up yet",
                    named(object)
                ));
            }
        }
    }
    if work(program.expression(), largest) > WORK {
        return invalid(
            condition,
            "its loops would take too long; nest fewer of them",
        );
    }
    judged(condition, program.execute(&context))
}

fn judged(condition: &WaitCondition, result: Result<Cel, ExecutionError>) -> Verdict {
    let expression = shortened(&condition.conditions);
    match result {
        Ok(Cel::Bool(true)) => Verdict::Holds,
        Ok(Cel::Bool(false)) => Verdict::NotYet(format!("waits until {expression}")),
        Ok(other) => invalid(
            condition,
            &format!("it gives {}, not a boolean", other.type_of()),
        ),
        Err(ExecutionError::UndeclaredReference(name)) => invalid(
            condition,
            &format!("\"{name}\" is neither the key of one of its objects nor a function"),
        ),
        Err(ExecutionError::InvalidArgumentCount { expected, actual }) => invalid(
            condition,
            &format!("a function is given {actual} arguments instead of {expected}"),
        ),
        // A key that the expression does not spell may come from an object, and what is in objects may be secret.
        Err(ExecutionError::NoSuchKey(key)) if condition.conditions.contains(key.as_str()) => {
            Verdict::NotYet(format!(
                "waits until {expression}: there is no field \"{key}\" yet"
            ))
        }
        // Names types only: values may be secret.
        Err(ExecutionError::NoSuchOverload(error)) => {
            Verdict::NotYet(format!("waits until {expression}: {error}"))
        }
        Err(_) => Verdict::NotYet(format!(
            "waits until {expression}: the objects do not have the values it needs yet"
        )),
    }
}

fn invalid(condition: &WaitCondition, problem: &str) -> Verdict {
    Verdict::Invalid(format!(
        "the condition {} cannot be used, correct it and publish a new version: {problem}",
        shortened(&condition.conditions)
    ))
}

fn compiled(expression: &str) -> Result<Program, String> {
    if expression.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let program = Program::compile(expression).map_err(|errors| {
        let first = errors.errors.first();
        first.map_or_else(String::new, |error| {
            format!(
                "line {}, column {}: {}",
                error.pos.0,
                error.pos.1,
                error.msg.lines().next().unwrap_or_default()
            )
        })
    })?;
    if depth(program.expression(), 0) > DEEPEST {
        return Err("it is nested too deeply".to_owned());
    }
    Ok(program)
}

/// The expressions directly in an expression.
fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::Comprehension(all) => vec![
            &all.iter_range,
            &all.accu_init,
            &all.loop_cond,
            &all.loop_step,
            &all.result,
        ],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => in_entries(&map.entries),
        Expr::Struct(of) => in_entries(&of.entries),
        Expr::Select(select) => vec![&select.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn in_entries(entries: &[IdedEntryExpr]) -> Vec<&IdedExpr> {
    let both = entries.iter().map(|entry| match &entry.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    });
    both.flatten().collect()
}

/// How deep an expression is nested, counted until it is too deep.
fn depth(expression: &IdedExpr, above: usize) -> usize {
    if above > DEEPEST {
        return above;
    }
    let below = children(expression).into_iter();
    below
        .map(|child| depth(child, above + 1))
        .max()
        .unwrap_or(above)
}

/// At most how many steps an expression makes over objects of that size. An operator can double what a loop goes over.
fn work(expression: &IdedExpr, largest: u64) -> u64 {
    let inner = children(expression).into_iter().fold(1, |sum: u64, child| {
        sum.saturating_add(work(child, largest))
    });
    match &expression.expr {
        Expr::Comprehension(all) => {
            let range = largest.saturating_mul(work(&all.iter_range, 1));
            inner.saturating_mul(range)
        }
        _ => inner,
    }
}

/// Largest list or map in an object: no loop goes over more of it.
fn widest(value: &Value) -> u64 {
    let (own, below) = match value {
        Value::Array(items) => (items.len(), items.iter().map(widest).max()),
        Value::Object(entries) => (entries.len(), entries.values().map(widest).max()),
        _ => (1, None),
    };
    below.unwrap_or(1).max(own as u64)
}

/// JSON as CEL sees the objects of Kubernetes: whole numbers are `int`, others `double`.
fn converted(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(bool) => Cel::Bool(*bool),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Cel::Float(number.as_f64().unwrap_or_default()), Cel::Int),
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(items) => Cel::List(Arc::new(items.iter().map(converted).collect())),
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (Key::String(Arc::new(key.clone())), converted(value)));
            let map = Arc::new(entries.collect());
            Cel::Map(Map { map })
        }
    }
}

/// An object as a person names it.
fn named(object: &ObjectRef) -> String {
    match object.namespace.as_deref().filter(|one| !one.is_empty()) {
        Some(namespace) => format!("{} {namespace}/{}", object.kind, object.name),
        None => format!("{} {}", object.kind, object.name),
    }
}

/// An expression on one line, of at most 200 characters.
fn shortened(expression: &str) -> String {
    const LONGEST_SHOWN: usize = 200;
    let line: Vec<&str> = expression.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests;
