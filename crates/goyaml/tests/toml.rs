//! TOML as Go's encoder writes it.

#![allow(clippy::unwrap_used, reason = "a test")]

use gotemplate::Value;

fn toml(yaml: &str) -> String {
    let data = goyaml::from_slice(yaml.as_bytes()).unwrap();
    goyaml::toml::to_vec(&Value::from(&data))
        .map_or_else(|e| e.to_string(), |text| String::from_utf8(text).unwrap())
}

#[test]
fn plain_values_come_before_tables() {
    assert_eq!(
        toml("{z: 1, b: {c: x, d: {e: [1.5, 2]}}, a b: true, n: null}"),
        "\"a b\" = true\nz = 1.0\n\n[b]\n  c = \"x\"\n  [b.d]\n    e = [1.5, 2.0]\n"
    );
}

#[test]
fn lists_of_tables_are_arrays_of_tables_and_mixed_lists_are_inline() {
    assert_eq!(
        toml("{l: [{a: 1}, {b: {c: 2}}]}"),
        "[[l]]\n  a = 1.0\n\n[[l]]\n  [l.b]\n    c = 2.0\n"
    );
    assert_eq!(toml("{l: [{a: 1}, x, []]}"), "l = [{a = 1.0}, \"x\", []]\n");
}

#[test]
fn nil_in_an_array_is_an_error() {
    assert_eq!(
        toml("{l: [null]}"),
        "toml: cannot encode array with nil element"
    );
}
