//! Words what is wrong with values as Helm's validator does: one line for each problem, what it consists of below it.

mod number;
mod tree;

use gotemplate::fmt;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::{Map, Value as Json};

use number::number;
use tree::{Entry, Node, Within};

/// The lines about all errors of a value.
pub(super) fn describe(value: &Json, errors: &[ValidationError<'_>]) -> String {
    let mut description = Description {
        value,
        lines: String::new(),
    };
    let heard = heard(&errors.iter().collect::<Vec<_>>());
    description.entries(Node::of(&heard, "", "").begin(), 0);
    description.lines
}

struct Description<'v> {
    /// What was validated.
    value: &'v Json,
    lines: String,
}

impl Description<'_> {
    fn entries(&mut self, node: &Node<'_, '_>, depth: usize) {
        let mut rest = &node.entries[..];
        while let Some((entry, others)) = rest.split_first() {
            rest = match entry {
                Entry::Problem(error) => {
                    let problems = together(rest);
                    self.error(error, &missing(&problems), depth);
                    &rest[problems.len()..]
                }
                Entry::Within(step, branches) if step.to == Within::Branches => {
                    self.line(&branches.at, "'allOf' failed", depth);
                    self.entries(branches, depth + 1);
                    others
                }
                Entry::Within(_, node) => {
                    self.schema(node, depth);
                    others
                }
            };
        }
    }

    /// The problems of a schema within another one.
    fn schema(&mut self, node: &Node<'_, '_>, depth: usize) {
        if together(&node.entries).len().max(1) == node.entries.len() {
            return self.entries(node, depth);
        }
        self.line(&node.at, "validation failed", depth);
        self.entries(node, depth + 1);
    }

    fn error(&mut self, error: &ValidationError<'_>, missing: &[String], depth: usize) {
        let at = error.instance_path().as_str();
        let problem = self.problem(error, missing);
        self.line(at, &problem, depth);
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                let schema = error.evaluation_path().as_str();
                for (branch, errors) in context.iter().enumerate() {
                    let heard = heard(&errors.iter().collect::<Vec<_>>());
                    let node = Node::of(&heard, &format!("{schema}/{branch}"), at);
                    self.schema(&node, depth + 1);
                }
            }
            // A name is validated by itself.
            Kind::PropertyNames { error } => {
                let problem = self.problem(error, &[]);
                self.line("", &problem, depth + 1);
            }
            _ => {}
        }
    }

    fn line(&mut self, at: &str, problem: &str, depth: usize) {
        let indent = "  ".repeat(depth);
        self.lines
            .push_str(&format!("{indent}- at '{at}': {problem}\n"));
    }

    /// What is wrong; the names are those of all properties that the same list demands.
    fn problem(&self, error: &ValidationError<'_>, missing: &[String]) -> String {
        if let Some(refused) = self.refused(error) {
            return not_allowed(refused.keys());
        }
        let names = missing.join(", ");
        match error.kind() {
            Kind::Required { .. } if missing.len() > 1 => format!("missing properties {names}"),
            Kind::Required { .. } => format!("missing property {names}"),
            _ => problem(error),
        }
    }

    /// The properties of an object that may have none.
    fn refused(&self, error: &ValidationError<'_>) -> Option<&Map<String, Json>> {
        let schema = error.schema_path().as_str();
        let is_of_all = schema.ends_with("/additionalProperties");
        if !is_of_all || !matches!(error.kind(), Kind::FalseSchema) {
            return None;
        }
        self.value
            .pointer(error.instance_path().as_str())?
            .as_object()
    }
}

/// The errors Helm's validator comes to: where the type is wrong it looks no further, nor where a constant, an enumeration
/// or a format is.
fn heard<'e, 'i>(errors: &[&'e ValidationError<'i>]) -> Vec<&'e ValidationError<'i>> {
    let stops: Vec<(String, usize)> = errors
        .iter()
        .filter_map(|error| Some((schema_of(error), stop(error)?)))
        .collect();
    let is_heard = |error: &&&ValidationError<'_>| {
        let (path, own) = (error.schema_path().to_string(), schema_of(error));
        !stops.iter().any(|(schema, before)| {
            let within = path
                .strip_prefix(schema.as_str())
                .is_some_and(|rest| rest.starts_with('/'));
            let is_first = own == *schema && stop(error).is_some_and(|at| at <= *before);
            within && !is_first
        })
    };
    errors.iter().filter(is_heard).copied().collect()
}

/// The place of the schema whose keyword failed.
fn schema_of(error: &ValidationError<'_>) -> String {
    let path = error.schema_path().to_string();
    path.rsplit_once('/')
        .map_or_else(String::new, |(schema, _)| schema.to_owned())
}

/// The place of a keyword among those that end the validation of a value when they fail.
fn stop(error: &ValidationError<'_>) -> Option<usize> {
    match error.kind() {
        Kind::Type { .. } => Some(0),
        Kind::Constant { .. } => Some(1),
        Kind::Enum { .. } => Some(2),
        Kind::Format { .. } => Some(3),
        _ => None,
    }
}

/// The first problems that are told as one: of properties that one list demands.
fn together<'e, 'i>(entries: &[Entry<'e, 'i>]) -> Vec<&'e ValidationError<'i>> {
    let problems = entries.iter().map_while(|entry| match entry {
        Entry::Problem(error) => Some(*error),
        Entry::Within(..) => None,
    });
    let mut problems = problems.peekable();
    let Some(first) = problems.next() else {
        return Vec::new();
    };
    let others = problems.take_while(|other| is_same_list(first, other));
    std::iter::once(first).chain(others).collect()
}

/// Whether both are about properties that one list demands.
fn is_same_list(a: &ValidationError<'_>, b: &ValidationError<'_>) -> bool {
    let is_required = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Required { .. });
    is_required(a)
        && is_required(b)
        && a.instance_path() == b.instance_path()
        && a.schema_path() == b.schema_path()
}

fn missing(errors: &[&ValidationError<'_>]) -> Vec<String> {
    let names = errors.iter().filter_map(|error| match error.kind() {
        Kind::Required { property } => Some(quoted(property)),
        _ => None,
    });
    names.collect()
}

fn problem(error: &ValidationError<'_>) -> String {
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

fn not_allowed<'n>(names: impl Iterator<Item = &'n String>) -> String {
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

fn quoted(value: &Json) -> String {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::describe;

    fn words(schema: &serde_json::Value, instance: &serde_json::Value) -> String {
        let validator = jsonschema::Validator::new(schema).unwrap();
        describe(
            instance,
            &validator.iter_errors(instance).collect::<Vec<_>>(),
        )
    }

    /// Recorded from real Helm.
    const GROUPED: [(&str, &str); 7] = [
        (
            r#"{"properties": {"a": {"required": ["z"], "minProperties": 9}}}"#,
            "- at '/a': minProperties: got 1, want 9\n- at '/a': missing property 'z'\n",
        ),
        (
            r#"{"properties": {"a": {"required": ["z"], "minProperties": 9}}, "required": ["kk"]}"#,
            "- at '': missing property 'kk'\n- at '/a': validation failed\n  - at '/a': minProperties: got 1, want 9\n  - at '/a': missing property 'z'\n",
        ),
        (
            r#"{"allOf": [{"allOf": [{"required": ["zz"]}, {"required": ["yy"]}]}, {"required": ["xx"]}]}"#,
            "- at '': 'allOf' failed\n  - at '': 'allOf' failed\n    - at '': missing property 'zz'\n    - at '': missing property 'yy'\n  - at '': missing property 'xx'\n",
        ),
        (
            r##"{"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"required": ["zz"], "minProperties": 99}}}"##,
            "- at '': 'allOf' failed\n  - at '': validation failed\n    - at '': minProperties: got 2, want 99\n    - at '': missing property 'zz'\n",
        ),
        (
            r#"{"properties": {"l": {"allOf": [{"items": {"type": "string"}}, {"minItems": 9}]}}}"#,
            "- at '/l': 'allOf' failed\n  - at '/l': validation failed\n    - at '/l/0': got number, want string\n    - at '/l/2': got number, want string\n  - at '/l': minItems: got 3, want 9\n",
        ),
        (
            r#"{"anyOf": [{"required": ["zz"], "minProperties": 99}, {"required": ["yy"]}]}"#,
            "- at '': 'anyOf' failed\n  - at '': validation failed\n    - at '': minProperties: got 2, want 99\n    - at '': missing property 'zz'\n  - at '': missing property 'yy'\n",
        ),
        (
            r##"{"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"required": ["zz"], "minProperties": 99}}}"##,
            "- at '/a': validation failed\n  - at '/a': minProperties: got 1, want 99\n  - at '/a': missing property 'zz'\n",
        ),
    ];

    /// Recorded from real Helm.
    #[test]
    fn problems_are_worded_as_in_helm() {
        let instance = json!({"a": 1, "l": [1, "x", 1], "s": "str"});
        for (schema, expected) in [
            (
                json!({"required": ["b", "c"]}),
                "- at '': missing properties 'b', 'c'\n",
            ),
            (
                json!({"properties": {"a": {"enum": ["x", 2, null]}}}),
                "- at '/a': value must be one of 'x', 2, <nil>\n",
            ),
            (
                json!({"properties": {"l": {"uniqueItems": true}}}),
                "- at '/l': items at 0 and 2 are equal\n",
            ),
            (
                json!({"oneOf": [{"required": ["q"]}, {"type": "array"}]}),
                "- at '': 'oneOf' failed, none matched\n  - at '': missing property 'q'\n  - at '': got object, want array\n",
            ),
            (
                json!({"properties": {"a": {"multipleOf": 2}}}),
                "- at '/a': multipleOf: got 1, want 2\n",
            ),
            (
                json!({"properties": {"s": {"minLength": 9}, "a": {"minimum": 5000}}}),
                "- at '/a': minimum: got 1, want 5,000\n- at '/s': minLength: got 3, want 9\n",
            ),
            (
                json!({"properties": {"l": {"type": "string", "const": 1, "uniqueItems": true}}}),
                "- at '/l': got array, want string\n",
            ),
            (
                json!({"const": 1, "enum": [2], "properties": {"a": {"minimum": 5}}}),
                "- at '': value must be 1\n",
            ),
            (
                json!({"additionalProperties": false}),
                "- at '': additional properties 'a', 'l', 's' not allowed\n",
            ),
            (
                json!({"properties": {"s": {"pattern": "^\\d'"}}}),
                "- at '/s': 'str' does not match pattern '^\\\\d\\''\n",
            ),
            (
                json!({"maxProperties": 1}),
                "- at '': maxProperties: got 3, want 1\n",
            ),
        ] {
            assert_eq!(words(&schema, &instance), expected, "{schema}");
        }
        for (schema, expected) in GROUPED {
            let schema = serde_json::from_str(schema).unwrap();
            let instance = json!({"a": {"b": 1}, "l": [1, "x", 1]});
            assert_eq!(words(&schema, &instance), expected, "{schema}");
        }
        let names = words(
            &json!({"propertyNames": {"pattern": "^z"}}),
            &json!({"a": 1}),
        );
        assert_eq!(
            names,
            "- at '': invalid propertyName 'a'\n  - at '': 'a' does not match pattern '^z'\n"
        );
    }
}
