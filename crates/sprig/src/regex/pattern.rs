//! A compiled pattern, and Go's walk over its matches.

use std::ops::Range;

use ::regex::bytes::{Captures, Regex, RegexBuilder};
use gotemplate::{Call, FuncError};

use super::syntax;
use crate::runes;

/// How large compiled patterns are, in bytes, and what they cost: steps to have one, and steps to match it against four
/// bytes. In the worst case every byte is compared with all of a pattern.
const SIZES: [(usize, u64, u64); 5] = [
    (16 << 10, 400, 1),
    (64 << 10, 16_000, 64),
    (256 << 10, 64_000, 512),
    (1 << 20, 256_000, 4_096),
    (4 << 20, 1_000_000, 16_384),
];

/// A pattern in RE2 syntax.
pub(super) struct Pattern {
    regex: Regex,
    names: Vec<Option<String>>,
    /// What it costs to have it.
    steps: u64,
    /// What it costs to match it against four bytes.
    effort: u64,
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
        let sized = |limit| {
            RegexBuilder::new(&translated.pattern)
                .size_limit(limit)
                .build()
                .ok()
        };
        let fitting = SIZES.iter().find_map(|size| Some((sized(size.0)?, size)));
        let Some((regex, (_, steps, effort))) = fitting else {
            let source = String::from_utf8_lossy(source);
            return Err(format!(
                "error parsing regexp: expression too large: `{source}`"
            ));
        };
        Ok(Self {
            regex,
            names: translated.names,
            steps: *steps,
            effort: *effort,
        })
    }

    /// The steps a search costs that may go through that many bytes.
    pub(super) fn price(&self, bytes: usize) -> u64 {
        (bytes as u64).saturating_mul(self.effort) / 4
    }

    /// The steps it costs to have the pattern.
    pub(super) fn steps(&self) -> u64 {
        self.steps
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
    pub(super) fn find_all(
        &self,
        call: &mut dyn Call,
        s: &[u8],
        limit: i64,
    ) -> Result<Vec<Range<usize>>, FuncError> {
        let mut found = Vec::new();
        let mut previous_end = None;
        let mut at = 0;
        while at <= s.len() && (limit < 0 || (found.len() as i64) < limit) {
            let Some(m) = self.regex.find_at(s, at) else {
                break;
            };
            // A search may look at all of the rest before it finds the next match.
            call.spend(self.price(s.len() - m.end()) / 64)?;
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
        Ok(found)
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
