//! Words what is wrong with values as Helm's validator does: one line for each problem, what it consists of below it.

mod heard;
mod number;
mod problem;
#[cfg(test)]
mod tests;
mod tree;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::{Map, Value as Json};

use heard::heard;
use problem::{not_allowed, problem, quoted};
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
                    self.error(
                        error,
                        error.instance_path().as_str(),
                        &missing(&problems),
                        depth,
                    );
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
        let is_one = node.entries.len() == together(&node.entries).len().max(1);
        if is_one {
            return self.entries(node, depth);
        }
        self.line(&node.at, "validation failed", depth);
        self.entries(node, depth + 1);
    }

    fn error(&mut self, error: &ValidationError<'_>, at: &str, missing: &[String], depth: usize) {
        let problem = self.problem(error, missing);
        self.line(at, &problem, depth);
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                let schema = error.evaluation_path().as_str();
                let at = error.instance_path().as_str();
                for (branch, errors) in context.iter().enumerate() {
                    let heard = heard(&errors.iter().collect::<Vec<_>>());
                    let node = Node::of(&heard, &format!("{schema}/{branch}"), at);
                    self.schema(&node, depth + 1);
                }
            }
            // A name is validated by itself.
            Kind::PropertyNames { error } => self.error(error, "", &[], depth + 1),
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
