//! When two values are deeply equal: `reflect.DeepEqual`, which wants equal types all the way down.

use std::rc::Rc;

use gotemplate::{Call, FuncError, Object, Value};

use crate::args::depth_limit;

/// `reflect.DeepEqual(a, b)`.
pub(crate) fn deep_equal(call: &mut dyn Call, a: &Value, b: &Value) -> Result<bool, FuncError> {
    equal(call, a, b, 0)
}

fn equal(call: &mut dyn Call, a: &Value, b: &Value, depth: usize) -> Result<bool, FuncError> {
    depth_limit(depth)?;
    call.spend(1)?;
    Ok(match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::TypedNil(kind, name), Value::TypedNil(other_kind, other_name)) => {
            kind == other_kind && name == other_name
        }
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => same_float(*a, *b),
        (Value::Num(a, kind), Value::Num(b, other)) => kind == other && a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.type_name() == b.type_name() && items(call, &a.to_vec(), &b.to_vec(), depth)?
        }
        (Value::Map(a), Value::Map(b)) => {
            a.type_name() == b.type_name()
                && (a.is_same(b) || entries(call, &a.entries(), &b.entries(), depth)?)
        }
        (Value::Object(a), Value::Object(b)) => {
            Rc::ptr_eq(a, b) || objects(call, &**a, &**b, depth)?
        }
        _ => false,
    })
}

#[allow(
    clippy::float_cmp,
    reason = "Go compares with ==: NaN differs from itself"
)]
fn same_float(a: f64, b: f64) -> bool {
    a == b
}

/// Objects show what they hold as fields, elements or text.
fn objects(
    call: &mut dyn Call,
    a: &dyn Object,
    b: &dyn Object,
    depth: usize,
) -> Result<bool, FuncError> {
    Ok(a.type_name() == b.type_name()
        && a.string() == b.string()
        && entries(call, &a.fields(), &b.fields(), depth)?
        && match (a.elements(), b.elements()) {
            (Some(a), Some(b)) => items(call, &a, &b, depth)?,
            (None, None) => true,
            _ => false,
        })
}

fn items(call: &mut dyn Call, a: &[Value], b: &[Value], depth: usize) -> Result<bool, FuncError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !equal(call, a, b, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn entries<K: PartialEq>(
    call: &mut dyn Call,
    a: &[(K, Value)],
    b: &[(K, Value)],
    depth: usize,
) -> Result<bool, FuncError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for ((key, a), (other, b)) in a.iter().zip(b) {
        if key != other || !equal(call, a, b, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}
