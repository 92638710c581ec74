//! What the tables cannot show: functions of the present time, zones chosen by the caller, the methods of a time.

use std::collections::BTreeMap;

use crate::expression::{Execution, evaluate_in, shown};
use gotemplate::{Execution as Render, FuncMap, Function, TemplateSet, Value};
use sprig::Ambient;
use sprig::jiff::tz::TimeZone;

const NOW: &str = "2024-02-03T04:05:06.5Z";

fn ambient() -> Ambient {
    Ambient::seeded(NOW.parse().expect("a valid time"), [7; 32])
}

fn evaluate(ambient: Ambient, call: &str) -> String {
    let functions: BTreeMap<&str, &Function> =
        sprig::functions().iter().map(|f| (f.name, f)).collect();
    let mut execution = Execution {
        ambient,
        ..Execution::new()
    };
    let shown = shown(&evaluate_in(&mut execution, call, &functions));
    shown.split_once('\t').expect("type and text").1.to_owned()
}

#[test]
fn the_present_is_the_clock_of_the_execution() {
    for (call, expected) in [
        ("now", "2024-02-03 04:05:06.5 +0000 UTC"),
        ("htmlDate (now)", "2024-02-03"),
        ("htmlDate 1.5", "2024-02-03"),
        ("date \"2006\" nil", "2024"),
        ("ago 1706933100", "7s"),
        ("ago 1706846706", "24h0m1s"),
        ("ago \"1706933100\"", "0s"),
        ("durationRound (toDate \"2006\" \"2021\")", "3y"),
    ] {
        assert_eq!(
            evaluate(ambient(), call),
            format!("\"{expected}\""),
            "{call}"
        );
    }
}

#[test]
fn local_times_are_those_of_the_zone_the_caller_sets() {
    let berlin = || ambient().in_zone(TimeZone::get("Europe/Berlin").expect("a zone"));
    let layout = "2006-01-02 15:04:05 MST";
    for (call, expected) in [
        ("now".to_owned(), "2024-02-03 05:05:06.5 +0100 CET"),
        (
            format!("toDate \"{layout}\" \"2024-07-01 12:00:00 CEST\""),
            "2024-07-01 12:00:00 +0200 CEST",
        ),
        (
            format!("toDate \"{layout}\" \"2024-07-01 12:00:00 EST\""),
            "2024-07-01 12:00:00 +0000 EST",
        ),
        (
            "toDate \"2006-01-02 15:04\" \"2024-03-31 02:30\"".to_owned(),
            "2024-03-31 03:30:00 +0200 CEST",
        ),
        (
            "toDate \"2006-01-02 15:04\" \"2024-10-27 02:30\"".to_owned(),
            "2024-10-27 02:30:00 +0100 CET",
        ),
    ] {
        assert_eq!(
            evaluate(berlin(), &call),
            format!("\"{expected}\""),
            "{call}"
        );
    }
}

fn render(template: &str) -> String {
    let mut functions = FuncMap::new();
    sprig::add_to(&mut functions);
    let mut set = TemplateSet::new("dates", functions);
    set.parse("t", template).expect("the template parses");
    let mut execution = Render::new(&set).with_state(ambient());
    let output = execution
        .execute("t", &Value::Nil)
        .expect("the template renders");
    String::from_utf8(output).expect("the output is text")
}

#[test]
fn a_time_has_gos_methods() {
    for (template, expected) in [
        ("{{ now.Format \"Jan 2\" }}", "Feb 3"),
        (
            "{{ now.Year }}-{{ now.Month }}-{{ now.Day }}",
            "2024-February-3",
        ),
        ("{{ now.Weekday }} {{ now.YearDay }}", "Saturday 34"),
        (
            "{{ now.Hour }}:{{ now.Minute }}:{{ now.Second }}.{{ now.Nanosecond }}",
            "4:5:6.500000000",
        ),
        (
            "{{ now.Unix }} {{ now.UnixMilli }}",
            "1706933106 1706933106500",
        ),
        (
            "{{ (now.AddDate 0 1 28).Format \"2006-01-02\" }}",
            "2024-03-31",
        ),
        (
            "{{ (now.Add 1000000000).Second }} {{ (now.Truncate 1000000000).Nanosecond }}",
            "7 0",
        ),
        ("{{ (now.Round 1000000000).Second }}", "7"),
        ("{{ now.Sub (now | dateModify \"-90s\") }}", "1m30s"),
        (
            "{{ now.Before now }} {{ now.After (toDate \"2006\" \"2020\") }} {{ now.Equal now.UTC }}",
            "false true true",
        ),
        (
            "{{ (toDate \"2006\" \"x\").IsZero }} {{ now.IsZero }}",
            "true false",
        ),
        (
            "{{ eq now now }} {{ eq now (now | dateModify \"1s\") }}",
            "true false",
        ),
        ("{{ now | date \"2006\" | atoi }}", "2024"),
    ] {
        assert_eq!(render(template), expected, "{template}");
    }
}
