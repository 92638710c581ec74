//! Whatever is read the usual way is read as the scanner and parser read it.

#[path = "../../../gotemplate/tests/random/mod.rs"]
mod random;

use gotemplate::Data;

use crate::scan::reader;
use crate::{compose, entries_from_slice, from_slice_with_integers};
use random::fuzz;

const DOCUMENTS: [&str; 9] = [
    "# Source: a/b.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {}\n  annotations:\n    a.b/c: \"1\"\n",
    "spec:\n  ports:\n  - name: http # main\n    port: 80\n    host: a:b#c\n  -\n  - - x\n    - y\n  empty:\n  - z\n",
    "list:\n  - 'it''s'\n  - \"a \\\"b\\\"\\n\"\n  -\n    k: v\n    l:\n      - m\nend: ~\n",
    "text: |\n\n  one\n   two\n\n  three\n\nnext: |-\n  x: y\n# comment\nlast: |+\n  z\n\n\nfolded: >-\n  a\n  b\n",
    "- |\n a\n- |\n  b\n-\n  |\n  c\n- d\n",
    "rules:\n- apiGroups: [\"\", 'apps']\n  verbs: [get, list, 1.5, null]\n  resources: []\n",
    "---\n1: a\ntrue: b\n1.5: c\n2001-01-01: d\nkey with spaces: e f\n\"quoted\": g\nurl: http://x/y?z#w\n",
    "a:\n  b\nc:\n  - d\n  # e\nf:\n    g:\nh: -1\n",
    "data:\n  script: |\n    #!/bin/sh\n    \techo\n      x\n  é: ü\n  n: 0.5\n  m: -inf\n",
];

const PIECES: [&str; 44] = [
    "\n", "\n", "\n", "\n ", "\n  ", "\n    ", " ", "  ", "    ", "\t", "- ", "-", "-\n", "a: ",
    "b:", ": ", ":", "'", "\"", "\\", "\\n", "|", ">", "|-\n", "#", " #", "[", "]", "{}", ",",
    "&x ", "*x", "!!str ", "? ", "<<: ", "---\n", "---", "...", "~", "%", "\r\n", "\u{85}",
    "\u{2028}", "\u{2014}",
];

fn is_wanted(outer: Option<&[u8]>, key: &[u8]) -> bool {
    match outer {
        None => matches!(
            key,
            b"kind" | b"metadata" | b"true" | b"a" | b"1" | b"spec" | b"list"
        ),
        Some(b"metadata") => matches!(key, b"name" | b"annotations"),
        Some(_) => matches!(key, b"b" | b"k" | b"true" | b"ports"),
    }
}

/// Whether the document was read the usual way.
fn agrees(bytes: &[u8]) -> bool {
    let text = reader::read(bytes);
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let usual = super::compose(&text, None);
    if let Some(tree) = &usual {
        let other = compose::compose(&text);
        assert_eq!(Some(tree), other.ok().flatten().as_ref(), "{:?}", shown());
    }
    let all = from_slice_with_integers(bytes).map(|data| match data {
        Data::Map(mut entries) => {
            entries.retain(|key, _| is_wanted(None, key.as_bytes()));
            for (outer, value) in &mut entries {
                if let Data::Map(inner) = value {
                    inner.retain(|key, _| is_wanted(Some(outer.as_bytes()), key.as_bytes()));
                }
            }
            Data::Map(entries)
        }
        other => other,
    });
    let wanted = entries_from_slice(bytes, is_wanted);
    assert_eq!(format!("{wanted:?}"), format!("{all:?}"), "{:?}", shown());
    usual.is_some()
}

#[test]
fn a_document_read_the_usual_way_is_what_the_parser_makes_of_it() {
    let mut usual = 0;
    fuzz(60_000, |random| {
        let mut bytes = if random.once_in(4) {
            random.soup(&PIECES, 20).into_bytes()
        } else {
            random.soup(&DOCUMENTS, 2).into_bytes()
        };
        random.mutate(&mut bytes, &PIECES);
        usual += u32::from(agrees(&bytes));
    });
    assert!(usual > 0);
}

#[test]
fn these_documents_are_usual() {
    for document in DOCUMENTS {
        let text = reader::read(document.as_bytes());
        let is_usual = super::compose(&text, Some(&|_, _| false)).is_some();
        assert!(is_usual, "{document:?}");
        agrees(document.as_bytes());
    }
}
