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

fn error(text: &[u8]) -> String {
    goyaml::toml::from_slice(text).map_or_else(|e| e.to_string(), |_| String::new())
}

#[test]
fn what_was_read_is_written_again_with_its_types() {
    let text = "d = 2024-01-02\ni = 7\nn = -nan\nt = 03:04:05.5\nz = 2024-01-02T03:04:05+05:30\n\n[[l]]\n  k = 1.0\n";
    let map = goyaml::toml::from_slice(text.as_bytes()).unwrap();
    for (key, go_type) in [
        ("l", "[]map[string]interface {}"),
        ("d", "time.Time"),
        ("i", "int64"),
    ] {
        let value = map.get(key.as_bytes()).unwrap_or_default();
        assert_eq!(value.type_name(), go_type);
    }
    let written = goyaml::toml::to_vec(&Value::Map(map)).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), text);
}

#[test]
fn bytes_that_are_no_text_are_errors() {
    for (text, expected) in [
        (
            &b"a = 1\nb = \xFF"[..],
            "toml: line 2 (last key \"b\"): invalid UTF-8 byte: 0xff",
        ),
        (
            b"a = 1 \x01",
            "toml: line 1: TOML files cannot contain control characters: '0x01'",
        ),
        (
            b"a\0=\0",
            "toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8",
        ),
    ] {
        assert_eq!(error(text), expected);
    }
}

#[test]
fn deep_documents_are_refused() {
    let keys = vec!["a"; 100_000].join(".");
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("{keys} = 1"),
        format!("[{keys}]"),
    ] {
        let error = error(text.as_bytes());
        assert!(
            error.ends_with("the document is nested too deep"),
            "{}",
            &text[..9]
        );
    }
}
