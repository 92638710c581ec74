//! Which entry wins when maps are merged: the rules of mergo, which `merge` and `mergeOverwrite` expose.

use gotemplate::{Call, FuncError, Kind, Map, Value};

use crate::args::{depth_limit, elements, spend_entries};

/// What happens to an entry both maps have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The destination keeps what is not empty.
    Fill,
    /// The source wins, even when it is empty or nil.
    Overwrite,
}

/// Merges `source` into `target`. What `target` lacks is taken over as it is, so both then share nested maps.
pub(crate) fn merge(
    call: &mut dyn Call,
    target: &Map,
    source: &Map,
    policy: Policy,
) -> Result<(), FuncError> {
    merge_level(call, target, source, policy, 0)
}

fn merge_level(
    call: &mut dyn Call,
    target: &Map,
    source: &Map,
    policy: Policy,
    depth: usize,
) -> Result<(), FuncError> {
    depth_limit(depth)?;
    spend_entries(call, source.len())?;
    for (key, new) in source.entries() {
        if matches!(new, Value::Nil) {
            if policy == Policy::Overwrite {
                target.insert(key, Value::Nil);
            }
            continue;
        }
        let old = target.get(key.as_bytes()).unwrap_or_default();
        if let (Value::Map(old), Value::Map(new)) = (&old, &new) {
            merge_level(call, old, new, policy, depth + 1)?;
        }
        // Judged after the merge of nested maps: an empty one that was filled stays where it is.
        let both_maps = is_map(&old) && is_map(&new);
        let keep = match policy {
            _ if is_empty(&old) => false,
            Policy::Fill => true,
            Policy::Overwrite => both_maps,
        };
        if !keep {
            target.insert(key, new);
        }
    }
    Ok(())
}

fn is_map(value: &Value) -> bool {
    value.kind() == Kind::Map
}

/// mergo's emptiness: zero values, and nil behind an interface; structs never are.
fn is_empty(value: &Value) -> bool {
    match value.kind() {
        Kind::Struct => false,
        Kind::Slice => elements(value).is_none_or(|items| items.is_empty()),
        _ => !value.truth(),
    }
}
