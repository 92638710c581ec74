//! What one problem is called.

use gotemplate::fmt;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::number::number;

/// A problem that can be told without looking at others.
pub(super) fn problem(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => not_allowed(unexpected.iter()),
        Kind::Type { kind } => format!("got {}, want {}", json_type(instance), wanted(kind)),
        Kind::Pattern { pattern } => {
            let pattern = quoted_text(pattern);
            format!("{} does not match pattern {pattern}", quoted(instance))
        }
        Kind::Enum { options } => one_of(options.as_array().map_or(&[], Vec::as_slice)),
        Kind::Constant { expected_value } => match &**expected_value {
            Json::Array(_) | Json::Object(_) => "'const' failed".to_owned(),
            value => format!("value must be {}", quoted(value)),
        },
        Kind::AnyOf { .. } => "'anyOf' failed".to_owned(),
        Kind::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        Kind::OneOfMultipleValid { context } => {
            let matched = context
                .iter()
                .enumerate()
                .filter(|(_, errors)| errors.is_empty());
            let matched: Vec<String> = matched.take(2).map(|(at, _)| at.to_string()).collect();
            format!("'oneOf' failed, subschemas {} matched", matched.join(", "))
        }
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        Kind::PropertyNames { error } => {
            format!("invalid propertyName {}", quoted(error.instance()))
        }
        Kind::UniqueItems => match equal_items(instance) {
            Some((a, b)) => format!("items at {a} and {b} are equal"),
            None => error.to_string(),
        },
        Kind::AdditionalItems { limit } => {
            let more = instance
                .as_array()
                .map_or(0, |all| all.len().saturating_sub(*limit));
            format!("last {more} additionalItem(s) not allowed")
        }
        Kind::Contains => "no items match contains schema".to_owned(),
        Kind::Format { format } => format!("{} is not valid {format}", quoted(instance)),
        kind => limit(kind, instance).unwrap_or_else(|| error.to_string()),
    }
}

/// Problems with sizes: `KEYWORD: got 1, want 2`.
fn limit(kind: &Kind, instance: &Json) -> Option<String> {
    let got = match kind {
        Kind::Minimum { limit }
        | Kind::Maximum { limit }
        | Kind::ExclusiveMinimum { limit }
        | Kind::ExclusiveMaximum { limit } => (number(instance), number(limit)),
        Kind::MultipleOf { multiple_of } => (number(instance), number(&(*multiple_of).into())),
        Kind::MinLength { limit }
        | Kind::MaxLength { limit }
        | Kind::MinItems { limit }
        | Kind::MaxItems { limit }
        | Kind::MinProperties { limit }
        | Kind::MaxProperties { limit } => (length(instance).to_string(), limit.to_string()),
        _ => return None,
    };
    Some(format!("{}: got {}, want {}", kind.keyword(), got.0, got.1))
}

pub(super) fn not_allowed<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.map(|name| quoted_text(name)).collect();
    format!("additional properties {} not allowed", names.join(", "))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
            kinds.join(" or ")
        }
    }
}

fn one_of(options: &[Json]) -> String {
    if options.iter().any(|o| o.is_array() || o.is_object()) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<String> = options.iter().map(quoted).collect();
    match shown.as_slice() {
        [one] => format!("value must be {one}"),
        _ => format!("value must be one of {}", shown.join(", ")),
    }
}

fn equal_items(list: &Json) -> Option<(usize, usize)> {
    let items = list.as_array()?;
    items.iter().enumerate().find_map(|(b, item)| {
        let a = items[..b].iter().position(|before| before == item)?;
        Some((a, b))
    })
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

pub(super) fn quoted(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::String(text) => quoted_text(text),
        other => other.to_string(),
    }
}

/// As Go's `%q`, but in single quotes.
fn quoted_text(text: &str) -> String {
    let quoted = fmt::quote(text.as_bytes())
        .replace("\\\"", "\"")
        .replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}

fn length(value: &Json) -> usize {
    match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(entries) => entries.len(),
        _ => 0,
    }
}
