//! Documents nobody would write: each is refused or read, and what was read survives being written.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

#[path = "../../gotemplate/tests/random/mod.rs"]
mod random;

mod lost;
mod pieces;

use gotemplate::{Data, Value};
use goyaml::json::{self, Escaping, Layout};
use lost::is_lost_in_go;
use pieces::PIECES;
use random::{Random, fuzz};

const DOCUMENTS: [&str; 12] = [
    "a: 1\nb:\n  - x\n  - y: {z: [1, 2.5, ~]}\n",
    "text: |-\n  one\n   two\n\n  three\nfolded: >+\n  a\n  b\n\n",
    "base: &base {a: 1, b: two}\nmore:\n  <<: *base\n  b: three\n",
    "? complex\n: value\n? [a, b]\n: c\n",
    "'single ''quoted''': \"double \\u00e9 \\x41 \\n\"\n",
    "%YAML 1.1\n---\n!!str 12: !!binary aGk=\n...\n",
    "- 0x1F\n- 0o17\n- 1_000\n- .inf\n- -.NaN\n- 2001-12-14t21:59:43.10-05:00\n- yes\n- 'no'\n",
    "# comment\nkey:    # another\n    plain text\n    over lines\n",
    "{\"a\": [true, false, null, 1e3, \"\\ud83d\\ude00\"], \"b\": {}}",
    "a:\n- b\n-\n  - c\n  -\n    d: e\n",
    "[table]\nkey = \"value\"\nlist = [1, 2]\n[[array]]\nx = 1979-05-27T07:32:00Z\n",
    "x = '''a\nb'''\n[a.\"b.c\"]\nd = {e = 0xff, f = 1e6, g = inf}\n",
];

fn document(random: &mut Random) -> Vec<u8> {
    if random.once_in(3) {
        return random.soup(&PIECES, 40).into_bytes();
    }
    let mut bytes = random.soup(&DOCUMENTS, 3).into_bytes();
    random.mutate(&mut bytes, &PIECES);
    bytes
}

fn survives_yaml(data: &Data) {
    let Ok(written) = goyaml::data_to_vec(data) else {
        return;
    };
    let shown = String::from_utf8_lossy(&written);
    let again = goyaml::from_slice(&written).unwrap_or_else(|e| panic!("{e}: {shown:?}"));
    assert_eq!(&again, data, "{shown:?}");
    let of_value = goyaml::to_vec(&Value::from(data)).unwrap();
    assert_eq!(String::from_utf8_lossy(&of_value), shown);
}

fn survives_json(data: &Data) {
    for layout in [Layout::Compact, Layout::Indented] {
        let written = json::data_to_vec(data, Escaping::Html, layout).unwrap();
        assert_eq!(&json::from_slice(&written).unwrap(), data);
    }
}

#[test]
fn any_document_is_read_or_refused_and_what_was_read_survives_writing() {
    fuzz(80_000, |random| {
        let bytes = document(random);
        if let Ok(data) = goyaml::from_slice(&bytes) {
            if !is_lost_in_go(&data) {
                survives_yaml(&data);
            }
            survives_json(&data);
        }
        let _ = goyaml::from_slice_with_integers(&bytes);
        if let Ok(data) = json::from_slice(&bytes) {
            survives_json(&data);
        }
        if let Ok(map) = goyaml::toml::from_slice(&bytes)
            && let Ok(written) = goyaml::toml::to_vec(&Value::Map(map))
        {
            let shown = String::from_utf8_lossy(&written);
            let again = goyaml::toml::from_slice(&written);
            assert!(again.is_ok(), "{:?}: {shown:?}", again.err());
        }
    });
}
