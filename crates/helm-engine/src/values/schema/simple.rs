//! Schemas of the simplest keywords, as generators write them: whether values fit is seen without compiling anything.

use std::cmp::Ordering;

use gotemplate::{Map, Value};
use serde_json::Value as Json;

use super::instance;

/// A schema that says nothing but what these fields say.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    /// `type`; `None` = any.
    pub(super) types: Option<Types>,
    /// `properties`, sorted by name.
    pub(super) properties: Vec<(Box<str>, Simple)>,
    /// `additionalProperties`.
    pub(super) others: Others,
    pub(super) required: Vec<Box<str>>,
    pub(super) items: Option<Box<Simple>>,
    /// `anyOf`; empty = the schema has none.
    pub(super) any_of: Vec<Simple>,
    /// `oneOf`; empty = the schema has none.
    pub(super) one_of: Vec<Simple>,
    /// `enum`, of which none is a number or a collection.
    pub(super) choices: Option<Vec<Json>>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
}

/// What properties may be there that are not named.
#[derive(Debug, Default)]
pub(super) enum Others {
    #[default]
    Any,
    None,
    Fitting(Box<Simple>),
}

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NONE: Self = Self(0);
    const NULL: Self = Self(1);
    const BOOLEAN: Self = Self(2);
    const STRING: Self = Self(4);
    const ARRAY: Self = Self(8);
    const OBJECT: Self = Self(16);
    const INTEGER: Self = Self(32);
    /// Integers are numbers.
    const NUMBER: Self = Self(64 | 32);

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            _ => return None,
        })
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn contains(self, one: Self) -> bool {
        self.0 & one.0 == one.0
    }
}

impl Simple {
    /// Whether the values certainly fit. `false` = they do not, or only their JSON text tells what they are.
    pub(super) fn is_certain(&self, values: &Map) -> bool {
        instance::is_plain(values) && self.fits(&Value::Map(values.clone()))
    }

    fn fits(&self, value: &Value) -> bool {
        if let Some(types) = self.types
            && !types.contains(type_of(value))
        {
            return false;
        }
        if let Some(choices) = &self.choices
            && !choices.iter().any(|choice| is_equal(choice, value))
        {
            return false;
        }
        let fits_kind = match value {
            Value::Map(map) => self.fits_entries(map),
            Value::List(list) => match &self.items {
                Some(schema) => list.borrow().iter().all(|item| schema.fits(item)),
                None => true,
            },
            Value::Int(i) => self.is_in_range(*i as f64),
            Value::Float(f) => self.is_in_range(*f),
            _ => true,
        };
        let fits_any = || self.any_of.iter().any(|schema| schema.fits(value));
        let fits_one = || {
            self.one_of
                .iter()
                .filter(|schema| schema.fits(value))
                .count()
                == 1
        };
        fits_kind
            && (self.any_of.is_empty() || fits_any())
            && (self.one_of.is_empty() || fits_one())
    }

    fn is_in_range(&self, number: f64) -> bool {
        self.minimum.is_none_or(|minimum| number >= minimum)
            && self.maximum.is_none_or(|maximum| number <= maximum)
    }

    fn fits_entries(&self, map: &Map) -> bool {
        let map = map.borrow();
        let has = |name: &str| map.contains_key(name.as_bytes());
        let mut named = self.properties.iter().peekable();
        map.iter().all(|(key, value)| {
            while named
                .next_if(|(name, _)| name.as_bytes() < key.as_bytes())
                .is_some()
            {}
            match named.peek() {
                Some((name, schema)) if name.as_bytes().cmp(key.as_bytes()) == Ordering::Equal => {
                    schema.fits(value)
                }
                _ => match &self.others {
                    Others::Any => true,
                    Others::None => false,
                    Others::Fitting(schema) => schema.fits(value),
                },
            }
        }) && self.required.iter().all(|name| has(name))
    }
}

/// The narrowest type of a value that is plain.
fn type_of(value: &Value) -> Types {
    match value {
        Value::Bool(_) => Types::BOOLEAN,
        Value::Str(_) => Types::STRING,
        Value::List(_) => Types::ARRAY,
        Value::Map(_) => Types::OBJECT,
        Value::Int(_) => Types::INTEGER,
        Value::Float(f) if f.fract() == 0.0 => Types::INTEGER,
        Value::Float(_) => Types(64),
        _ => Types::NULL,
    }
}

/// Whether a choice is that value.
fn is_equal(choice: &Json, value: &Value) -> bool {
    match (choice, value) {
        (Json::Null, Value::Nil) => true,
        (Json::Bool(a), Value::Bool(b)) => a == b,
        (Json::String(a), Value::Str(b)) => a.as_bytes() == b.as_bytes(),
        _ => false,
    }
}
