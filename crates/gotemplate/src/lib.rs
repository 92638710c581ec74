//! Go's `text/template`: the language, the values it works on and the errors it reports.
//!
//! Bytes in, bytes out. The crate knows nothing of Helm, Sprig or YAML; those add functions
//! through [`FuncMap`] and types through [`Object`].

pub mod data;
pub mod func;
pub mod value;

pub use data::Data;
pub use func::{Body, Call, FuncError, FuncMap, Function, Type};
pub use value::{IntKind, Kind, List, Map, Object, Str, Value};
