//! Reflection: the type and kind of a value, and deep equality.

use gotemplate::Type::{Any, String as Text};
use gotemplate::{Function, Kind, Value};

use crate::args::{any, bytes};
use crate::equal::deep_equal;
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("typeOf", &[Any], |_, a| {
        Ok(Value::str(any(a, 0)?.type_name()))
    }),
    function("typeIs", &[Text, Any], |_, a| {
        let name = any(a, 1)?.type_name();
        Ok(Value::Bool(bytes(a, 0)? == name.as_bytes()))
    }),
    function("typeIsLike", &[Text, Any], |_, a| {
        let (target, name) = (bytes(a, 0)?, any(a, 1)?.type_name().as_bytes());
        let pointed = name.strip_prefix(b"*");
        Ok(Value::Bool(target == name || Some(target) == pointed))
    }),
    function("kindOf", &[Any], |_, a| {
        Ok(Value::str(kind_name(any(a, 0)?.kind())))
    }),
    function("kindIs", &[Text, Any], |_, a| {
        let name = kind_name(any(a, 1)?.kind());
        Ok(Value::Bool(bytes(a, 0)? == name.as_bytes()))
    }),
    function("deepEqual", &[Any, Any], |call, a| {
        deep_equal(call, any(a, 0)?, any(a, 1)?).map(Value::Bool)
    }),
];

/// `reflect.Kind`'s name.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "invalid",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Int8 => "int8",
        Kind::Int16 => "int16",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint => "uint",
        Kind::Uint8 => "uint8",
        Kind::Uint16 => "uint16",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Float32 => "float32",
        Kind::Float64 => "float64",
        Kind::String => "string",
        Kind::Slice => "slice",
        Kind::Map => "map",
        Kind::Struct => "struct",
        Kind::Ptr => "ptr",
        Kind::Func => "func",
    }
}
