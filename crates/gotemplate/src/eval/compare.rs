//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Held;
use crate::builtin::Builtin;
use crate::fmt;
use crate::func::FuncError;
use crate::value::{IntKind, Kind, Value};

type Result<T> = std::result::Result<T, FuncError>;

/// The kinds that have an order or at least an equality of their own.
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a [u8]),
    None,
}

impl<'a> Basic<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Bool(b) => Self::Bool(*b),
            Value::Num(bits, IntKind::Float32) => Self::Float(f64::from_bits(*bits as u64)),
            Value::Num(bits, kind) if kind.is_unsigned() => Self::Uint(*bits as u64),
            Value::Int(i) | Value::Num(i, _) => Self::Int(*i),
            Value::Float(f) => Self::Float(*f),
            Value::Str(s) => Self::Str(s.as_bytes()),
            _ => Self::None,
        }
    }
}

/// A comparison by name.
pub(super) fn compare(builtin: Builtin, held: &[Held]) -> Result<bool> {
    let first = &held[0].value;
    match builtin {
        Builtin::Eq => eq(first, &held[1..]),
        Builtin::Ne => eq(first, &held[1..]).map(|equal| !equal),
        Builtin::Lt => lt(first, &held[1].value),
        Builtin::Le => le(first, held),
        Builtin::Gt => le(first, held).map(|le| !le),
        _ => lt(first, &held[1].value).map(|lt| !lt),
    }
}

fn le(first: &Value, held: &[Held]) -> Result<bool> {
    Ok(lt(first, &held[1].value)? || eq(first, &held[1..])?)
}

fn incompatible(a: &Value, b: &Value) -> FuncError {
    FuncError::new(format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    ))
}

/// Whether the first equals any of the others.
fn eq(first: &Value, others: &[Held]) -> Result<bool> {
    if others.is_empty() {
        return Err(FuncError::new("missing argument for comparison"));
    }
    for other in others {
        if equal(first, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool> {
    Ok(match (Basic::of(a), Basic::of(b)) {
        (Basic::Bool(a), Basic::Bool(b)) => a == b,
        (Basic::Int(a), Basic::Int(b)) => a == b,
        (Basic::Uint(a), Basic::Uint(b)) => a == b,
        (Basic::Int(i), Basic::Uint(u)) | (Basic::Uint(u), Basic::Int(i)) => {
            u64::try_from(i) == Ok(u)
        }
        #[allow(clippy::float_cmp, reason = "it is Go's ==")]
        (Basic::Float(a), Basic::Float(b)) => a == b,
        (Basic::Str(a), Basic::Str(b)) => a == b,
        (Basic::None, Basic::None) => return equal_other(a, b),
        _ if matches!(a, Value::Nil) || matches!(b, Value::Nil) => false,
        _ => return Err(incompatible(a, b)),
    })
}

/// Equality of what has no order: nil, pointers, structs; not maps, slices and functions.
fn equal_other(a: &Value, b: &Value) -> Result<bool> {
    let (ka, kb) = (a.kind(), b.kind());
    if ka != kb && ka != Kind::Invalid && kb != Kind::Invalid {
        // Go hands type and value over in this order.
        let text = fmt::sprintf(
            b"non-comparable types %s: %v, %s: %v",
            &[
                a.clone(),
                a.type_name().into(),
                b.type_name().into(),
                b.clone(),
            ],
        )?;
        return Err(FuncError::new(String::from_utf8_lossy(&text)));
    }
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() == b.is_nil());
    }
    match (a, b) {
        (Value::Object(x), Value::Object(y)) if matches!(kb, Kind::Ptr | Kind::Struct) => {
            Ok(Rc::ptr_eq(x, y) || (kb == Kind::Struct && same_fields(a, b)))
        }
        _ => {
            let text = fmt::sprintf(
                b"non-comparable type %s: %v",
                &[b.clone(), b.type_name().into()],
            )?;
            Err(FuncError::new(String::from_utf8_lossy(&text)))
        }
    }
}

/// Two structs are equal when they print the same, type names and all.
fn same_fields(a: &Value, b: &Value) -> bool {
    let shown = |v: &Value| fmt::sprintf(b"%#v", std::slice::from_ref(v)).ok();
    shown(a).is_some() && shown(a) == shown(b)
}

fn lt(a: &Value, b: &Value) -> Result<bool> {
    let invalid = || FuncError::new("invalid type for comparison");
    let ordering = match (Basic::of(a), Basic::of(b)) {
        (Basic::None, _) | (_, Basic::None) | (Basic::Bool(_), Basic::Bool(_)) => {
            return Err(invalid());
        }
        (Basic::Int(a), Basic::Int(b)) => a.cmp(&b),
        (Basic::Uint(a), Basic::Uint(b)) => a.cmp(&b),
        (Basic::Int(a), Basic::Uint(b)) => i128::from(a).cmp(&i128::from(b)),
        (Basic::Uint(a), Basic::Int(b)) => i128::from(a).cmp(&i128::from(b)),
        (Basic::Float(a), Basic::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Greater),
        (Basic::Str(a), Basic::Str(b)) => a.cmp(b),
        _ => return Err(incompatible(a, b)),
    };
    Ok(ordering == Ordering::Less)
}
