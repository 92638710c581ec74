//! Decides whether a dependency is enabled: its tags first, then its condition, which has the last word.

use gotemplate::{Map, Value};

use crate::chart::Dependency;
use crate::values::{Warnings, get_map, table};

/// A dependency with tags is off when at least one of them is false and none is true.
pub(super) fn apply_tags(dependency: &mut Dependency, values: &Map, warnings: &mut Warnings) {
    let Some(tags) = get_map(values, "tags") else {
        return;
    };
    let (mut any_true, mut any_false) = (false, false);
    for tag in dependency.tags.iter().flatten() {
        match tags.get(tag.as_bytes()) {
            None => {}
            Some(Value::Bool(true)) => any_true = true,
            Some(Value::Bool(false)) => any_false = true,
            Some(_) => warnings.push(format!(
                "dependencies.go:95: Warning: Tag '{tag}' for chart {} returned non-bool value",
                dependency.name
            )),
        }
    }
    dependency.enabled = any_true || !any_false;
}

/// The first path of the condition that leads to a boolean decides.
pub(super) fn apply_condition(
    dependency: &mut Dependency,
    values: &Map,
    prefix: &str,
    warnings: &mut Warnings,
) {
    for path in dependency
        .condition
        .trim()
        .split(',')
        .filter(|path| !path.is_empty())
    {
        match value_at(values, &format!("{prefix}{path}")) {
            Some(Value::Bool(enabled)) => {
                dependency.enabled = enabled;
                return;
            }
            Some(_) => warnings.push(format!(
                "dependencies.go:64: Warning: Condition path '{path}' for chart {} returned non-bool value",
                dependency.name
            )),
            None => {}
        }
    }
}

/// The value at a dotted path, if it is there and no table.
fn value_at(values: &Map, path: &str) -> Option<Value> {
    let value = match path.rsplit_once('.') {
        None => values.get(path.as_bytes()),
        Some((parent, key)) => table(values, parent).ok()?.get(key.as_bytes()),
    };
    value.filter(|value| !matches!(value, Value::Map(_)))
}
