//! Plain data: what YAML and JSON decode to. Owned, immutable, `Send` and `Sync`, so that a loaded chart can be shared between threads.

use std::collections::BTreeMap;

use crate::value::{List, Map, Str, Value};

/// A YAML or JSON document. Converted to a [`Value`] at the start of a render, so that templates may change their copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A Go `int64` or `int`: only where the decoder keeps integers apart; Helm's values are all `Float`.
    Int(i64),
    /// A Go `float64`.
    Float(f64),
    /// A string.
    Str(Str),
    /// An array.
    List(Vec<Data>),
    /// An object, sorted by key.
    Map(BTreeMap<Str, Data>),
}

impl From<&Data> for Value {
    fn from(data: &Data) -> Self {
        match data {
            Data::Null => Self::Nil,
            Data::Bool(b) => Self::Bool(*b),
            Data::Int(i) => Self::Num(*i, crate::IntKind::Int64),
            Data::Float(f) => Self::Float(*f),
            Data::Str(s) => Self::Str(s.clone()),
            Data::List(items) => {
                Self::List(List::from(items.iter().map(Self::from).collect::<Vec<_>>()))
            }
            Data::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(k, v)| (k.clone(), Self::from(v)))
                    .collect::<Map>(),
            ),
        }
    }
}
