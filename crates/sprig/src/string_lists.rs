//! Strings to lists and back: `split`, `splitList`, `join`, `sortAlpha`, `toStrings`.

use gotemplate::Type::{Any, Int, String as Text};
use gotemplate::{Call, FuncError, Function, Map, Value};

use crate::args::{
    Outcome, any, bytes, elements, int, spend_bytes, spend_entries, spend_texts, strings,
};
use crate::strings::find;
use crate::table::function;
use crate::{print, runes};

pub(crate) static FUNCTIONS: &[Function] = &[
    function("split", &[Text, Text], |call, a| {
        let parts = split(bytes(a, 1)?, bytes(a, 0)?, None);
        numbered(call, parts)
    }),
    function("splitList", &[Text, Text], |call, a| {
        let parts = split(bytes(a, 1)?, bytes(a, 0)?, None);
        spend_texts(call, parts.len())?;
        Ok(strings(parts))
    }),
    function("splitn", &[Text, Int, Text], splitn),
    function("join", &[Text, Any], |call, a| {
        let (parts, between) = (to_strings(any(a, 1)?)?, bytes(a, 0)?);
        let length = parts.len().saturating_mul(between.len());
        spend_bytes(
            call,
            parts
                .iter()
                .map(Vec::len)
                .fold(length, usize::saturating_add),
        )?;
        Ok(Value::str(parts.join(between)))
    }),
    function("sortAlpha", &[Any], sort_alpha),
    function("toStrings", &[Any], |call, a| {
        let value = any(a, 0)?;
        match value {
            Value::List(list) if list.type_name() == "[]string" => Ok(value.clone()),
            _ => {
                let texts = to_strings(value)?;
                spend_texts(call, texts.len())?;
                Ok(strings(texts))
            }
        }
    }),
];

/// Sprig's `strslice`: the elements that are not nil as strings; a scalar is a list of one.
pub(crate) fn to_strings(value: &Value) -> Result<Vec<Vec<u8>>, FuncError> {
    if matches!(value, Value::Nil) {
        return Ok(Vec::new());
    }
    match elements(value) {
        Some(items) => items
            .iter()
            .filter(|v| !matches!(v, Value::Nil))
            .map(print::strval)
            .collect(),
        None => Ok(vec![print::strval(value)?]),
    }
}

/// `strings.SplitN`: at most `limit` parts; an empty separator splits into characters.
pub(crate) fn split<'a>(s: &'a [u8], separator: &[u8], limit: Option<usize>) -> Vec<&'a [u8]> {
    let more = |parts: usize| limit.is_none_or(|limit| parts + 1 < limit);
    let mut parts = Vec::new();
    let mut rest = s;
    if separator.is_empty() {
        while let Some((_, width)) = runes::first(rest).filter(|_| more(parts.len())) {
            let (part, after) = rest.split_at(width);
            parts.push(part);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        return parts;
    }
    while let Some(at) = find(rest, separator).filter(|_| more(parts.len())) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    parts
}

fn splitn(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let (separator, limit, s) = (bytes(args, 0)?, int(args, 1)?, bytes(args, 2)?);
    let parts = match limit {
        0 => Vec::new(),
        ..0 => split(s, separator, None),
        _ => split(s, separator, Some(limit as usize)),
    };
    numbered(call, parts)
}

/// `map[string]string` with the keys `_0`, `_1` …
fn numbered(call: &mut dyn Call, parts: Vec<&[u8]>) -> Outcome {
    spend_texts(call, parts.len())?;
    spend_entries(call, parts.len())?;
    let map = Map::typed("map[string]string");
    for (i, part) in parts.into_iter().enumerate() {
        map.insert(format!("_{i}"), Value::str(part));
    }
    Ok(Value::Map(map))
}

fn sort_alpha(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut sorted = to_strings(any(args, 0)?)?;
    spend_texts(call, sorted.len())?;
    if matches!(args.first(), Some(Value::Nil)) {
        sorted.push(b"<nil>".to_vec());
    }
    sorted.sort();
    Ok(strings(sorted))
}
