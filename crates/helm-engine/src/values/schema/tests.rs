//! What fits a simple schema certainly, fits it in the eyes of the real validator, and what does not, does not.

use gotemplate::{Data, Map, Value};
use serde_json::Value as Json;

use super::{instance, read};

#[allow(
    dead_code,
    reason = "the other tests change texts, this one makes them"
)]
#[path = "../../../../gotemplate/tests/random/mod.rs"]
mod random;

use random::{Random, fuzz};

const WORDS: [&str; 5] = ["a", "b", "c", "kind", "é"];
const TYPES: [&str; 8] = [
    "null", "boolean", "string", "array", "object", "integer", "number", "text",
];
const LEAVES: [&str; 14] = [
    "null", "true", "false", "0", "1", "1.5", "255", "1.0", "-1", "1e300", "\"a\"", "\"b\"", "[]",
    "{}",
];

/// A schema, now and then one that is not simple or not even valid.
fn schema(random: &mut Random, depth: usize) -> String {
    if random.once_in(60) {
        return random
            .pick(&["true", "[]", "null", "{\"not\":{}}", "{\"$ref\":\"#\"}"])
            .to_owned();
    }
    let mut keywords: Vec<String> = (0..random.below(4))
        .map(|_| keyword(random, depth))
        .collect();
    if depth == 0 && random.once_in(3) {
        let draft = random.pick(&[
            "http://json-schema.org/draft-07/schema#",
            "https://json-schema.org/draft/2020-12/schema",
            "x",
        ]);
        keywords.push(format!("\"$schema\":\"{draft}\""));
    }
    format!("{{{}}}", keywords.join(","))
}

fn schemas(random: &mut Random, depth: usize) -> String {
    let all: Vec<String> = (0..random.below(3) + usize::from(!random.once_in(20)))
        .map(|_| schema(random, depth))
        .collect();
    all.join(",")
}

fn leaves(random: &mut Random) -> String {
    let all: Vec<&str> = (0..random.below(4)).map(|_| random.pick(&LEAVES)).collect();
    all.join(",")
}

fn keyword(random: &mut Random, depth: usize) -> String {
    let depth = depth + 1;
    let kinds = if depth > 4 { 7 } else { 12 };
    match random.below(kinds) {
        0 | 1 => {
            let known = 7 + usize::from(random.once_in(20));
            format!("\"type\":\"{}\"", random.pick(&TYPES[..known]))
        }
        2 => format!(
            "\"type\":[\"{}\",\"{}\"]",
            random.pick(&TYPES[..7]),
            random.pick(&TYPES[..7])
        ),
        3 => format!("\"enum\":[{}]", leaves(random)),
        4 => format!(
            "\"required\":[\"{}\",\"{}\"]",
            random.pick(&WORDS),
            random.pick(&WORDS)
        ),
        5 => format!(
            "\"{}\":{}",
            random.pick(&["minimum", "maximum"]),
            random.pick(&LEAVES[3..11])
        ),
        6 => format!(
            "\"{}\":{}",
            random.pick(&["title", "description", "default"]),
            random.pick(&LEAVES)
        ),
        7 => format!("\"items\":{}", schema(random, depth)),
        8 => format!("\"anyOf\":[{}]", schemas(random, depth)),
        9 => format!("\"oneOf\":[{}]", schemas(random, depth)),
        10 if random.once_in(2) => format!(
            "\"additionalProperties\":{}",
            random.pick(&["true", "false"])
        ),
        10 => format!("\"additionalProperties\":{}", schema(random, depth)),
        _ => {
            let entries = (0..random.below(4))
                .map(|_| format!("\"{}\":{}", random.pick(&WORDS), schema(random, depth)));
            format!(
                "\"properties\":{{{}}}",
                entries.collect::<Vec<_>>().join(",")
            )
        }
    }
}

fn document(random: &mut Random, depth: usize) -> String {
    match random.below(if depth > 3 { 2 } else { 4 }) {
        0 | 1 if depth > 0 => random.pick(&LEAVES).to_owned(),
        2 if depth > 0 => {
            let items: Vec<String> = (0..random.below(3))
                .map(|_| document(random, depth + 1))
                .collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            let entries = (0..random.below(4)).map(|_| {
                format!(
                    "\"{}\":{}",
                    random.pick(&WORDS),
                    document(random, depth + 1)
                )
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

fn values(text: &str) -> Map {
    match goyaml::json::from_slice(text.as_bytes()) {
        Ok(data @ Data::Map(_)) => match Value::from(&data) {
            Value::Map(map) => map,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}

#[test]
fn a_simple_schema_judges_as_the_validator_does() {
    let (mut simple, mut fitting) = (0, 0);
    fuzz(40_000, |random| {
        let text = schema(random, 0);
        let Some(schema) = read::simple(text.as_bytes()) else {
            return;
        };
        simple += 1;
        let json: Json = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::Validator::new(&json);
        let validator = validator.unwrap_or_else(|e| panic!("{text} is not valid: {e}"));
        for _ in 0..4 {
            let document = document(random, 0);
            let map = values(&document);
            let fits = schema.is_certain(&map);
            let expected = validator.is_valid(&instance::of(&map).unwrap());
            assert_eq!(
                fits,
                expected && instance::is_plain(&map),
                "{text} {document}"
            );
            fitting += u32::from(fits);
        }
    });
    assert!(simple > 0 && fitting > 0);
}

#[test]
fn a_generated_schema_is_simple() {
    let text = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {
        "mode": {"description": "How.", "enum": ["a", "b"]},
        "port": {"type": ["integer", "null"], "minimum": 1, "maximum": 65535},
        "list": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}}
    }}"#;
    let schema = read::simple(text.as_bytes()).unwrap();
    assert!(schema.is_certain(&values(
        r#"{"mode": "a", "port": 80, "list": ["x", {}], "more": 1}"#
    )));
    assert!(!schema.is_certain(&values(r#"{"mode": "c"}"#)));
    assert!(!schema.is_certain(&values(r#"{"port": 0.5}"#)));
}
