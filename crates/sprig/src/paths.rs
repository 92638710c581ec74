//! Paths: `base`, `dir`, `clean`, `ext`, `isAbs`, and the same for the operating system's paths, which are those of Unix.

use gotemplate::Type::String as Text;
use gotemplate::{Function, Value};

use crate::args::bytes;
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("base", &[Text], |_, a| Ok(Value::str(base(bytes(a, 0)?)))),
    function("dir", &[Text], |_, a| Ok(Value::str(dir(bytes(a, 0)?)))),
    function("clean", &[Text], |_, a| Ok(Value::str(clean(bytes(a, 0)?)))),
    function("ext", &[Text], |_, a| Ok(Value::str(ext(bytes(a, 0)?)))),
    function("isAbs", &[Text], |_, a| {
        Ok(Value::Bool(bytes(a, 0)?.starts_with(b"/")))
    }),
    function("osBase", &[Text], |_, a| Ok(Value::str(base(bytes(a, 0)?)))),
    function("osDir", &[Text], |_, a| Ok(Value::str(dir(bytes(a, 0)?)))),
    function("osClean", &[Text], |_, a| {
        Ok(Value::str(clean(bytes(a, 0)?)))
    }),
    function("osExt", &[Text], |_, a| Ok(Value::str(ext(bytes(a, 0)?)))),
    function("osIsAbs", &[Text], |_, a| {
        Ok(Value::Bool(bytes(a, 0)?.starts_with(b"/")))
    }),
];

/// `path.Base`: the last element, without slashes behind it.
fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    if end == 0 {
        return b"/";
    }
    let start = path[..end].iter().rposition(|b| *b == b'/');
    &path[start.map_or(0, |at| at + 1)..end]
}

/// `path.Dir`: everything but the last element, cleaned.
fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    clean(&path[..end])
}

/// `path.Ext`: from the last dot of the last element.
fn ext(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|b| matches!(b, b'/' | b'.')) {
        Some(at) if path[at] == b'.' => &path[at..],
        _ => b"",
    }
}

/// `path.Clean`: the shortest path that names the same.
pub(crate) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|b| *b == b'/') {
        match element {
            b"" | b"." => {}
            b".." => match kept.last() {
                Some(&last) if last != b".." => {
                    kept.pop();
                }
                _ if rooted => {}
                _ => kept.push(element),
            },
            _ => kept.push(element),
        }
    }
    let mut out = if rooted { b"/".to_vec() } else { Vec::new() };
    out.extend(kept.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    out
}
