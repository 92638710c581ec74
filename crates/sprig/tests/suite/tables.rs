//! Every function against tables of expressions and the answers the Go library gave (Sprig 3.3.0, slim-sprig v20230315, Go 1.26).
//!
//! A line is `EXPRESSION<TAB>TYPE<TAB>TEXT` with the text as a Go string literal; errors have the type `error`.

use std::collections::BTreeMap;

use crate::expression::{evaluate, shown};
use gotemplate::Function;

fn check(table: &str, functions: &[Function]) {
    let functions: BTreeMap<&str, &Function> = functions.iter().map(|f| (f.name, f)).collect();
    let mut wrong = Vec::new();
    for line in table
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        let (expression, expected) = line.split_once('\t').expect("a line has a tab");
        let found = shown(&evaluate(expression, &functions));
        if found != expected {
            wrong.push(format!("{expression}\n  Go:   {expected}\n  ours: {found}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

macro_rules! tables {
    ($($name:ident: $file:literal, $functions:expr;)*) => {
        $(#[test]
        fn $name() {
            check(include_str!(concat!("../tables/", $file)), $functions);
        })*
    };
}

tables! {
    strings_are_what_go_makes_them: "strings.txt", sprig::functions();
    lists_are_what_go_makes_them: "lists.txt", sprig::functions();
    dicts_are_what_go_makes_them: "dicts.txt", sprig::functions();
    numbers_are_what_go_makes_them: "math.txt", sprig::functions();
    slim_numbers_follow_slim_sprig: "slim.txt", sprig::slim();
    encodings_are_what_go_makes_them: "encoding.txt", sprig::functions();
    defaults_and_types_are_what_go_makes_them: "defaults.txt", sprig::functions();
    dates_are_what_go_makes_them: "dates.txt", sprig::functions();
    urls_are_what_go_makes_them: "urls.txt", sprig::functions();
    secrets_are_what_go_makes_them: "crypto.txt", sprig::functions();
    paths_are_what_go_makes_them: "paths.txt", sprig::functions();
    json_is_what_encoding_json_writes: "json.txt", sprig::functions();
    regular_expressions_are_gos: "regex.txt", sprig::functions();
    versions_compare_as_masterminds_semver_does: "semver.txt", sprig::functions();
}
