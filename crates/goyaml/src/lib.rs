//! YAML, JSON and TOML as Go reads and writes them.

#![doc = include_str!("../README.md")]

mod compose;
mod decode;
mod emit;
mod error;
mod float;
pub mod json;
mod parse;
mod resolve;
mod scan;
mod text;
pub mod toml;
mod usual;
mod walk;

pub use decode::{
    entries_from_slice, from_slice, from_slice_with_integers, list_from_slice, map_from_slice,
};
pub use emit::{data_to_string, data_to_vec, to_string, to_string_pretty, to_vec};
pub use error::{Error, SyntaxError};
pub use float::float_as_string;
pub use walk::EncodeError;
