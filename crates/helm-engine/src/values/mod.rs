//! Values: how files and flags become one table, how charts' defaults join them, and whether they fit the schema.

mod coalesce;
mod schema;
mod strvals;
mod tables;

pub(crate) use coalesce::{Warnings, coalesce_into, coalesce_values, merge_values};
pub(crate) use schema::{SimpleSchema, validate as validate_schema};
pub(crate) use tables::{copy_map, data_to_map, get_map, merge_tables, shown, table};

pub use coalesce::TypeMismatch;
pub use strvals::{ReadFile, SetError, Setting, set};

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

/// Reads a file of values. An empty file is an empty table.
///
/// # Errors
/// What is no YAML or no table, with Helm's text.
pub fn parse_values(text: &[u8]) -> Result<BTreeMap<Str, Data>, goyaml::Error> {
    goyaml::map_from_slice(text, "map[string]interface {}")
}

/// Lays one table over another: tables are merged, anything else replaces what was there. `null` stays, so that it can
/// delete a chart's default later. What several `-f` files become.
pub fn merge_maps(base: &mut BTreeMap<Str, Data>, over: BTreeMap<Str, Data>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Data::Map(below)), Data::Map(above)) => merge_maps(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
