//! What calls cost beside their step: whoever is given or gives back much text works longer and holds more memory.

use crate::value::Value;

/// Bytes a function reads for one step.
const READ: usize = 32;
/// Bytes of text a step pays for: an execution cannot make more of it than this times its steps.
const MADE: usize = 16;
/// Elements of a list that are read for one step.
const ELEMENTS: usize = 4;

/// The steps for what a function is given.
pub(super) fn given(values: &[Value]) -> u64 {
    values.iter().map(read).sum()
}

/// The steps for looking at a value. Nothing walks through a map without paying for it by itself.
pub(super) fn read(value: &Value) -> u64 {
    let steps = match value {
        Value::Str(text) => text.len() / READ,
        Value::List(list) => list.len() / ELEMENTS,
        _ => 0,
    };
    steps as u64
}

/// The steps for what a function gives back.
pub(super) fn made(value: &Value) -> u64 {
    match value {
        Value::Str(text) => (text.len() / MADE) as u64,
        _ => 0,
    }
}

/// The steps for what a method gives back, which cannot pay for anything by itself.
pub(super) fn made_by_method(value: &Value) -> u64 {
    match value {
        Value::List(list) => 2 * list.len() as u64,
        other => made(other),
    }
}
