//! What Go makes of hundreds of small documents: each line of `data/*.tsv` is an input and what a run of Go returned.

#![allow(clippy::unwrap_used, reason = "a test")]

use gotemplate::Value;
use goyaml::json::{self, Escaping, Layout};

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
}

fn check(table: &str, run: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines() {
        let (input, expected) = line
            .split_once('\t')
            .expect("a tab between input and output");
        let (input, expected) = (unescape(input), unescape(expected));
        let actual = run(&input);
        count += 1;
        if actual != expected {
            wrong.push(format!("{input:?}\n  want {expected:?}\n  got  {actual:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 30, "the table is there");
}

fn compact(value: &Value) -> String {
    String::from_utf8(json::to_vec(value, Escaping::Html, Layout::Compact).unwrap()).unwrap()
}

#[test]
fn documents_read_as_go_reads_them_or_fail_with_its_words() {
    check(
        include_str!("data/read.tsv"),
        |input| match goyaml::from_slice(input.as_bytes()) {
            Ok(data) => compact(&Value::from(&data)),
            Err(e) => e.to_string(),
        },
    );
}

#[test]
fn values_are_written_byte_for_byte_as_go_writes_them() {
    check(include_str!("data/write.tsv"), |input| {
        let data = goyaml::from_slice(input.as_bytes()).unwrap();
        let text = goyaml::to_string(&Value::from(&data)).unwrap();
        assert_eq!(
            text,
            goyaml::data_to_string(&data).unwrap(),
            "both walks write the same"
        );
        text
    });
}

#[test]
fn pretty_values_are_written_byte_for_byte_as_go_writes_them() {
    check(include_str!("data/pretty.tsv"), |input| {
        let data = goyaml::from_slice(input.as_bytes()).unwrap();
        goyaml::to_string_pretty(&Value::from(&data)).unwrap()
    });
}

#[test]
fn json_reads_as_go_reads_it_or_fails_with_its_words() {
    check(
        include_str!("data/json.tsv"),
        |input| match json::from_slice(input.as_bytes()) {
            Ok(data) => compact(&Value::from(&data)),
            Err(e) => e.to_string(),
        },
    );
}

#[test]
fn a_document_of_another_shape_is_named_with_the_go_type() {
    let error = goyaml::map_from_slice(b"- a", "chartutil.Values").unwrap_err();
    assert_eq!(
        error.to_string(),
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type chartutil.Values"
    );
    assert!(
        goyaml::map_from_slice(b"", "chartutil.Values")
            .unwrap()
            .is_empty()
    );
    assert!(goyaml::list_from_slice(b"a: 1").is_err());
}

#[test]
fn integers_survive_where_they_are_wanted() {
    let data = goyaml::from_slice_with_integers(b"[9007199254740993, 0x10, 1.5]").unwrap();
    assert_eq!(
        data,
        gotemplate::Data::List(vec![
            gotemplate::Data::Int(9_007_199_254_740_993),
            gotemplate::Data::Int(16),
            gotemplate::Data::Float(1.5),
        ])
    );
}

#[test]
fn toml_reads_as_go_reads_it_or_fails_with_its_words() {
    check(include_str!("data/toml.tsv"), |input| {
        let value = match goyaml::toml::from_slice(input.as_bytes()) {
            Ok(map) => Value::Map(map),
            Err(e) => {
                let map = gotemplate::Map::new();
                map.insert("Error", e.to_string());
                Value::Map(map)
            }
        };
        String::from_utf8(gotemplate::fmt::sprintf(b"%v", &[value]).unwrap()).unwrap()
    });
}
