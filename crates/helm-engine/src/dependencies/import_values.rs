//! Decides what a chart takes over from its subcharts' values: `import-values`.

use gotemplate::Map;

use super::{NodeId, Tree};
use crate::chart::ImportValue;
use crate::values::{TypeMismatch, Warnings, copy_map, merge_tables, merge_values, table};

impl Tree<'_> {
    /// Imports bottom up. The chart's own values win over imported ones.
    pub(super) fn import_values(
        &mut self,
        id: NodeId,
        warnings: &mut Warnings,
    ) -> Result<(), TypeMismatch> {
        for child in self.node(id).children.clone() {
            self.import_values(child, warnings)?;
        }
        // After the charts were chosen Helm asks for the list itself, which is nil when nothing is left in it.
        if self.node(id).declared.is_empty() {
            return Ok(());
        }
        let values = merge_values(self, id, &Map::new(), warnings)?;
        let imported = Map::new();
        for dependency in self.node(id).declared.clone() {
            let declared = &mut self.declared[dependency];
            let Some(imports) = declared.import_values.take() else {
                continue;
            };
            let name = &declared.name;
            let done = imports
                .iter()
                .filter_map(|import| import_one(import, name, &values, &imported, warnings));
            declared.import_values = Some(done.collect());
        }
        let values = copy_map(&values);
        merge_tables(warnings, &values, &imported, "");
        self.nodes[id].values = Some(values);
        Ok(())
    }
}

/// Takes one table over. The answer is what Helm remembers of the import.
fn import_one(
    import: &ImportValue,
    name: &str,
    values: &Map,
    imported: &Map,
    warnings: &mut Warnings,
) -> Option<ImportValue> {
    let (child, parent) = match import {
        ImportValue::Table { child, parent } => {
            match table(values, &format!("{name}.{child}")) {
                Ok(found) => merge_tables(warnings, imported, &at_path(parent, own(found)), ""),
                Err(part) => warnings.push(format!(
                    "dependencies.go:270: Warning: ImportValues missing table from chart {name}: {part:?} is not a table"
                )),
            }
            (child.clone(), parent.clone())
        }
        ImportValue::Export(export) => {
            match table(values, &format!("{name}.exports.{export}")) {
                Ok(found) => merge_tables(warnings, imported, &own(found), ""),
                Err(part) => warnings.push(format!(
                    "dependencies.go:287: Warning: ImportValues missing table: {part:?} is not a table"
                )),
            }
            (format!("exports.{export}"), ".".to_owned())
        }
        ImportValue::Done { .. } | ImportValue::Other => return None,
    };
    Some(ImportValue::Done { child, parent })
}

/// An empty table is not shared with the subchart, as any other is.
fn own(table: Map) -> Map {
    if table.is_empty() { Map::new() } else { table }
}

/// The table under a new path; `.` leaves it where it is.
fn at_path(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, key| {
        let outer = Map::new();
        outer.insert(key, inner);
        outer
    })
}
