//! Charts nobody would publish: files, archives and entries changed at random are refused or rendered within limits.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "../../gotemplate/tests/random/mod.rs"]
mod random;

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use helm_engine::chart::ArchiveLimits;
use helm_engine::values::parse_values;
use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, Limits, Release, RenderInput, Timestamp, render,
};
use random::{Random, fuzz};
use tar::{EntryType, Header};

const CHART: [(&str, &str); 9] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: demo\nversion: 1.2.3\nkubeVersion: '>=1.20.0-0'\ndependencies:\n- {name: sub, version: ~1, alias: other, condition: other.on, import-values: [data, {child: a, parent: b}]}\n",
    ),
    (
        "values.yaml",
        "a: 1\nb: {c: x, d: [1, 2]}\nglobal: {g: 1}\nother: {on: true, a: null}\n",
    ),
    (
        "values.schema.json",
        "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": [\"integer\", \"string\"], \"minimum\": 0}}}",
    ),
    (
        "templates/_helpers.tpl",
        "{{ define \"name\" }}{{ .Release.Name | trunc 20 }}-{{ .Chart.Name }}{{ end }}",
    ),
    (
        "templates/a.yaml",
        "kind: ConfigMap\nmetadata:\n  name: {{ include \"name\" . }}\n  annotations: {helm.sh/hook: post-install}\ndata: {{ toYaml .Values.b | nindent 2 }}\n---\nkind: List\n",
    ),
    (
        "templates/NOTES.txt",
        "{{ tpl \"{{ .Values.a }}\" . }}{{ (.Files.Glob \"*.txt\").AsConfig }}",
    ),
    ("file.txt", "line\nline\n"),
    (
        "charts/sub/Chart.yaml",
        "apiVersion: v1\nname: sub\nversion: 1.0.0\n",
    ),
    (
        "charts/sub/values.yaml",
        "a: {x: 1}\nexports: {data: {y: 2}}\n",
    ),
];

/// Expressions are made of these: functions that cost little, and arguments they do not expect.
const WORDS: [&str; 96] = [
    "toYaml",
    "fromYaml",
    "toJson",
    "fromJson",
    "toToml",
    "fromToml",
    "include \"name\"",
    "tpl",
    "required \"x\"",
    "indent",
    "nindent",
    "repeat",
    "until",
    "untilStep",
    "seq",
    "trunc",
    "substr",
    "abbrev",
    "abbrevboth",
    "wrap",
    "wrapWith",
    "nospace",
    "initials",
    "title",
    "camelcase",
    "snakecase",
    "kebabcase",
    "swapcase",
    "plural",
    "cat",
    "replace",
    "split",
    "splitList",
    "splitn",
    "join",
    "sortAlpha",
    "regexMatch",
    "regexFindAll",
    "regexReplaceAll",
    "regexSplit",
    "semver",
    "semverCompare",
    "date",
    "dateInZone",
    "dateModify",
    "toDate",
    "ago",
    "duration",
    "durationRound",
    "htmlDate",
    "unixEpoch",
    "dict",
    "list",
    "set",
    "unset",
    "get",
    "hasKey",
    "pluck",
    "dig",
    "merge",
    "mergeOverwrite",
    "keys",
    "values",
    "pick",
    "omit",
    "deepCopy",
    "first",
    "rest",
    "last",
    "initial",
    "append",
    "prepend",
    "concat",
    "chunk",
    "slice",
    "has",
    "without",
    "uniq",
    "compact",
    "reverse",
    "urlParse",
    "urlJoin",
    "b64enc",
    "b64dec",
    "b32enc",
    "b32dec",
    "sha256sum",
    "adler32sum",
    "add",
    "div",
    "mod",
    "round",
    "toDecimal",
    "printf",
    "typeOf",
    "ternary",
];

const ARGUMENTS: [&str; 40] = [
    ".",
    "$",
    ".Values",
    ".Values.b",
    ".Values.b.d",
    ".Values.none",
    ".Chart",
    ".Files",
    ".Capabilities.APIVersions",
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "3",
    "1.5",
    "1e9",
    "9223372036854775807",
    "-9223372036854775808",
    "\"\"",
    "\"a\"",
    "\"a b,c\"",
    "\"%d%s%v\"",
    "\"[a-\"",
    "\"(a|b)*c\"",
    "\"{{ . }}\"",
    "\"{{\"",
    "\"1.2.3\"",
    "\"^1.x || >2\"",
    "\"é\\xff\"",
    "\"2006-01-02\"",
    "\"UTC\"",
    "\"1h30m\"",
    "\"a: [1, {b: c}]\"",
    "\"{\\\"a\\\": 1}\"",
    "(list 1 \"b\" nil)",
    "(dict \"a\" 1 \"b\" (dict))",
    "(list)",
    "(dict)",
    "(until 5)",
];

const PIECES: [&str; 24] = [
    "{{ ",
    " }}",
    "{{- end }}",
    "\n",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "&a ",
    "*a",
    "null",
    "~",
    "../",
    "/",
    "a.b",
    "1e99",
    "---\n",
    "# ",
    "\u{FEFF}",
    "\0",
];

fn expression(random: &mut Random, depth: usize) -> String {
    let mut text = random.pick(&WORDS).to_owned();
    for _ in 0..random.below(5) {
        text.push(' ');
        if depth > 0 && random.once_in(3) {
            text.push_str(&format!("({})", expression(random, depth - 1)));
        } else {
            text.push_str(random.pick(&ARGUMENTS));
        }
    }
    if random.once_in(3) {
        text.push_str(&format!(
            " | {}",
            expression(random, depth.saturating_sub(1))
        ));
    }
    text
}

/// The files of a chart, some of them changed, one of them full of expressions.
fn files(random: &mut Random) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = CHART
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    for _ in 0..random.below(3) {
        let (name, text) = &mut files[random.below(CHART.len())];
        random.mutate(text, &PIECES);
        if random.once_in(8) {
            *text = random.soup(&PIECES, 20).into_bytes();
        }
        if random.once_in(8) {
            let mut bytes = std::mem::take(name).into_bytes();
            random.mutate(&mut bytes, &PIECES);
            *name = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    let expressions = format!("x: {{{{ {} }}}}\n", expression(random, 2));
    files.push(("templates/x.yaml".to_owned(), expressions.into_bytes()));
    files
}

fn rendered(chart: &Chart) -> Result<String, String> {
    let input = RenderInput {
        release: Release {
            name: "r".into(),
            namespace: "ns".into(),
            revision: 1,
            is_upgrade: false,
        },
        values: parse_values(b"b: {e: 1}\nother: {z: null}\n").unwrap_or_else(|_| BTreeMap::new()),
        capabilities: Capabilities::default(),
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits {
            steps: 50_000,
            output: 1 << 18,
            depth: 200,
        },
    };
    let rendered = render(chart, input).map_err(|error| error.text())?;
    Ok(format!("{:?} {}", rendered.manifests, rendered.notes))
}

#[test]
fn any_chart_is_refused_or_rendered_and_twice_the_same() {
    fuzz(3_000, |random| {
        let files = files(random).into_iter();
        let files = files
            .map(|(name, data)| ChartFile::new(name, &data))
            .collect();
        if let Ok(chart) = Chart::from_files(files) {
            assert_eq!(rendered(&chart), rendered(&chart));
        }
    });
}

/// An archive whose headers may say anything.
fn archive(random: &mut Random) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, data) in files(random) {
        let mut header = Header::new_gnu();
        let path = format!(
            "{}{name}",
            random.pick(&["demo/", "demo/", "demo/", "demo/", "", "/", "../", "demo\\"])
        );
        let length = path.len().min(100);
        header.as_old_mut().name[..length].copy_from_slice(&path.as_bytes()[..length]);
        let odd = [
            EntryType::Symlink,
            EntryType::Directory,
            EntryType::GNULongName,
            EntryType::XHeader,
            EntryType::GNUSparse,
            EntryType::Fifo,
        ];
        header.set_entry_type(if random.once_in(12) {
            odd[random.below(odd.len())]
        } else {
            EntryType::Regular
        });
        let sizes = [0, 1, 511, 1 << 20, 1 << 40, u64::MAX >> 1];
        header.set_size(if random.once_in(16) {
            sizes[random.below(sizes.len())]
        } else {
            data.len() as u64
        });
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(&data);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    if random.once_in(4) {
        random.mutate(&mut tar, &PIECES);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar).unwrap();
    let mut bytes = gzip.finish().unwrap();
    if random.once_in(4) {
        random.mutate(&mut bytes, &PIECES);
    }
    bytes
}

#[test]
fn any_archive_is_refused_or_loaded_within_its_limits() {
    let limits = ArchiveLimits {
        total_bytes: 1 << 20,
        file_bytes: 1 << 16,
        entries: 64,
        depth: 4,
    };
    fuzz(3_000, |random| {
        let archive = archive(random);
        if let Ok(chart) = Chart::from_archive_with(&archive, &limits) {
            let files = chart.templates.iter().chain(&chart.files);
            assert!(files.map(|file| file.data.len()).sum::<usize>() <= 1 << 20);
            let _ = rendered(&chart);
        }
    });
}
