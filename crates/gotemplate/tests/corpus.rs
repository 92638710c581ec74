//! Runs the recorded cases: a template, and what Go's text/template makes of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod functions;

use std::path::Path;

use gotemplate::{Execution, List, Map, MissingKey, TemplateSet, Value};

/// The data all cases share.
fn data() -> Value {
    let map = |entries: &[(&str, Value)]| {
        let map = Map::new();
        for (key, value) in entries {
            map.insert(*key, value.clone());
        }
        Value::Map(map)
    };
    let list = |items: Vec<Value>| Value::List(List::from(items));
    map(&[
        (
            "a",
            map(&[
                ("b", map(&[("c", "deep".into())])),
                ("n", Value::Nil),
                ("e", map(&[])),
            ]),
        ),
        ("s", "text".into()),
        ("i", 42.0.into()),
        ("f", 1.5.into()),
        ("big", 123_456_789.0.into()),
        ("t", true.into()),
        ("z", 0.0.into()),
        ("no", false.into()),
        (
            "l",
            list(vec![
                1.0.into(),
                "two".into(),
                Value::Nil,
                map(&[("x", 1.0.into())]),
                list(vec![2.0.into(), 3.0.into()]),
            ]),
        ),
        ("em", list(vec![])),
        ("es", "".into()),
        ("m", map(&[("k1", "v1".into()), ("k2", 2.0.into())])),
        ("u", "héllo\u{1}\"q\" <&>".into()),
    ])
}

fn render(template: &str, missing_key: MissingKey) -> String {
    let mut set = TemplateSet::new("set", functions::functions());
    let result = set.parse("t", template).and_then(|()| {
        Execution::new(&set)
            .missing_key(missing_key)
            .execute("t", &data())
    });
    match result {
        Ok(output) => format!("output\n{}", String::from_utf8_lossy(&output)),
        Err(error) => format!("error\n{error}"),
    }
}

fn run(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(file);
    #[expect(clippy::disallowed_methods, reason = "the cases are files")]
    let text = std::fs::read_to_string(&path).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in text.split("\n==== ").skip(1) {
        let (option, rest) = case.split_once('\n').unwrap();
        let (template, expected) = rest.split_once("\n---- ").unwrap();
        let missing_key = match option {
            "zero" => MissingKey::Zero,
            "error" => MissingKey::Error,
            _ => MissingKey::Default,
        };
        count += 1;
        let got = render(template, missing_key);
        if got.trim_end_matches('\n') != expected.trim_end_matches('\n') {
            failures.push(format!("{template}\n  want {expected}\n  got  {got}"));
        }
    }
    assert!(count > 10, "{file} has only {count} cases");
    assert!(
        failures.is_empty(),
        "{} of {count}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn errors_of_the_lexer_read_as_go_words_them() {
    run("lex/errors.txt");
}

#[test]
fn errors_of_the_parser_read_as_go_words_them() {
    run("parse/errors.txt");
}

#[test]
fn statements_do_what_they_do_in_go() {
    run("eval/syntax.txt");
}

#[test]
fn expressions_have_the_values_and_errors_they_have_in_go() {
    run("eval/expressions.txt");
}

#[test]
fn printf_prints_every_verb_as_go() {
    run("eval/printf.txt");
}
