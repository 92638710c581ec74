//! Impure functions give what the record says, and aliases of a map see its changes.

use std::collections::BTreeMap;

use crate::expression::{Execution, evaluate_in};
use gotemplate::{Function, Value};
use sprig::{Ambient, Record};

fn functions() -> BTreeMap<&'static str, &'static Function> {
    sprig::functions().iter().map(|f| (f.name, f)).collect()
}

const NOW: &str = "2024-02-03T04:05:06Z";

fn render(ambient: Ambient, calls: &[&str]) -> (Vec<String>, Record) {
    let mut execution = Execution {
        ambient,
        ..Execution::new()
    };
    let functions = functions();
    let shown = calls
        .iter()
        .map(|call| format!("{:?}", evaluate_in(&mut execution, call, &functions)))
        .collect();
    (shown, execution.ambient.record().clone())
}

fn real() -> Ambient {
    Ambient::new(NOW.parse().expect("a valid time")).expect("the system gives randomness")
}

const CALLS: &[&str] = &[
    "randAlphaNum 16",
    "randAlphaNum 16",
    "randAlpha 8",
    "uuidv4",
    "randInt 0 1000000",
    "shuffle \"abcdefghijklmnop\"",
    "randBytes 12",
    "randAscii 20",
    "randNumeric 9",
];

#[test]
fn a_replayed_record_gives_the_same_results_again() {
    let (first, record) = render(real(), CALLS);
    let stored = Record::from_data(&record.to_data()).expect("the document is a record");
    let (second, again) = render(real().replaying(stored), CALLS);
    assert_eq!(first, second);
    assert_eq!(record, again);
    assert_ne!(first[0], first[1], "two calls, two results");
}

#[test]
fn without_a_record_results_are_new() {
    assert_ne!(render(real(), CALLS).0, render(real(), CALLS).0);
}

#[test]
fn calls_the_record_does_not_know_are_new_and_the_others_stay() {
    let (first, record) = render(real(), CALLS);
    let changed = ["uuidv4", "randAlphaNum 17", "randAlphaNum 16", "uuidv4"];
    let (second, _) = render(real().replaying(record), &changed);
    assert_eq!(second[0], first[3]);
    assert_eq!(second[2], first[0]);
    assert_ne!(second[3], first[3]);
}

#[test]
fn a_record_has_the_time_only_if_it_was_asked_for() {
    let (_, record) = render(real(), &["upper \"a\""]);
    assert_eq!(record, Record::default());
    let (first, record) = render(real(), &["now"]);
    let later = Ambient::new("2025-01-01T00:00:00Z".parse().expect("a valid time"));
    let later = later.expect("the system gives randomness");
    assert_eq!(render(later.replaying(record), &["now"]).0, first);
}

#[test]
fn the_same_seed_gives_the_same_texts() {
    let seeded = || Ambient::seeded(NOW.parse().expect("a valid time"), [3; 32]);
    assert_eq!(render(seeded(), CALLS).0, render(seeded(), CALLS).0);
}

#[test]
fn a_record_does_not_print_what_it_holds() {
    let (shown, record) = render(real(), &["randAlphaNum 16"]);
    let secret = shown[0]
        .split('"')
        .nth(1)
        .expect("a quoted result")
        .to_owned();
    assert!(!format!("{record:?}").contains(&secret));
}

#[test]
fn random_texts_have_the_length_and_alphabet_asked_for() {
    let functions = functions();
    let text = |call: &str| match evaluate_in(&mut Execution::new(), call, &functions) {
        Ok(Value::Str(s)) => s.to_str_lossy().into_owned(),
        other => panic!("{call}: {other:?}"),
    };
    assert_eq!(text("randNumeric 30").len(), 30);
    assert!(text("randNumeric 30").bytes().all(|b| b.is_ascii_digit()));
    assert!(
        text("randAlpha 99")
            .bytes()
            .all(|b| b.is_ascii_alphabetic())
    );
    assert!(
        text("randAlphaNum 99")
            .bytes()
            .all(|b| b.is_ascii_alphanumeric())
    );
    assert_eq!(text("randAlpha -1"), "");
    assert_eq!(text("randBytes 3").len(), 4);
    assert_eq!(text("uuidv4").as_bytes()[14], b'4');
}

fn call(name: &str, args: &[Value]) -> Value {
    let body = functions()[name].body;
    body(&mut Execution::new(), args).expect("the call succeeds")
}

#[test]
fn set_changes_the_map_every_holder_sees() {
    let shared = call("dict", &["a".into(), Value::Int(1)]);
    let holder = call("list", std::slice::from_ref(&shared));
    call("set", &[shared.clone(), "b".into(), Value::Int(2)]);
    assert_eq!(format!("{holder:?}"), r#"[{"a": 1, "b": 2}]"#);
    call("unset", &[shared, "a".into()]);
    assert_eq!(format!("{holder:?}"), r#"[{"b": 2}]"#);
}

#[test]
fn merge_shares_what_the_destination_lacked_and_deep_copy_does_not() {
    let inner = call("dict", &["x".into(), Value::Int(1)]);
    let source = call("dict", &["in".into(), inner.clone()]);
    let copied = call("deepCopy", std::slice::from_ref(&source));
    let merged = call("merge", &[call("dict", &[]), source]);
    call("set", &[inner, "x".into(), Value::Int(9)]);
    assert_eq!(format!("{merged:?}"), r#"{"in": {"x": 9}}"#);
    assert_eq!(format!("{copied:?}"), r#"{"in": {"x": 1}}"#);
}

#[test]
fn a_map_that_contains_itself_is_refused_not_walked_for_ever() {
    let knot = call("dict", &[]);
    call("set", &[knot.clone(), "self".into(), knot.clone()]);
    let body = functions()["deepCopy"].body;
    let error = body(&mut Execution::new(), &[knot]).expect_err("there is no end to it");
    assert!(error.is_limit, "{error}");
}

#[test]
fn growth_is_paid_for() {
    let functions = functions();
    for call in [
        "repeat 999999999 \"x\"",
        "until 99999999",
        "seq 99999999",
        "indent 999999999 \"a\"",
        "randAlpha 99999999",
    ] {
        let outcome = evaluate_in(&mut Execution::new(), call, &functions);
        assert_eq!(outcome.expect_err(call).message, "budget used up");
    }
}
