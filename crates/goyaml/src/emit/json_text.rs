//! What becomes of texts on their way through JSON: `sigs.k8s.io/yaml` writes JSON and reads it back as YAML 1.1.

use std::borrow::Cow;

use crate::float;
use crate::text::go_utf8;
use crate::walk::EncodeError;

/// NEL, a line break in YAML 1.1 and an ordinary character in JSON.
const NEL: char = '\u{85}';

/// A JSON number as YAML: integers that fit 64 bits stay, anything else is a float.
pub(super) fn number(text: &str) -> Cow<'_, str> {
    if text == "-0" {
        return Cow::Borrowed("0");
    }
    let is_integer = !text.contains(['.', 'e']);
    if is_integer && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(float::yaml(text.parse().unwrap_or(f64::NAN)))
}

/// A string as it comes out again: invalid UTF-8 replaced, NEL folded like the line break it is.
pub(super) fn string(s: &[u8]) -> Result<Cow<'_, [u8]>, EncodeError> {
    if s.is_ascii() && !s.contains(&0x7F) {
        return Ok(Cow::Borrowed(s));
    }
    let utf8 = go_utf8(s);
    let Ok(text) = std::str::from_utf8(&utf8) else {
        return Ok(utf8);
    };
    let is_refused =
        |c| matches!(c, '\x7F'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.contains(is_refused) {
        return Err(EncodeError::new("yaml: control characters are not allowed"));
    }
    if text.contains(NEL) {
        return Ok(Cow::Owned(fold(text).into_bytes()));
    }
    Ok(utf8)
}

/// One NEL with the spaces around it is a space, more are all but one line break.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([' ', NEL]) {
        let (before, gap) = rest.split_at(at);
        out.push_str(before);
        let after = gap.trim_start_matches([' ', NEL]);
        let gap = &gap[..gap.len() - after.len()];
        match gap.matches(NEL).count() {
            0 => out.push_str(gap),
            1 => out.push(' '),
            n => out.extend(std::iter::repeat_n('\n', n - 1)),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A key longer than 1024 characters, or broken by a NEL, is no simple key any more when read back.
pub(super) fn check_key(key: &[u8]) -> Result<(), EncodeError> {
    if key.len() <= 1022 / 6 && key.is_ascii() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(key);
    let length: usize = 2 + text.chars().map(json_width).sum::<usize>();
    if length > 1024 || text.contains(NEL) {
        return Err(EncodeError::new("yaml: did not find expected ',' or '}'"));
    }
    Ok(())
}

/// The characters `encoding/json` writes for one.
fn json_width(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\x08' | '\x0C' => 2,
        '\0'..='\x1F' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => 1,
    }
}
