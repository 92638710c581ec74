//! Tables of values: copies, paths into them, and laying one over another.

use std::fmt;

use gotemplate::{Data, Map, Str, Value, fmt as go_fmt};

use super::Warnings;

/// A table of the data, or an empty one.
pub(crate) fn data_to_map(entries: &std::collections::BTreeMap<Str, Data>) -> Map {
    entries
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value)))
        .collect()
}

/// A copy that shares no table or list with the original.
pub(crate) fn copy_map(map: &Map) -> Map {
    map.borrow()
        .iter()
        .map(|(key, value)| (key.clone(), copy_value(value)))
        .collect()
}

fn copy_value(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(copy_map(map)),
        Value::List(list) => Value::List(
            list.borrow()
                .iter()
                .map(copy_value)
                .collect::<Vec<_>>()
                .into(),
        ),
        other => other.clone(),
    }
}

/// The table under a key, if there is one.
pub(crate) fn get_map(map: &Map, key: &str) -> Option<Map> {
    match map.get(key.as_bytes()) {
        Some(Value::Map(found)) => Some(found),
        _ => None,
    }
}

/// The table at a dotted path. The error is the part that is no table.
pub(crate) fn table<'p>(map: &Map, path: &'p str) -> Result<Map, &'p str> {
    path.split('.')
        .try_fold(map.clone(), |table, key| get_map(&table, key).ok_or(key))
}

/// Lays one table over another; a `null` of the higher one stays.
pub(crate) fn merge_tables(warnings: &mut Warnings, over: &Map, under: &Map, prefix: &str) {
    lay(warnings, over, under, Place::of(prefix), Nulls::Stay);
}

/// Where a table stands, as remarks name it: `chart.key.key`.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    outer: Option<&'p Self>,
    key: &'p [u8],
}

impl<'p> Place<'p> {
    pub(super) fn of(path: &'p str) -> Self {
        Self {
            outer: None,
            key: path.as_bytes(),
        }
    }

    pub(super) fn below(&'p self, key: &'p [u8]) -> Self {
        Self {
            outer: Some(self),
            key,
        }
    }

    fn is_empty(&self) -> bool {
        self.key.is_empty() && self.outer.is_none_or(Self::is_empty)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer.filter(|outer| !outer.is_empty()) {
            write!(f, "{outer}.")?;
        }
        f.write_str(&String::from_utf8_lossy(self.key))
    }
}

/// What a `null` in the higher table does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    Delete,
    Stay,
}

/// Lays `over` upon `under`; `over` is the result. Both may be changed, as in Helm's `coalesceTablesFullKey`.
pub(super) fn lay(
    warnings: &mut Warnings,
    over: &Map,
    under: &Map,
    place: Place<'_>,
    nulls: Nulls,
) {
    for (key, below) in under.entries() {
        let place = place.below(key.as_bytes());
        match over.get(key.as_bytes()) {
            None => {
                over.insert(key, below);
            }
            Some(above) if above.is_nil() => {
                if nulls == Nulls::Delete && !below.is_nil() {
                    over.remove(key.as_bytes());
                }
            }
            Some(Value::Map(above)) => match below {
                Value::Map(below) => lay(warnings, &above, &below, place, nulls),
                below if below.is_nil() => {}
                below => warnings.push(format!(
                    "coalesce.go:319: warning: destination for {place} is a table. Ignoring non-table value ({})",
                    shown("%v", &below)
                )),
            },
            Some(_) => {
                if let Value::Map(_) = below {
                    warnings.push(format!(
                        "coalesce.go:316: warning: cannot overwrite table with non table for {place} ({})",
                        shown("%v", &below)
                    ));
                }
            }
        }
    }
}

/// A value as Go's `printf` prints it, by `%v` or another verb.
pub(crate) fn shown(verb: &str, value: &Value) -> String {
    match go_fmt::sprintf(verb.as_bytes(), std::slice::from_ref(value)) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => error.message,
    }
}
