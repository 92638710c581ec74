//! Documents made to harm: deep, self-referring, multiplying, cut off or random. They fail, and fast.

#![allow(clippy::unwrap_used, clippy::format_push_string, reason = "a test")]

mod lost;
mod pieces;

use gotemplate::{Data, Map, Value};
use lost::is_lost_in_go;
use pieces::PIECES;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn error(input: &[u8]) -> String {
    goyaml::from_slice(input).unwrap_err().to_string()
}

#[test]
fn deep_documents_are_refused() {
    for input in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
    ] {
        assert!(
            error(input.as_bytes()).ends_with("exceeded max depth of 500"),
            "{}",
            &input[..8]
        );
    }
    let json = "[".repeat(100_000);
    assert!(goyaml::json::from_slice(json.as_bytes()).is_err());
}

#[test]
fn multiplying_aliases_are_refused() {
    let mut input = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (name, before) in ('b'..='j').zip('a'..='i') {
        let aliases = vec![format!("*{before}"); 9].join(",");
        input.push_str(&format!("{name}: &{name} [{aliases}]\n"));
    }
    assert_eq!(
        error(input.as_bytes()),
        "error converting YAML to JSON: yaml: document contains excessive aliasing"
    );
}

#[test]
fn an_anchor_within_itself_is_refused() {
    assert_eq!(
        error(b"a: &x {b: [*x]}"),
        "error converting YAML to JSON: yaml: anchor 'x' value contains itself"
    );
}

/// go-yaml does not wait whether a collection is a key if nothing in it could be one.
#[test]
fn a_key_that_is_out_of_the_queue_already_is_refused_as_in_go() {
    for input in ["- []: ", "- {}: a\n  b: c", "- - []: 1"] {
        assert_eq!(
            error(input.as_bytes()),
            "error converting YAML to JSON: yaml: did not find expected '-' indicator",
            "{input:?}"
        );
    }
    assert_eq!(
        goyaml::from_slice(b"[]: x").unwrap(),
        Data::List(Vec::new())
    );
}

#[test]
fn cyclic_values_are_refused() {
    let map = Map::new();
    map.insert("self", Value::Map(map.clone()));
    assert!(goyaml::to_string(&Value::Map(map.clone())).is_err());
    map.remove(b"self");
}

/// Go's encoder does not quote `<<`, Go's decoder takes it for a merge: real Helm answers the same to
/// `fromYaml (toYaml (fromYaml "!!str <<: "))`.
#[test]
fn a_key_that_only_looks_like_a_merge_is_written_plain_and_refused_when_read_as_in_go() {
    for (text, written) in [
        ("!!str <<: ", "<<: null\n"),
        ("\"<<\": a", "<<: a\n"),
        ("- '<<': [1]", "- <<:\n  - 1\n"),
    ] {
        let data = goyaml::from_slice(text.as_bytes()).unwrap();
        let bytes = goyaml::data_to_vec(&data).unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), written);
        assert_eq!(
            error(&bytes),
            "error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value"
        );
    }
    let data = goyaml::from_slice(b"'<<': {a: 1}").unwrap();
    let merged = goyaml::from_slice(&goyaml::data_to_vec(&data).unwrap()).unwrap();
    assert_eq!(merged, goyaml::from_slice(b"a: 1").unwrap());
}

/// A few pieces in a row.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(&PIECES[..]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// More than the usual number of cases if `FUZZ_SECONDS` is set: about 20 000 a second.
#[allow(
    clippy::disallowed_methods,
    reason = "how long a test runs is the caller's choice"
)]
fn cases() -> u32 {
    let seconds: u32 = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    2_000 + seconds * 20_000
}

#[test]
fn any_text_is_read_or_refused_and_what_was_read_survives_writing() {
    let mut runner = TestRunner::new(Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&soup(), |text| {
            let _ = goyaml::json::from_slice(text.as_bytes());
            if let Ok(data) = goyaml::from_slice(text.as_bytes())
                && !is_lost_in_go(&data)
                && let Ok(written) = goyaml::data_to_vec(&data)
            {
                let again = goyaml::from_slice(&written)
                    .map_err(|e| TestCaseError::fail(format!("{e}: {written:?}")))?;
                prop_assert_eq!(again, data);
            }
            Ok(())
        })
        .unwrap();
}
