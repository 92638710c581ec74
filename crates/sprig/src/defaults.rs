//! The defaults chapter: what is empty, and what to take instead.

use gotemplate::Type::{Any, Bool};
use gotemplate::{Function, Kind, Value};

use crate::args::{any, boolean};
use crate::table::{function, variadic};

pub(crate) static FUNCTIONS: &[Function] = &[
    variadic("default", &[Any], Any, |_, a| {
        let chosen = a.get(1).filter(|given| !is_empty(given));
        Ok(chosen.unwrap_or(any(a, 0)?).clone())
    }),
    function("empty", &[Any], |_, a| {
        Ok(Value::Bool(is_empty(any(a, 0)?)))
    }),
    variadic("coalesce", &[], Any, |_, a| {
        Ok(a.iter().find(|v| !is_empty(v)).cloned().unwrap_or_default())
    }),
    variadic("all", &[], Any, |_, a| {
        Ok(Value::Bool(!a.iter().any(is_empty)))
    }),
    variadic("any", &[], Any, |_, a| {
        Ok(Value::Bool(!a.iter().all(is_empty)))
    }),
    function("ternary", &[Any, Any, Bool], |_, a| {
        let chosen = usize::from(!boolean(a, 2)?);
        any(a, chosen).cloned()
    }),
];

/// Sprig's `empty`: the template's truth, turned round; structs are never empty.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) if object.kind() == Kind::Struct => false,
        other => !other.truth(),
    }
}
