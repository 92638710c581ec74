//! JSON as Go's `encoding/json` reads and writes it.

mod decode;
mod encode;
mod syntax;

pub use decode::{DecodeError, from_slice, from_start_of, list_from_slice, map_from_slice};
pub use encode::{Escaping, Layout, data_to_vec, to_vec};

use gotemplate::Data;

/// `encoding/json`'s error about a document of another type than wanted.
pub(crate) fn mismatch(data: &Data, go_type: &str) -> String {
    let found = match data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Float(_) => "number",
        Data::Str(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {go_type}")
}
