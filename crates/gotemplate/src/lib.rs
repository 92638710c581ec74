//! Go's `text/template`: the language, the values it works on and the errors it reports.
//!
//! Bytes in, bytes out. The crate knows nothing of Helm, Sprig or YAML; those add functions
//! through [`FuncMap`] and types through [`Object`].
//!
//! ```
//! use gotemplate::{Execution, FuncMap, TemplateSet, Value};
//!
//! let mut set = TemplateSet::new("demo", FuncMap::new());
//! set.parse("t", "{{ range $i, $x := slice . 1 }}{{ $i }}={{ $x }} {{ end }}")?;
//! let data = Value::List(vec!["a".into(), "b".into(), "c".into()].into());
//! assert_eq!(Execution::new(&set).execute("t", &data)?, b"0=b 1=c ");
//! # Ok::<(), gotemplate::Error>(())
//! ```

mod ast;
mod builtin;
pub mod data;
mod error;
mod eval;
pub mod fmt;
pub mod func;
mod lex;
mod limits;
mod number;
mod parse;
mod quote;
mod set;
mod stack;
mod unparse;
mod utf8;
pub mod value;

pub use data::Data;
pub use error::{Error, ErrorKind, Frame, LimitKind, Location};
pub use eval::Execution;
pub use func::{Body, Call, FuncError, FuncMap, Function, Signature, Type};
pub use limits::{Limits, MissingKey};
pub use set::{Parsed, TemplateSet};
pub use value::{IntKind, Kind, List, Map, Object, Str, Value};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
