//! Templates nobody would write: each is refused or executed within its limits, and the same way every time.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod functions;
mod random;

use gotemplate::{Execution, Limits, Map, TemplateSet, Value};
use random::{Random, fuzz};

const PIECES: [&str; 72] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{ ",
    " }}",
    "{{- ",
    " -}}",
    "{{/*",
    "*/}}",
    "if ",
    "else",
    "else if ",
    "end",
    "range ",
    "with ",
    "define ",
    "block ",
    "template ",
    "break",
    "continue",
    "nil",
    "true",
    "\"t\"",
    "\"\\x",
    "`",
    "'a'",
    "'",
    ".",
    ".a",
    ".a.b",
    ".list",
    ".map.x",
    "$",
    "$x",
    "$x := ",
    "$x = ",
    "$i, $x := ",
    ":=",
    "=",
    "|",
    " | ",
    "(",
    ")",
    ",",
    " ",
    "\n",
    "0x1p4",
    "1e400",
    "-1",
    "9223372036854775808",
    "3i",
    "1.5",
    "len ",
    "index ",
    "slice ",
    "printf ",
    "print ",
    "eq ",
    "lt ",
    "and ",
    "or ",
    "not ",
    "call ",
    "html ",
    "js ",
    "urlquery ",
    "list ",
    "dict ",
    "tpl ",
    "include ",
    "\u{85}é\u{1F600}",
];

const ACTIONS: [&str; 16] = [
    "{{ .a }}",
    "{{ if .a }}x{{ else }}y{{ end }}",
    "{{ range $i, $x := .list }}{{ $i }}{{ $x }}{{ end }}",
    "{{ range .map }}{{ . }}{{ else }}none{{ end }}",
    "{{ with .map }}{{ .x }}{{ end }}",
    "{{ define \"t\" }}{{ . }}{{ end }}",
    "{{ template \"t\" .a }}",
    "{{ include \"t\" . | upper }}",
    "{{ tpl \"{{ . }}\" .a }}",
    "{{ $x := list 1 2.5 \"c\" }}{{ index $x 1 }}",
    "{{ printf \"%5.2v|%#q|%T|%-9x|%[2]*[1]d\" .a .list }}",
    "{{ slice \"abcdef\" 1 3 }}",
    "{{ and .a (not .b) | or .map.x }}",
    "{{ eq .a 1 2 3 }}{{ lt 1.5 2.5 }}",
    "{{ range 3 }}{{ if . }}{{ continue }}{{ end }}{{ break }}{{ end }}",
    "text {{- /* comment */ -}} text",
];

fn text(random: &mut Random) -> String {
    if random.once_in(3) {
        return random.soup(&PIECES, 24);
    }
    let mut bytes = random.soup(&ACTIONS, 6).into_bytes();
    random.mutate(&mut bytes, &PIECES);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn data() -> Value {
    let inner = Map::new();
    inner.insert("x", 1.5);
    inner.insert("self", "me");
    let map = Map::new();
    map.insert("a", "text");
    map.insert(
        "list",
        Value::List(vec![1.into(), Value::Nil, "c".into()].into()),
    );
    map.insert("map", inner);
    Value::Map(map)
}

const LIMITS: Limits = Limits {
    steps: 20_000,
    output: 1 << 16,
    depth: 200,
};

fn outcome(set: &TemplateSet) -> Result<Vec<u8>, String> {
    let mut execution = Execution::new(set).limits(LIMITS);
    execution.execute("t", &data()).map_err(|e| e.to_string())
}

#[test]
fn any_text_is_refused_or_executed_within_its_limits() {
    fuzz(100_000, |random| {
        let text = text(random);
        let mut functions = functions::functions();
        functions.add(functions::TPL);
        let mut set = TemplateSet::new("set", functions);
        if set.parse("t", text.as_str()).is_err() {
            return;
        }
        let first = outcome(&set);
        if let Ok(output) = &first {
            assert!(output.len() as u64 <= LIMITS.output, "{text:?}");
        }
        assert_eq!(first, outcome(&set), "{text:?}");
    });
}
