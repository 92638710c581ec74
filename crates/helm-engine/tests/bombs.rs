//! Charts made to use up everything: each ends with a clear error, or small.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, Limits, Release, RenderError, RenderInput, Timestamp,
    render,
};

/// What the template fails with; it must be a limit.
fn limit(template: &str) -> String {
    let chart = Chart::from_files(vec![
        ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ChartFile::new("templates/t.yaml", template.as_bytes()),
    ]);
    let input = RenderInput {
        release: Release {
            name: "r".into(),
            namespace: "ns".into(),
            revision: 1,
            is_upgrade: false,
        },
        values: BTreeMap::new(),
        capabilities: Capabilities::default(),
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits {
            steps: 2_000_000,
            ..Limits::default()
        },
    };
    let Err(RenderError::Template(error)) = render(&chart.unwrap(), input) else {
        panic!("{template} must not render");
    };
    assert!(error.is_limit(), "{template}: {error}");
    error.to_string()
}

/// A few maps that hold each other twice: 2 to the 40th power of values to whoever walks through them.
const SHARED: &str =
    "{{ $x := dict \"a\" 1 }}{{ range until 40 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}";

#[test]
fn shared_maps_cannot_be_written_or_copied_without_end() {
    for write in [
        "toYaml",
        "toYamlPretty",
        "toJson",
        "toPrettyJson",
        "toRawJson",
        "mustToJson",
        "toToml",
        "deepCopy",
    ] {
        let error = limit(&format!("{SHARED}{{{{ {write} $x | len }}}}"));
        assert!(error.contains("maximum number of steps"), "{error}");
    }
}

#[test]
fn texts_cannot_be_made_without_end() {
    for template in [
        "{{ join (repeat 100000 \"x\") (until 100000) }}",
        "{{ repeat 1000000000 \"x\" }}",
        "{{ range until 1000000000 }}x{{ end }}",
        "{{ replace \"\" (repeat 10000 \"x\") (repeat 1000000 \"y\") }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ seq 1 1000000000 }}",
    ] {
        limit(template);
    }
}

#[test]
fn templates_cannot_run_without_end() {
    limit("{{ range until 5000 }}{{ range until 5000 }}{{ end }}{{ end }}");
    limit("{{ tpl \"{{ tpl .t . }}\" (dict \"t\" \"{{ tpl .t . }}\") }}");
}
