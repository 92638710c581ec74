//! Reading a function's arguments. The engine has checked their types, so a mismatch here is a fault of the engine and reported as one.

use std::borrow::Cow;

use gotemplate::{Call, FuncError, IntKind, Kind, List, Map, Value};

use crate::runes;

/// What every body returns.
pub(crate) type Outcome = Result<Value, FuncError>;

/// What Go says when a nil interface is asked for its type.
pub(crate) const NIL_DEREFERENCE: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// An error with that text.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T, FuncError> {
    Err(FuncError::new(message))
}

/// The fault of an engine that let a wrong type through.
pub(crate) fn mismatch<T>(index: usize, expected: &str, args: &[Value]) -> Result<T, FuncError> {
    let got = args.get(index).map_or("nothing", Value::type_name);
    fail(format!(
        "argument {}: the engine passed {got}, the function takes {expected}",
        index + 1
    ))
}

/// The bytes of a `string` argument.
pub(crate) fn bytes(args: &[Value], index: usize) -> Result<&[u8], FuncError> {
    match args.get(index) {
        Some(Value::Str(s)) => Ok(s.as_bytes()),
        _ => mismatch(index, "string", args),
    }
}

/// A `string` argument as text; bytes that are no UTF-8 become U+FFFD, one each, as in Go's `[]rune(s)`.
pub(crate) fn text(args: &[Value], index: usize) -> Result<Cow<'_, str>, FuncError> {
    bytes(args, index).map(runes::to_text)
}

/// An `int` argument.
pub(crate) fn int(args: &[Value], index: usize) -> Result<i64, FuncError> {
    match args.get(index) {
        Some(Value::Int(i) | Value::Num(i, _)) => Ok(*i),
        _ => mismatch(index, "int", args),
    }
}

/// A `bool` argument.
pub(crate) fn boolean(args: &[Value], index: usize) -> Result<bool, FuncError> {
    match args.get(index) {
        Some(Value::Bool(b)) => Ok(*b),
        _ => mismatch(index, "bool", args),
    }
}

/// An argument of any type.
pub(crate) fn any(args: &[Value], index: usize) -> Result<&Value, FuncError> {
    match args.get(index) {
        Some(value) => Ok(value),
        None => mismatch(index, "interface {}", args),
    }
}

/// A `map[string]interface {}` argument. `None` = a nil map, which reads as empty and cannot be written.
pub(crate) fn map(args: &[Value], index: usize) -> Result<Option<Map>, FuncError> {
    match args.get(index) {
        Some(Value::Map(m)) => Ok(Some(m.clone())),
        Some(Value::Nil | Value::TypedNil(Kind::Map, _)) => Ok(None),
        Some(Value::Object(o)) if o.kind() == Kind::Map => {
            Ok(Some(o.fields().into_iter().collect()))
        }
        _ => mismatch(index, "map[string]interface {}", args),
    }
}

/// The elements of any slice; `None` = the value is no slice.
pub(crate) fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.to_vec()),
        Value::TypedNil(Kind::Slice, _) => Some(Vec::new()),
        Value::Object(object) if object.kind() == Kind::Slice => object.elements(),
        _ => None,
    }
}

/// A Go `int64`.
pub(crate) fn int64(i: i64) -> Value {
    Value::Num(i, IntKind::Int64)
}

/// A Go `[]string`.
pub(crate) fn strings<S: Into<gotemplate::Str>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::List(List::typed(
        "[]string",
        items.into_iter().map(Value::str).collect(),
    ))
}

/// A Go `[]interface {}`.
pub(crate) fn list(items: Vec<Value>) -> Value {
    Value::List(List::from(items))
}

/// A nil `[]interface {}`: prints as `[]`, is `null` in JSON.
pub(crate) const NIL_LIST: Value = Value::TypedNil(Kind::Slice, "[]interface {}");

/// Spends steps for elements a list is about to hold: each takes some 32 bytes.
pub(crate) fn spend_elements(call: &mut dyn Call, count: usize) -> Result<(), FuncError> {
    call.spend(2 * count as u64)
}

/// Spends steps for texts a list or map is about to hold: each takes some 64 bytes beside its own.
pub(crate) fn spend_texts(call: &mut dyn Call, count: usize) -> Result<(), FuncError> {
    call.spend(4 * count as u64)
}

/// Spends steps for a map of that many entries, or for entries added to one.
pub(crate) fn spend_entries(call: &mut dyn Call, count: usize) -> Result<(), FuncError> {
    call.spend(8 + 6 * count as u64)
}

/// Spends one step of the budget for every 16 bytes a function is about to produce.
pub(crate) fn spend_bytes(call: &mut dyn Call, bytes: usize) -> Result<(), FuncError> {
    call.spend(bytes as u64 / 16 + 1)
}

/// How deep values may be nested where a function walks them; templates can build maps that contain themselves.
const MAX_DEPTH: usize = 1000;

/// Fails when a walk has gone too deep.
pub(crate) fn depth_limit(depth: usize) -> Result<(), FuncError> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err(FuncError {
        is_limit: true,
        ..FuncError::new(format!(
            "the value is nested deeper than {MAX_DEPTH} levels"
        ))
    })
}

/// Nesting beyond this is refused by whatever writes values.
const MOST_NESTED: usize = 500;
/// What one value costs that is about to be written: its text has a few bytes at least.
const STEPS_A_VALUE: u64 = 16;

/// Spends steps for all that is in a value, as often as it is in it: a few maps that hold each other twice over write
/// more than any memory holds.
///
/// # Errors
/// The budget is used up.
pub fn spend_on(call: &mut dyn Call, value: &Value) -> Result<(), FuncError> {
    spend_nested(call, value, 0)
}

/// Spends steps for a document that is about to be read: what it says takes many times its own size.
///
/// # Errors
/// The budget is used up.
pub fn spend_on_reading(call: &mut dyn Call, document: &[u8]) -> Result<(), FuncError> {
    call.spend(2 * document.len() as u64)
}

fn spend_nested(call: &mut dyn Call, value: &Value, depth: usize) -> Result<(), FuncError> {
    match value {
        Value::Map(map) if depth < MOST_NESTED => {
            for (key, item) in map.borrow().iter() {
                call.spend(STEPS_A_VALUE + key.len() as u64 / 16)?;
                spend_nested(call, item, depth + 1)?;
            }
        }
        Value::List(list) if depth < MOST_NESTED => {
            call.spend(list.len() as u64)?;
            for item in list.borrow().iter() {
                spend_nested(call, item, depth + 1)?;
            }
        }
        Value::Str(text) => call.spend(STEPS_A_VALUE + text.len() as u64 / 16)?,
        _ => call.spend(STEPS_A_VALUE)?,
    }
    Ok(())
}
