//! Reads a schema of the simplest keywords. What says more, and what is wrong, is left to the real validator.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value as Json};

use super::simple::{Others, Simple, Types};

/// The drafts in which these keywords mean the same.
const DRAFTS: [&str; 3] = [
    "http://json-schema.org/draft-07/schema#",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2020-12/schema",
];
/// Whole numbers up to here are exact as floats.
const EXACT: f64 = 9e15;

/// The schema, if it is valid and simple.
pub(super) fn simple(text: &[u8]) -> Option<Simple> {
    // As text: then not each string in it is checked by itself.
    let text = std::str::from_utf8(text).ok()?;
    serde_json::from_str(text).ok()
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Keyword {
    #[serde(rename = "$schema")]
    Draft,
    Title,
    Description,
    Default,
    Type,
    Properties,
    AdditionalProperties,
    Required,
    Items,
    AnyOf,
    OneOf,
    Enum,
    Minimum,
    Maximum,
}

struct SchemaVisitor;

impl<'de> Deserialize<'de> for Simple {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SchemaVisitor)
    }
}

impl<'de> Visitor<'de> for SchemaVisitor {
    type Value = Simple;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a simple schema")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Simple, A::Error> {
        let mut schema = Simple::default();
        let mut seen: u32 = 0;
        while let Some(keyword) = map.next_key::<Keyword>()? {
            usual(seen >> keyword as u32 & 1 == 0)?;
            seen |= 1 << keyword as u32;
            match keyword {
                Keyword::Draft => usual(DRAFTS.contains(&map.next_value::<String>()?.as_str()))?,
                Keyword::Title | Keyword::Description => drop(map.next_value::<String>()?),
                Keyword::Default => drop(map.next_value::<IgnoredAny>()?),
                Keyword::Type => schema.types = Some(map.next_value()?),
                Keyword::Properties => schema.properties = map.next_value::<Properties>()?.0,
                Keyword::AdditionalProperties => schema.others = map.next_value()?,
                Keyword::Required => {
                    schema.required = map.next_value()?;
                    schema.required.sort_unstable();
                    usual(schema.required.windows(2).all(|pair| pair[0] != pair[1]))?;
                }
                Keyword::Items => schema.items = Some(map.next_value()?),
                Keyword::AnyOf => {
                    schema.any_of = map.next_value()?;
                    usual(!schema.any_of.is_empty())?;
                }
                Keyword::OneOf => {
                    schema.one_of = map.next_value()?;
                    usual(!schema.one_of.is_empty())?;
                }
                Keyword::Enum => {
                    let choices: Vec<Json> = map.next_value()?;
                    usual(choices.iter().all(|choice| {
                        choice.is_null() || choice.is_boolean() || choice.is_string()
                    }))?;
                    schema.choices = Some(choices);
                }
                Keyword::Minimum => schema.minimum = Some(exact(&map.next_value()?)?),
                Keyword::Maximum => schema.maximum = Some(exact(&map.next_value()?)?),
            }
        }
        Ok(schema)
    }
}

/// The properties, sorted by name.
struct Properties(Vec<(Box<str>, Simple)>);

struct PropertiesVisitor;

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PropertiesVisitor)
    }
}

impl<'de> Visitor<'de> for PropertiesVisitor {
    type Value = Properties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simple schemas by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
        let mut properties = Vec::new();
        while let Some(entry) = map.next_entry::<Box<str>, Simple>()? {
            properties.push(entry);
        }
        properties.sort_by(|(a, _), (b, _)| a.cmp(b));
        usual(properties.windows(2).all(|pair| pair[0].0 != pair[1].0))?;
        Ok(Properties(properties))
    }
}

struct OthersVisitor;

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OthersVisitor)
    }
}

impl<'de> Visitor<'de> for OthersVisitor {
    type Value = Others;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean or a simple schema")
    }

    fn visit_bool<E: Error>(self, may_be: bool) -> Result<Others, E> {
        Ok(if may_be { Others::Any } else { Others::None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Others, A::Error> {
        let schema = SchemaVisitor.visit_map(map)?;
        Ok(Others::Fitting(Box::new(schema)))
    }
}

struct TypesVisitor;

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypesVisitor)
    }
}

impl<'de> Visitor<'de> for TypesVisitor {
    type Value = Types;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names of types")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Types, E> {
        Types::named(name).ok_or_else(unusual)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Types, A::Error> {
        let mut types = Types::NONE;
        while let Some(name) = names.next_element::<String>()? {
            let named = Types::named(&name).ok_or_else(unusual)?;
            usual(!types.contains(named))?;
            types = types.and(named);
        }
        Ok(types)
    }
}

fn exact<E: Error>(limit: &Number) -> Result<f64, E> {
    let limit = limit.as_f64().ok_or_else(unusual)?;
    usual(limit.abs() < EXACT)?;
    Ok(limit)
}

fn usual<E: Error>(is_usual: bool) -> Result<(), E> {
    if is_usual { Ok(()) } else { Err(unusual()) }
}

fn unusual<E: Error>() -> E {
    E::custom("not simple")
}
