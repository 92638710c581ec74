//! Decides which value wins: the user's over the chart's, a chart's over its subcharts', globals from the top down.

use gotemplate::{Map, Value};

use super::tables::{Nulls, Place, copy_map, lay, shown};
use crate::dependencies::{NodeId, Tree};

const GLOBAL: &str = "global";

/// What Helm remarks on standard error, with the place in its source it puts before each remark.
pub(crate) type Warnings = Vec<String>;

/// A subchart's values are not a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("type mismatch on {chart}: {value}")]
pub struct TypeMismatch {
    /// The subchart.
    pub chart: String,
    /// Its value, as Helm prints it.
    pub value: String,
}

/// The chart's values: the user's, completed by the defaults of the chart and its subcharts. `null` deletes a default.
pub(crate) fn coalesce_values(
    tree: &Tree<'_>,
    chart: NodeId,
    user: &Map,
    warnings: &mut Warnings,
) -> Result<Map, TypeMismatch> {
    let values = copy_map(user);
    coalesce_into(tree, chart, &values, warnings)?;
    Ok(values)
}

/// As [`coalesce_values`], but the user's values themselves are completed.
pub(crate) fn coalesce_into(
    tree: &Tree<'_>,
    chart: NodeId,
    user: &Map,
    warnings: &mut Warnings,
) -> Result<(), TypeMismatch> {
    Coalesce {
        tree,
        warnings,
        nulls: Nulls::Delete,
    }
    .chart(chart, user, Place::of(""))
}

/// As [`coalesce_values`], but `null`s stay.
pub(crate) fn merge_values(
    tree: &Tree<'_>,
    chart: NodeId,
    user: &Map,
    warnings: &mut Warnings,
) -> Result<Map, TypeMismatch> {
    let values = copy_map(user);
    Coalesce {
        tree,
        warnings,
        nulls: Nulls::Stay,
    }
    .chart(chart, &values, Place::of(""))?;
    Ok(values)
}

struct Coalesce<'a, 't> {
    tree: &'a Tree<'t>,
    warnings: &'a mut Warnings,
    nulls: Nulls,
}

impl Coalesce<'_, '_> {
    fn chart(&mut self, chart: NodeId, values: &Map, place: Place<'_>) -> Result<(), TypeMismatch> {
        self.defaults(chart, values, place);
        let node = self.tree.node(chart);
        let place = place.below(node.name.as_bytes());
        for &subchart in &node.children {
            let name = self.tree.node(subchart).name.as_str();
            let below = match values.get(name.as_bytes()) {
                Some(Value::Map(map)) => map,
                None => {
                    let map = Map::new();
                    values.insert(name, map.clone());
                    map
                }
                Some(other) => {
                    return Err(TypeMismatch {
                        chart: name.to_owned(),
                        value: shown("%t", &other),
                    });
                }
            };
            self.globals(&below, values, place);
            self.chart(subchart, &below, place)?;
        }
        Ok(())
    }

    fn defaults(&mut self, chart: NodeId, values: &Map, place: Place<'_>) {
        let node = self.tree.node(chart);
        let place = place.below(node.name.as_bytes());
        for (key, default) in node.default_values().entries() {
            let place = place.below(key.as_bytes());
            match values.get(key.as_bytes()) {
                None => {
                    values.insert(key, default);
                }
                Some(value) if value.is_nil() => {
                    if self.nulls == Nulls::Delete {
                        values.remove(key.as_bytes());
                    }
                }
                Some(Value::Map(over)) => match default {
                    Value::Map(under) => {
                        let is_subchart = node
                            .children
                            .iter()
                            .any(|&c| self.tree.node(c).name.as_bytes() == key.as_bytes());
                        let nulls = if is_subchart { Nulls::Stay } else { self.nulls };
                        lay(self.warnings, &over, &under, place, nulls);
                    }
                    default if default.is_nil() => {}
                    _ => self.warnings.push(format!(
                        "coalesce.go:237: warning: skipped value for {place}: Not a table."
                    )),
                },
                Some(_) => {}
            }
        }
    }

    /// Lays the globals of a chart over those of its subchart.
    fn globals(&mut self, below: &Map, above: &Map, place: Place<'_>) {
        let target = match below.get(GLOBAL.as_bytes()) {
            None => Map::new(),
            Some(Value::Map(map)) => map,
            Some(_) => {
                let text = "coalesce.go:138: warning: skipping globals because destination global is not a table.";
                self.warnings.push(text.into());
                return;
            }
        };
        let source = match above.get(GLOBAL.as_bytes()) {
            None => Map::new(),
            Some(Value::Map(map)) => map,
            Some(_) => {
                let text = "coalesce.go:145: warning: skipping globals because source global is not a table.";
                self.warnings.push(text.into());
                return;
            }
        };
        for (key, value) in source.entries() {
            match (value, target.get(key.as_bytes())) {
                (Value::Map(map), existing) => {
                    let copy: Map = map.entries().into_iter().collect();
                    match existing {
                        None => {}
                        Some(Value::Map(own)) => {
                            let place = place.below(key.as_bytes());
                            lay(self.warnings, &copy, &own, place, Nulls::Stay);
                        }
                        Some(_) => {
                            let name = key.to_string();
                            self.warnings.push(format!(
                                "coalesce.go:162: Conflict: cannot merge map onto non-map for {name:?}. Skipping."
                            ));
                            continue;
                        }
                    }
                    target.insert(key, copy);
                }
                (_, Some(Value::Map(_))) => {
                    self.warnings
                        .push(format!("coalesce.go:177: key {key} is table. Skipping"));
                }
                (value, _) => {
                    target.insert(key, value);
                }
            }
        }
        below.insert(GLOBAL, target);
    }
}
