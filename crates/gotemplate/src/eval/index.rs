//! `len`, `index`, `slice`.

use super::Held;
use crate::func::FuncError;
use crate::value::{IntKind, Kind, List, Map, Str, Value};

type Result<T> = std::result::Result<T, FuncError>;

fn error<T>(message: impl Into<String>) -> Result<T> {
    Err(FuncError::new(message))
}

/// Whether the value is of an integer type.
pub(super) fn is_integer(value: &Value) -> bool {
    match value {
        Value::Int(_) => true,
        Value::Num(_, kind) => *kind != IntKind::Float32,
        _ => false,
    }
}

/// Whether it is a pointer or interface with nothing behind it.
fn is_nil_pointer(held: &Held) -> bool {
    match &held.value {
        Value::Nil => held.in_interface,
        Value::TypedNil(kind, _) => *kind == Kind::Ptr,
        _ => false,
    }
}

pub(super) fn len(held: &Held) -> Result<Value> {
    if is_nil_pointer(held) {
        return error("len of nil pointer");
    }
    let length = match &held.value {
        Value::Nil => return error("reflect: call of reflect.Value.Type on zero Value"),
        Value::Str(s) => s.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::TypedNil(Kind::Map | Kind::Slice, _) => 0,
        Value::Object(o) if o.kind() == Kind::Map => o.fields().len(),
        Value::Object(o) if o.elements().is_some() => o.elements().map_or(0, |e| e.len()),
        other => {
            let pointed_to = other.type_name().trim_start_matches('*');
            return error(format!("len of type {pointed_to}"));
        }
    };
    Ok(Value::Int(length as i64))
}

/// An index into something of that length; the length itself is let through, as in Go.
fn position(held: &Value, length: usize) -> Result<usize> {
    let x = match held {
        Value::Int(i) => *i,
        Value::Num(i, kind) if *kind != IntKind::Float32 => *i,
        Value::Nil => return error("cannot index slice/array with nil"),
        other => {
            return error(format!(
                "cannot index slice/array with type {}",
                other.type_name()
            ));
        }
    };
    match usize::try_from(x) {
        Ok(i) if i <= length => Ok(i),
        _ => error(format!("index out of range: {x}")),
    }
}

pub(super) fn index(held: &[Held]) -> Result<Value> {
    let mut item = held[0].clone();
    if matches!(item.value, Value::Nil) {
        return error("index of untyped nil");
    }
    for by in &held[1..] {
        if is_nil_pointer(&item) {
            return error("index of nil pointer");
        }
        item = element(&item.value, &by.value)?;
    }
    Ok(item.value)
}

fn element(item: &Value, by: &Value) -> Result<Held> {
    match item {
        Value::Str(s) => {
            let at = position(by, s.len())?;
            match s.as_bytes().get(at) {
                Some(b) => Ok(Held::plain(Value::Num((*b).into(), IntKind::Uint8))),
                None => error("reflect: string index out of range"),
            }
        }
        Value::List(list) => from_list(list, by),
        Value::TypedNil(Kind::Slice, name) => from_list(&List::typed(name, Vec::new()), by),
        Value::Map(map) => from_map(map, by),
        Value::TypedNil(Kind::Map, name) => from_map(&Map::typed(name), by),
        Value::Object(o) if o.kind() == Kind::Map => {
            let key = key(by)?;
            let found = o.field(&key.to_str_lossy());
            Ok(Held::plain(found.unwrap_or_else(|| o.zero_element())))
        }
        Value::Object(o) if o.elements().is_some() => {
            from_list(&List::typed("[]T", o.elements().unwrap_or_default()), by)
        }
        Value::Nil => error("index of untyped nil"),
        other => error(format!("can't index item of type {}", other.type_name())),
    }
}

fn from_list(list: &List, by: &Value) -> Result<Held> {
    let at = position(by, list.len())?;
    match list.get(at) {
        Some(value) => Ok(Held {
            value,
            in_interface: list.holds_interfaces(),
        }),
        None => error("reflect: slice index out of range"),
    }
}

fn from_map(map: &Map, by: &Value) -> Result<Held> {
    let key = key(by)?;
    Ok(Held {
        value: map
            .get(key.as_bytes())
            .unwrap_or_else(|| map.zero_element()),
        in_interface: map.holds_interfaces(),
    })
}

fn key(by: &Value) -> Result<&Str> {
    match by {
        Value::Str(s) => Ok(s),
        Value::Nil => error("value is nil; should be of type string"),
        other => error(format!(
            "value has type {}; should be string",
            other.type_name()
        )),
    }
}

pub(super) fn slice(held: &[Held]) -> Result<Value> {
    let item = &held[0];
    if matches!(item.value, Value::Nil) {
        return error("slice of untyped nil");
    }
    if is_nil_pointer(item) {
        return error("slice of nil pointer");
    }
    let by = &held[1..];
    if by.len() > 3 {
        return error(format!("too many slice indexes: {}", by.len()));
    }
    let elements = match &item.value {
        Value::Str(s) => {
            if by.len() == 3 {
                return error("cannot 3-index slice a string");
            }
            let (from, to) = range(by, s.len())?;
            return Ok(Value::Str(Str::from(&s.as_bytes()[from..to])));
        }
        Value::List(list) => list.clone(),
        Value::TypedNil(Kind::Slice, name) => List::typed(name, Vec::new()),
        Value::Object(o) if o.elements().is_some() => {
            List::typed("[]string", o.elements().unwrap_or_default())
        }
        other => return error(format!("can't slice item of type {}", other.type_name())),
    };
    let (from, to) = range(by, elements.len())?;
    let items = elements.borrow()[from..to].to_vec();
    Ok(Value::List(List::typed(elements.type_name(), items)))
}

fn range(by: &[Held], length: usize) -> Result<(usize, usize)> {
    let mut bounds = [0, length, length];
    for (bound, held) in bounds.iter_mut().zip(by) {
        // Unlike `index`, Go's `slice` does not look into interfaces here.
        if held.in_interface {
            return error("cannot index slice/array with type interface {}");
        }
        *bound = position(&held.value, length)?;
    }
    let [from, to, capacity] = bounds;
    if from > to {
        return error(format!("invalid slice index: {from} > {to}"));
    }
    if by.len() == 3 && to > capacity {
        return error(format!("invalid slice index: {to} > {capacity}"));
    }
    Ok((from, to))
}
