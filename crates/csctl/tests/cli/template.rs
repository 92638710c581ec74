//! `csctl template` as a drop-in for `helm template`.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::{csctl, program, text};

const TEMPLATE: &str =
    "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {{ toJson .Values }}\n";

/// A chart of that template; the folder must outlive it.
fn chart(template: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n"),
        ("values.yaml", "a: 1\nlist: [x]\n"),
        (
            "values.schema.json",
            r#"{"properties": {"a": {"type": ["number", "null"]}}}"#,
        ),
        ("templates/cm.yaml", template),
        (
            "templates/hook.yaml",
            "kind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: test}}\n",
        ),
        ("crds/crd.yaml", "kind: CustomResourceDefinition\n"),
    ];
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn rendered(chart: &Path, flags: &[&str]) -> Output {
    csctl(&[&["template", "web", chart.to_str().unwrap()], flags].concat())
}

fn data(output: &Output) -> String {
    let text = text(output);
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("data: "));
    line.expect(&text).to_owned()
}

#[test]
fn flags_for_values_win_over_files_in_helms_order() {
    let chart = chart(TEMPLATE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.yaml");
    fs::write(&file, "a: 2\nb: {c: 3}\n").unwrap();
    let file = file.to_str().unwrap();
    let set_file = format!("f={file}");
    let flags = [
        "--set-literal",
        "l=x,y",
        "--set",
        "a=4,b.d=null,list[1]=y",
        "-f",
        file,
        "--set-string",
        "s=5",
        "--set-json",
        r#"b={"e":[1]}"#,
        "--set-file",
        &set_file,
    ];
    let expected = r#"{"a":4,"b":{"d":null,"e":[1]},"f":"a: 2\nb: {c: 3}\n","l":"x,y","list":[null,"y"],"s":"5"}"#;
    assert_eq!(data(&rendered(chart.path(), &flags)), expected);
}

#[test]
fn values_come_from_standard_input() {
    let chart = chart(TEMPLATE);
    let mut child = program(&["template", chart.path().to_str().unwrap(), "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"a: 7\nlist: null\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(data(&output), r#"{"a":7}"#);
    assert!(text(&output).contains("name: release-name"));
}

#[test]
fn a_line_that_cannot_be_set_is_an_error_of_helm() {
    let chart = chart(TEMPLATE);
    let output = rendered(chart.path(), &["--set", "a.b=1,list.x=2"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "Error: failed parsing --set data: unable to parse key: interface conversion: interface {} is []interface {}, not map[string]interface {}";
    let over = rendered(chart.path(), &["--set", "list={a}", "--set", "list.x=2"]);
    assert_eq!(text(&over).trim(), expected);
}

#[test]
fn the_schema_can_be_skipped() {
    let chart = chart(TEMPLATE);
    let refused = rendered(chart.path(), &["--set", "a=x"]);
    assert!(
        text(&refused).contains("at '/a': got string, want null or number"),
        "{}",
        text(&refused)
    );
    let skipped = rendered(chart.path(), &["--set", "a=x", "--skip-schema-validation"]);
    assert_eq!(data(&skipped), r#"{"a":"x","list":["x"]}"#);
}

#[test]
fn a_template_may_name_the_release() {
    let chart = chart(TEMPLATE);
    let path = chart.path().to_str().unwrap();
    let named = csctl(&[
        "template",
        path,
        "--name-template",
        "{{ \"Web\" | lower }}-1",
    ]);
    assert!(text(&named).contains("name: web-1"), "{}", text(&named));
    let wrong = csctl(&["template", path, "--name-template", "{{ lowr }}"]);
    assert!(text(&wrong).contains("template: name-template:1: function \"lowr\" not defined"));
    assert!(
        text(&wrong).contains("did you mean \"lower\"?"),
        "{}",
        text(&wrong)
    );
    let both = rendered(chart.path(), &["--name-template", "x"]);
    assert!(text(&both).contains("cannot set --name-template and also specify a name"));
}

#[test]
fn output_goes_to_one_file_for_each_template() {
    let chart = chart("kind: A\n---\nkind: B\n");
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("deep/er");
    let folder = folder.to_str().unwrap();
    for _ in 0..2 {
        let flags = ["--output-dir", folder, "--release-name", "--include-crds"];
        let output = rendered(chart.path(), &flags);
        let expected = format!(
            "wrote {folder}/demo/crds/crd.yaml\nwrote {folder}/web/demo/templates/cm.yaml\nwrote {folder}/web/demo/templates/cm.yaml\nwrote {folder}/web/demo/templates/hook.yaml\n\n"
        );
        assert_eq!(text(&output), expected);
    }
    let written = fs::read_to_string(format!("{folder}/web/demo/templates/cm.yaml")).unwrap();
    let source = "---\n# Source: demo/templates/cm.yaml\n";
    assert_eq!(written, format!("{source}kind: A\n{source}kind: B\n"));
}

#[test]
fn an_error_shows_its_line_with_a_caret_and_what_included_it() {
    let chart = chart("# first\nname: {{ include \"name\" . }}\n");
    let helper = "{{ define \"name\" }}\n\t{{ .Values.x.y.z }}{{ end }}";
    fs::write(chart.path().join("templates/_h.tpl"), helper).unwrap();
    let output = rendered(chart.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "\
Error: template: demo/templates/cm.yaml:2:9: executing \"demo/templates/cm.yaml\" at <include \"name\" .>: error calling include: template: demo/templates/_h.tpl:2:11: executing \"name\" at <.Values.x.y.z>: nil pointer evaluating interface {}.y

Use --debug flag to render out invalid YAML

  --> demo/templates/_h.tpl:2:11, in \"name\"
   |
 2 | \t{{ .Values.x.y.z }}{{ end }}
   | \t   ^^^^^^^^^^^^^

  included from demo/templates/cm.yaml:2:9
   |
 2 | name: {{ include \"name\" . }}
   |          ^^^^^^^^^^^^^^^^
";
    assert_eq!(text(&output), expected);
}

#[test]
fn a_function_that_does_not_exist_brings_the_nearest_to_mind() {
    let chart = chart("a: {{ qoute 1 }}\n");
    let output = text(&rendered(chart.path(), &[]));
    assert!(
        output.contains("function \"qoute\" not defined"),
        "{output}"
    );
    assert!(output.contains("did you mean \"quote\"?"), "{output}");
}

#[test]
fn what_is_no_yaml_is_shown_and_debug_prints_all_of_it() {
    let chart = chart("a: 1\nb: [{{ .Values.a }}\n");
    let output = rendered(chart.path(), &[]);
    let shown = text(&output);
    assert!(
        shown.contains("--> demo/templates/cm.yaml, as rendered\n   |\n 1 | a: 1\n 2 | b: [1\n"),
        "{shown}"
    );
    assert!(output.stdout.is_empty());
    let debug = rendered(chart.path(), &["--debug"]);
    let printed = String::from_utf8_lossy(&debug.stdout);
    assert!(
        printed.contains("# Source: demo/templates/cm.yaml\na: 1\nb: [1\n"),
        "{printed}"
    );
    assert_eq!(debug.status.code(), Some(1));
}

#[test]
fn flags_that_change_nothing_are_accepted_and_those_that_ask_for_more_refused() {
    let chart = chart(TEMPLATE);
    let accepted = [
        "--wait",
        "--timeout",
        "5m",
        "--dependency-update",
        "-l",
        "a=b",
        "--dry-run=client",
        "--atomic=true",
        "--include-crds=false",
        "--version",
        ">1",
    ];
    let output = rendered(chart.path(), &accepted);
    assert_eq!(data(&output), r#"{"a":1,"list":["x"]}"#);
    for flag in [
        "--validate",
        "--dry-run=server",
        "--enable-dns",
        "--verify",
        "--post-renderer=cat",
    ] {
        let output = rendered(chart.path(), &[flag]);
        assert_eq!(output.status.code(), Some(1));
        let name = flag.split("=cat").next().unwrap();
        assert!(text(&output).contains(name), "{}", text(&output));
    }
    let unknown = rendered(chart.path(), &["--no-such-flag"]);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn what_is_not_here_is_not_fetched_and_says_so() {
    let chart = chart(TEMPLATE);
    let output = text(&csctl(&["template", "web", "bitnami/nginx"]));
    assert!(
        output.contains("path \"bitnami/nginx\" not found") && output.contains("helm pull"),
        "{output}"
    );
    let output = text(&rendered(
        chart.path(),
        &["-f", "https://example.com/v.yaml"],
    ));
    assert!(output.contains("not fetched over https"), "{output}");
    let output = text(&rendered(chart.path(), &["-f", "no-such-file"]));
    assert!(
        output.contains("Error: open no-such-file: no such file or directory"),
        "{output}"
    );
}
