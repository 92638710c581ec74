//! A compiled pattern, and Go's walk over its matches.

use std::ops::Range;

use ::regex::bytes::{Captures, Regex, RegexBuilder};

use super::syntax;
use crate::runes;

/// How large a compiled pattern may be, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// A pattern in RE2 syntax.
pub(super) struct Pattern {
    regex: Regex,
    names: Vec<Option<String>>,
}

impl Pattern {
    /// # Errors
    /// Go's message, beginning with `error parsing regexp: `.
    pub(super) fn compile(source: &[u8]) -> Result<Self, String> {
        let translated = match std::str::from_utf8(source) {
            Ok(text) => syntax::translate(text),
            Err(_) => Err(format!(
                "invalid UTF-8: `{}`",
                String::from_utf8_lossy(source)
            )),
        }
        .map_err(|message| format!("error parsing regexp: {message}"))?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|_| {
                let source = String::from_utf8_lossy(source);
                format!("error parsing regexp: expression too large: `{source}`")
            })?;
        Ok(Self {
            regex,
            names: translated.names,
        })
    }

    pub(super) fn names(&self) -> &[Option<String>] {
        &self.names
    }

    pub(super) fn is_match(&self, s: &[u8]) -> bool {
        self.regex.is_match(s)
    }

    /// The leftmost match, or nothing.
    pub(super) fn find<'a>(&self, s: &'a [u8]) -> &'a [u8] {
        self.regex.find(s).map_or(b"", |m| m.as_bytes())
    }

    pub(super) fn groups_at<'a>(&self, s: &'a [u8], at: usize) -> Option<Captures<'a>> {
        self.regex.captures_at(s, at)
    }

    /// At most `limit` matches, all when it is negative. An empty match right behind another one does not count.
    pub(super) fn find_all(&self, s: &[u8], limit: i64) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut previous_end = None;
        let mut at = 0;
        while at <= s.len() && (limit < 0 || (found.len() as i64) < limit) {
            let Some(m) = self.regex.find_at(s, at) else {
                break;
            };
            let mut accept = true;
            if m.end() == at {
                accept = previous_end != Some(m.start());
                at += runes::first(&s[at..]).map_or(1, |(_, width)| width);
            } else {
                at = m.end();
            }
            previous_end = Some(m.end());
            if accept {
                found.push(m.range());
            }
        }
        found
    }
}

/// Where a replacement looks on: behind the match, but at least one character further.
pub(super) fn advance(s: &[u8], at: usize, end: usize) -> usize {
    let width = s
        .get(at..)
        .and_then(runes::first)
        .map_or(1, |(_, width)| width);
    end.max(at + width)
}
