//! Hostile templates end with an error: loops, recursion, deep nesting, huge outputs, token soup.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod functions;

use gotemplate::{ErrorKind, Execution, LimitKind, Limits, TemplateSet, Value};

fn set(text: &str) -> TemplateSet {
    let mut functions = functions::functions();
    functions.add(functions::TPL);
    let mut set = TemplateSet::new("set", functions);
    set.parse("t", text).unwrap();
    set
}

fn limited(text: &str) -> ErrorKind {
    let limits = Limits {
        steps: 1_000_000,
        output: 1 << 20,
        depth: 2_000,
    };
    let set = set(text);
    let result = Execution::new(&set)
        .limits(limits)
        .execute("t", &Value::Nil);
    result.unwrap_err().kind().clone()
}

#[test]
fn a_loop_without_end_runs_out_of_steps() {
    let text = "{{ range 1000000000 }}{{ end }}";
    assert_eq!(limited(text), ErrorKind::Limit(LimitKind::Steps));
}

#[test]
fn an_output_without_end_is_cut_off() {
    let text = "{{ range 100000 }}0123456789abcdef{{ end }}";
    assert_eq!(limited(text), ErrorKind::Limit(LimitKind::Output));
    let text = "{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}";
    assert_eq!(limited(text), ErrorKind::Limit(LimitKind::Output));
}

#[test]
fn templates_that_call_themselves_reach_the_depth_limit() {
    let depth = ErrorKind::Limit(LimitKind::Depth);
    let text = r#"{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}"#;
    assert_eq!(limited(text), depth);
    let text = r#"{{ define "r" }}{{ include "r" . }}{{ end }}{{ template "r" }}"#;
    assert_eq!(limited(text), depth);
    assert_eq!(
        limited(r#"{{ $s := "{{ tpl . . }}" }}{{ tpl $s $s }}"#),
        depth
    );
}

#[test]
fn go_s_own_depth_limit_fits_on_any_stack() {
    let set = set(r#"{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}"#);
    let error = Execution::new(&set).execute("t", &Value::Nil).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("exceeded maximum template depth (100000)")
    );
}

#[test]
fn deep_nesting_of_the_source_is_an_error() {
    for text in [
        "{{ (".to_owned(),
        "(".repeat(200_000),
        "{{ if 1 }}".repeat(200_000),
    ] {
        let text = if text.starts_with("{{") {
            text
        } else {
            format!("{{{{ {text}")
        };
        let mut set = TemplateSet::new("set", functions::functions());
        assert!(set.parse("t", text).is_err());
    }
}

#[test]
fn values_nested_without_end_can_be_dropped_and_not_printed() {
    let text = "{{ $x := list 1 }}{{ range 100000 }}{{ $x = list $x }}{{ end }}{{ $x }}";
    assert_eq!(limited(text), ErrorKind::Limit(LimitKind::Output));
}

#[test]
fn an_interrupt_ends_the_execution() {
    let set = set("{{ range 1000000000 }}{{ end }}");
    let error = Execution::new(&set)
        .interrupt(|| true)
        .execute("t", &Value::Nil)
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Limit(LimitKind::Interrupted));
}

#[test]
fn what_tpl_defines_stays_in_tpl() {
    let set = set(
        r#"{{ tpl "{{ define \"x\" }}1{{ end }}{{ include \"x\" . }}" . }}{{ include "x" . }}"#,
    );
    let error = Execution::new(&set).execute("t", &Value::Nil).unwrap_err();
    let want = r#"error calling include: template: no template "x" associated with template "set""#;
    assert!(error.to_string().ends_with(want), "{error}");
    assert_eq!(error.frames().count(), 2);
}

#[test]
fn sets_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&set("x"));
}

/// A xorshift generator: the same soup on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

const SOUP: [&str; 44] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    " ",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    ".",
    "$",
    ".a",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    "\"a\"",
    "`b`",
    "1",
    "-1",
    "1.5",
    "nil",
    "true",
    ",",
    "\n",
    "upper",
    "len",
    "printf",
    "\"%v%d%[3]*.[2]*[1]f\"",
    "eq",
    "index",
    "slice",
    "break",
    "/*",
    "*/",
    "é",
    "\\",
];

#[test]
fn token_soup_never_panics() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long to run is the runner's choice"
    )]
    let rounds = std::env::var("FUZZ_SECONDS").map_or(1, |s| s.parse::<u32>().unwrap_or(1));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let limits = Limits {
        steps: 10_000,
        output: 100_000,
        depth: 50,
    };
    for _ in 0..rounds * 20_000 {
        let length = 1 + random.below(16);
        let text: String = (0..length)
            .map(|_| SOUP[random.below(SOUP.len())])
            .collect();
        let mut set = TemplateSet::new("set", functions::functions());
        if set.parse("t", text).is_ok() {
            let _ = Execution::new(&set)
                .limits(limits)
                .execute("t", &Value::from("data"));
        }
    }
}
