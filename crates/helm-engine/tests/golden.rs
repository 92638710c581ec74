//! What real Helm 3.22 printed for templates and charts of our own, recorded once: every function with every kind of
//! argument, the language, `printf`, YAML, TOML, hooks and their order, charts of both versions, and values through
//! subcharts, globals, conditions, tags and imports. Those called `random` were made at random, and are some of 16 000 that
//! were compared.
//!
//! `golden/snippets.jsonl` has a template in each line, `golden/charts.jsonl` a chart. `HELM_RECORDING` names another
//! recording of charts to compare with; `benches/go-helm/record` makes one.

#![allow(clippy::unwrap_used, reason = "a test")]

use helm_engine::values::parse_values;
use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, KubeVersion, Limits, Release, RenderInput, Rendered,
    Timestamp, render,
};
use serde_json::Value as Json;

/// The chart and the values that each of the templates is rendered with.
const CHART: &str = include_str!("golden/Chart.yaml");
const VALUES: &str = include_str!("golden/values.yaml");

const FILES: [(&str, &[u8]); 4] = [
    ("a.txt", b"line1\nline2\n"),
    ("d/b.yaml", b"x: 1\n"),
    ("d/e/c.bin", b"\xff\x00\x01"),
    ("d/.h", b"h"),
];

fn rendered(files: Vec<ChartFile>, user: &str) -> Result<Rendered, String> {
    let chart = Chart::from_files(files).map_err(|error| helm_engine::chain(&error))?;
    let capabilities = Capabilities {
        kube_version: KubeVersion::parse("1.30.1").unwrap(),
        ..Capabilities::default()
    };
    let input = RenderInput {
        release: Release {
            name: "rel".into(),
            namespace: "ns".into(),
            revision: 1,
            is_upgrade: false,
        },
        values: parse_values(user.as_bytes()).map_err(|error| error.to_string())?,
        capabilities,
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits::default(),
    };
    render(&chart, input).map_err(|error| error.text())
}

/// What `helm template` prints of it.
fn printed(rendered: &Rendered) -> String {
    let manifests = rendered.manifests.iter();
    let hooks = rendered.hooks.iter().map(|hook| &hook.manifest);
    let mut text = String::new();
    for manifest in manifests.chain(hooks) {
        let (source, content) = (&manifest.source, &manifest.content);
        text.extend(["---\n# Source: ", source, "\n", content, "\n"]);
    }
    text
}

/// Compares all cases of a recording; shows the first that differ.
fn check(recording: &str, run: impl Fn(&Json) -> Result<String, String>) {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in recording.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let expected = text("is").ok_or_else(|| text("fails").unwrap());
        let found = run(&case);
        cases += 1;
        if found != expected {
            let name = &case["name"];
            wrong.push(format!("{name}\n  Helm: {expected:?}\n  here: {found:?}"));
        }
    }
    let shown = wrong.iter().take(50).cloned().collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{} of {cases} differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

#[test]
fn templates_print_or_fail_as_in_helm() {
    check(include_str!("golden/snippets.jsonl"), |case| {
        let snippet = case["name"].as_str().unwrap();
        let helper = format!("{{{{ define \"s\" }}}}{snippet}{{{{ end }}}}");
        let mut files = vec![
            ChartFile::new("Chart.yaml", CHART.as_bytes()),
            ChartFile::new("values.yaml", VALUES.as_bytes()),
            ChartFile::new("templates/t.yaml", b"k: {{ include \"s\" . | quote }}\n"),
            ChartFile::new("templates/_h.tpl", helper.as_bytes()),
        ];
        files.extend(FILES.map(|(name, data)| ChartFile::new(name, data)));
        rendered(files, "").map(|rendered| printed(&rendered))
    });
}

/// The recording named in the environment, or ours.
#[expect(
    clippy::disallowed_methods,
    reason = "which charts to compare is the caller's choice"
)]
fn charts() -> String {
    match std::env::var("HELM_RECORDING") {
        Ok(path) => std::fs::read_to_string(path).unwrap(),
        Err(_) => include_str!("golden/charts.jsonl").to_owned(),
    }
}

#[test]
fn charts_render_or_fail_as_in_helm() {
    check(&charts(), |case| {
        let files = case["files"].as_object().unwrap().iter();
        let files = files
            .map(|(name, text)| ChartFile::new(name.as_str(), text.as_str().unwrap().as_bytes()));
        rendered(files.collect(), case["user"].as_str().unwrap()).map(|r| printed(&r))
    });
}
