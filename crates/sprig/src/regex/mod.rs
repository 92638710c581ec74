//! The regex chapter: RE2 syntax and Go's rules for empty matches, splitting and replacement templates.

mod cache;
mod class;
mod pattern;
mod syntax;
mod template;

use std::rc::Rc;

use gotemplate::Type::{Int, String as Text};
use gotemplate::{Call, FuncError, Function, Kind, Value};

use crate::args::{Outcome, bytes, int, spend_bytes, spend_texts, strings};
use crate::table::function;
use pattern::Pattern;

pub(crate) static FUNCTIONS: &[Function] = &[
    function(
        "regexMatch",
        &[Text, Text],
        |call, a| match cache::pattern(bytes(a, 0)?) {
            Ok(pattern) => is_match(call, a, &pattern),
            Err(_) => Ok(Value::Bool(false)),
        },
    ),
    function("mustRegexMatch", &[Text, Text], |call, a| {
        is_match(call, a, compiled(a)?.as_ref())
    }),
    function("regexFindAll", &[Text, Text, Int], |call, a| {
        find_all(call, a, panicking(a)?.as_ref())
    }),
    function("mustRegexFindAll", &[Text, Text, Int], |call, a| {
        find_all(call, a, compiled(a)?.as_ref())
    }),
    function("regexFind", &[Text, Text], |call, a| {
        find(call, a, panicking(a)?.as_ref())
    }),
    function("mustRegexFind", &[Text, Text], |call, a| {
        find(call, a, compiled(a)?.as_ref())
    }),
    function("regexReplaceAll", &[Text, Text, Text], |call, a| {
        replace(call, a, panicking(a)?.as_ref(), Replacement::Template)
    }),
    function("mustRegexReplaceAll", &[Text, Text, Text], |call, a| {
        replace(call, a, compiled(a)?.as_ref(), Replacement::Template)
    }),
    function("regexReplaceAllLiteral", &[Text, Text, Text], |call, a| {
        replace(call, a, panicking(a)?.as_ref(), Replacement::Literal)
    }),
    function(
        "mustRegexReplaceAllLiteral",
        &[Text, Text, Text],
        |call, a| replace(call, a, compiled(a)?.as_ref(), Replacement::Literal),
    ),
    function("regexSplit", &[Text, Text, Int], |call, a| {
        split(call, a, panicking(a)?.as_ref())
    }),
    function("mustRegexSplit", &[Text, Text, Int], |call, a| {
        split(call, a, compiled(a)?.as_ref())
    }),
    function("regexQuoteMeta", &[Text], |_, a| {
        Ok(Value::str(quote_meta(bytes(a, 0)?)))
    }),
];

/// What the replacement text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replacement {
    /// `$1` and `${name}` stand for groups.
    Template,
    Literal,
}

fn compiled(args: &[Value]) -> Result<Rc<Pattern>, FuncError> {
    cache::pattern(bytes(args, 0)?).map_err(FuncError::new)
}

/// The pattern, or the panic of `regexp.MustCompile`.
fn panicking(args: &[Value]) -> Result<Rc<Pattern>, FuncError> {
    let source = bytes(args, 0)?;
    cache::pattern(source).map_err(|message| {
        let plain = |b: &u8| *b >= b' ' && !matches!(b, b'`' | 0x7f) || *b == b'\t';
        let shown = if source.iter().all(plain) && std::str::from_utf8(source).is_ok() {
            format!("`{}`", String::from_utf8_lossy(source))
        } else {
            crate::print::quote(source)
        };
        FuncError::new(format!("regexp: Compile({shown}): {message}"))
    })
}

/// Spends the steps of having a pattern and searching a text with it.
fn spend_on_search(call: &mut dyn Call, pattern: &Pattern, s: &[u8]) -> Result<(), FuncError> {
    call.spend(pattern.steps().saturating_add(pattern.price(s.len())))
}

fn is_match(call: &mut dyn Call, args: &[Value], pattern: &Pattern) -> Outcome {
    let s = bytes(args, 1)?;
    spend_on_search(call, pattern, s)?;
    Ok(Value::Bool(pattern.is_match(s)))
}

fn find(call: &mut dyn Call, args: &[Value], pattern: &Pattern) -> Outcome {
    let s = bytes(args, 1)?;
    spend_on_search(call, pattern, s)?;
    Ok(Value::str(pattern.find(s)))
}

/// A nil `[]string` when nothing matches.
fn matches_or_nil(found: Vec<&[u8]>) -> Value {
    if found.is_empty() {
        return Value::TypedNil(Kind::Slice, "[]string");
    }
    strings(found)
}

fn find_all(call: &mut dyn Call, args: &[Value], pattern: &Pattern) -> Outcome {
    let s = bytes(args, 1)?;
    spend_on_search(call, pattern, s)?;
    let found = pattern.find_all(call, s, int(args, 2)?)?;
    spend_texts(call, found.len())?;
    Ok(matches_or_nil(found.into_iter().map(|m| &s[m]).collect()))
}

/// `Regexp.Split`: at most `n` parts, all when `n` is negative.
fn split(call: &mut dyn Call, args: &[Value], pattern: &Pattern) -> Outcome {
    let (s, limit) = (bytes(args, 1)?, int(args, 2)?);
    spend_on_search(call, pattern, s)?;
    if limit == 0 {
        return Ok(matches_or_nil(Vec::new()));
    }
    if s.is_empty() && !bytes(args, 0)?.is_empty() {
        return Ok(strings([""]));
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.find_all(call, s, limit)? {
        if limit > 0 && parts.len() as i64 == limit - 1 {
            break;
        }
        end = found.start;
        if found.end != 0 {
            parts.push(&s[begin..end]);
        }
        begin = found.end;
    }
    if end != s.len() {
        parts.push(&s[begin..]);
    }
    spend_texts(call, parts.len())?;
    Ok(matches_or_nil(parts))
}

fn replace(
    call: &mut dyn Call,
    args: &[Value],
    pattern: &Pattern,
    replacement: Replacement,
) -> Outcome {
    let (s, with) = (bytes(args, 1)?, bytes(args, 2)?);
    spend_on_search(call, pattern, s)?;
    // A reference to a group becomes at most the whole match.
    let references = match replacement {
        Replacement::Literal => 0,
        Replacement::Template => memchr::memchr_iter(b'$', with).count(),
    };
    let mut out = Vec::with_capacity(s.len());
    let (mut copied, mut at) = (0, 0);
    while at <= s.len() {
        let Some(groups) = pattern.groups_at(s, at) else {
            break;
        };
        let Some(whole) = groups.get(0) else {
            break;
        };
        out.extend_from_slice(&s[copied..whole.start()]);
        if whole.end() > copied || whole.start() == 0 {
            spend_bytes(call, with.len() + references.saturating_mul(whole.len()))?;
            match replacement {
                Replacement::Literal => out.extend_from_slice(with),
                Replacement::Template => template::expand(&mut out, with, &groups, pattern.names()),
            }
        }
        copied = whole.end();
        // A search may look at all of the rest before it finds the next match.
        call.spend(pattern.price(s.len() - copied) / 64)?;
        at = pattern::advance(s, at, whole.end());
    }
    out.extend_from_slice(&s[copied..]);
    spend_bytes(call, out.len())?;
    Ok(Value::str(out))
}

fn quote_meta(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for b in s {
        if br"\.+*?()|[]{}^$".contains(b) {
            out.push(b'\\');
        }
        out.push(*b);
    }
    out
}
