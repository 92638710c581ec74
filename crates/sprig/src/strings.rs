//! The strings chapter: trimming, cutting, quoting, padding, replacing.

use gotemplate::Type::{Any, Int, String as Text};
use gotemplate::{Call, FuncError, Function, Value};

use crate::args::{Outcome, any, bytes, fail, int, spend_bytes, text};
use crate::table::{function, variadic};
use crate::{abbreviate, case, print, runes, words, wrap};

pub(crate) static FUNCTIONS: &[Function] = &[
    function("abbrev", &[Int, Text], |_, a| {
        Ok(Value::str(abbreviate::abbrev(int(a, 0)?, bytes(a, 1)?)))
    }),
    function("abbrevboth", &[Int, Int, Text], |_, a| {
        Ok(Value::str(abbreviate::abbrev_both(
            int(a, 0)?,
            int(a, 1)?,
            bytes(a, 2)?,
        )))
    }),
    function("trunc", &[Int, Text], trunc),
    function("trim", &[Text], |_, a| {
        Ok(Value::str(runes::trim_space(bytes(a, 0)?)))
    }),
    function("upper", &[Text], |_, a| map_runes(a, runes::to_upper)),
    function("lower", &[Text], |_, a| map_runes(a, runes::to_lower)),
    function("title", &[Text], |_, a| {
        Ok(Value::str(case::title(&text(a, 0)?)))
    }),
    function("untitle", &[Text], |_, a| {
        Ok(Value::str(case::untitle(&text(a, 0)?)))
    }),
    function("swapcase", &[Text], |_, a| {
        Ok(Value::str(case::swap(&text(a, 0)?)))
    }),
    function("snakecase", &[Text], |_, a| {
        Ok(Value::str(words::lower_joined(bytes(a, 0)?, '_')))
    }),
    function("kebabcase", &[Text], |_, a| {
        Ok(Value::str(words::lower_joined(bytes(a, 0)?, '-')))
    }),
    function("camelcase", &[Text], |_, a| {
        Ok(Value::str(case::pascal(&text(a, 0)?)))
    }),
    function("substr", &[Int, Int, Text], substr),
    function("repeat", &[Int, Text], repeat),
    function("trimall", &[Text, Text], trim_all),
    function("trimAll", &[Text, Text], trim_all),
    function("trimSuffix", &[Text, Text], |_, a| {
        let s = bytes(a, 1)?;
        Ok(Value::str(s.strip_suffix(bytes(a, 0)?).unwrap_or(s)))
    }),
    function("trimPrefix", &[Text, Text], |_, a| {
        let s = bytes(a, 1)?;
        Ok(Value::str(s.strip_prefix(bytes(a, 0)?).unwrap_or(s)))
    }),
    function("nospace", &[Text], |_, a| Ok(no_space(bytes(a, 0)?))),
    function("initials", &[Text], |_, a| {
        Ok(Value::str(abbreviate::initials(bytes(a, 0)?)))
    }),
    function("wrap", &[Int, Text], |call, a| {
        wrapped(call, a, 1, b"\n", wrap::LongWords::Keep)
    }),
    function("wrapWith", &[Int, Text, Text], |call, a| {
        wrapped(call, a, 2, bytes(a, 1)?, wrap::LongWords::Break)
    }),
    function("contains", &[Text, Text], |_, a| {
        Ok(Value::Bool(find(bytes(a, 1)?, bytes(a, 0)?).is_some()))
    }),
    function("hasPrefix", &[Text, Text], |_, a| {
        Ok(Value::Bool(bytes(a, 1)?.starts_with(bytes(a, 0)?)))
    }),
    function("hasSuffix", &[Text, Text], |_, a| {
        Ok(Value::Bool(bytes(a, 1)?.ends_with(bytes(a, 0)?)))
    }),
    variadic("quote", &[], Any, |_, a| {
        joined(a, |v| Ok(print::quote(&print::strval(v)?).into_bytes()))
    }),
    variadic("squote", &[], Any, |_, a| {
        joined(a, |v| {
            Ok([b"'", print::display(v)?.as_slice(), b"'"].concat())
        })
    }),
    variadic("cat", &[], Any, |_, a| joined(a, print::display)),
    function("indent", &[Int, Text], |call, a| {
        indented(call, a).map(Value::str)
    }),
    function("nindent", &[Int, Text], |call, a| {
        let mut out = vec![b'\n'];
        out.extend(indented(call, a)?);
        Ok(Value::str(out))
    }),
    function("replace", &[Text, Text, Text], |call, a| {
        let out = replace_all(call, bytes(a, 2)?, bytes(a, 0)?, bytes(a, 1)?)?;
        Ok(Value::str(out))
    }),
    function("plural", &[Text, Text, Int], |_, a| {
        let chosen = usize::from(int(a, 2)? != 1);
        Ok(Value::str(bytes(a, chosen)?))
    }),
    function("toString", &[Any], |_, a| {
        print::strval(any(a, 0)?).map(Value::str)
    }),
    function("hello", &[], |_, _| Ok(Value::str("Hello!"))),
];

fn map_runes(args: &[Value], map: fn(char) -> char) -> Outcome {
    let mapped: String = text(args, 0)?.chars().map(map).collect();
    Ok(Value::str(mapped))
}

fn trunc(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let (count, s) = (int(args, 0)?, bytes(args, 1)?);
    let len = s.len() as i64;
    Ok(Value::str(if count < 0 && len.saturating_add(count) > 0 {
        &s[(len + count) as usize..]
    } else if count >= 0 && len > count {
        &s[..count as usize]
    } else {
        s
    }))
}

/// Slices bytes as Go does, or fails with the text of Go's panic.
fn substr(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let (start, end, s) = (int(args, 0)?, int(args, 1)?, bytes(args, 2)?);
    let len = s.len() as i64;
    let out_of_range =
        |bounds: String| fail(format!("runtime error: slice bounds out of range {bounds}"));
    if start < 0 {
        return match end {
            ..0 => out_of_range(format!("[:{end}]")),
            _ if end > len => out_of_range(format!("[:{end}] with length {len}")),
            _ => Ok(Value::str(&s[..end as usize])),
        };
    }
    let end = if end < 0 || end > len { len } else { end };
    if start > end {
        return out_of_range(format!("[{start}:{end}]"));
    }
    Ok(Value::str(&s[start as usize..end as usize]))
}

fn repeat(call: &mut dyn Call, args: &[Value]) -> Outcome {
    repeated(call, bytes(args, 1)?, int(args, 0)?).map(Value::str)
}

/// `strings.Repeat`.
fn repeated(call: &mut dyn Call, s: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    let Ok(count) = usize::try_from(count) else {
        return fail("strings: negative Repeat count");
    };
    match s.len().checked_mul(count) {
        Some(len) if isize::try_from(len).is_ok() => {
            spend_bytes(call, len)?;
            Ok(s.repeat(count))
        }
        _ => fail("strings: Repeat output length overflow"),
    }
}

fn trim_all(_: &mut dyn Call, args: &[Value]) -> Outcome {
    Ok(Value::str(runes::trim_set(
        bytes(args, 1)?,
        &text(args, 0)?,
    )))
}

/// Drops white space byte by byte, so other characters than ASCII come out as Latin-1 when anything is dropped.
fn no_space(s: &[u8]) -> Value {
    let kept: String = runes::latin1(s).filter(|c| !c.is_whitespace()).collect();
    if kept.chars().count() == s.len() {
        return Value::str(s);
    }
    Value::str(kept)
}

fn wrapped(
    call: &mut dyn Call,
    args: &[Value],
    string: usize,
    new_line: &[u8],
    long_words: wrap::LongWords,
) -> Outcome {
    let s = bytes(args, string)?;
    spend_bytes(call, s.len().saturating_mul(new_line.len().max(1)))?;
    let new_line = if new_line.is_empty() { b"\n" } else { new_line };
    Ok(Value::str(wrap::wrap(
        s,
        int(args, 0)?,
        new_line,
        long_words,
    )))
}

/// The arguments that are not nil, each printed, with blanks between.
fn joined(args: &[Value], print: impl Fn(&Value) -> Result<Vec<u8>, FuncError>) -> Outcome {
    let printed: Vec<Vec<u8>> = args
        .iter()
        .filter(|v| !matches!(v, Value::Nil))
        .map(print)
        .collect::<Result<_, _>>()?;
    Ok(Value::str(printed.join(&b' ')))
}

fn indented(call: &mut dyn Call, args: &[Value]) -> Result<Vec<u8>, FuncError> {
    let (spaces, s) = (int(args, 0)?, bytes(args, 1)?);
    let pad = repeated(call, b" ", spaces)?;
    let lines = s.split(|b| *b == b'\n').count();
    spend_bytes(
        call,
        s.len().saturating_add(lines.saturating_mul(pad.len())),
    )?;
    let mut out = Vec::with_capacity(s.len() + lines * pad.len());
    out.extend_from_slice(&pad);
    for line in s.split_inclusive(|b| *b == b'\n') {
        out.extend_from_slice(line);
        if line.ends_with(b"\n") {
            out.extend_from_slice(&pad);
        }
    }
    Ok(out)
}

/// The index of the first occurrence.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// `strings.ReplaceAll`; an empty `old` matches before every character and at the end.
fn replace_all(
    call: &mut dyn Call,
    s: &[u8],
    old: &[u8],
    new: &[u8],
) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    if old.is_empty() {
        spend_bytes(call, s.len().saturating_mul(new.len() + 1))?;
        out.extend_from_slice(new);
        while let Some((_, width)) = runes::first(rest) {
            out.extend_from_slice(&rest[..width]);
            out.extend_from_slice(new);
            rest = &rest[width..];
        }
        return Ok(out);
    }
    while let Some(at) = find(rest, old) {
        spend_bytes(call, at + new.len())?;
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}
