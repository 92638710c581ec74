//! RE2 syntax, as Go's `regexp/syntax` parses it, translated to the syntax of the `regex` crate. What Go refuses is refused with
//! Go's message; what the two spell or mean differently is spelled out.

use super::class;

/// Counted repetitions go up to this.
const MAX_REPEAT: u32 = 1000;
/// How deep groups may be nested.
const MAX_DEPTH: usize = 1000;

/// A pattern for the `regex` crate, and the names of its groups; group 0 is the whole match.
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) names: Vec<Option<String>>,
}

pub(super) fn translate(source: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        source,
        rest: source,
        out: String::with_capacity(source.len() * 2),
        names: vec![None],
        depth: 0,
        repeatable: false,
    };
    while !translator.rest.is_empty() {
        translator.step()?;
    }
    if translator.depth > 0 {
        return Err(format!("missing closing ): `{source}`"));
    }
    Ok(Translated {
        pattern: translator.out,
        names: translator.names,
    })
}

struct Translator<'a> {
    source: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<Option<String>>,
    depth: usize,
    /// Whether there is something a repetition can apply to.
    repeatable: bool,
}

impl Translator<'_> {
    fn step(&mut self) -> Result<(), String> {
        let Some(c) = self.rest.chars().next() else {
            return Ok(());
        };
        match c {
            '(' => return self.open(),
            ')' => return self.close(),
            '|' => {
                self.out.push('|');
                self.take(1);
                self.repeatable = false;
            }
            '*' | '+' | '?' => return self.repetition(1),
            '{' => match counted(self.rest) {
                Some(len) => return self.repetition(len),
                None => self.literal('{', 1),
            },
            '[' => {
                let len = class::bracketed(self.rest, &mut self.out)?;
                self.atom(len);
            }
            '^' | '$' | '.' => {
                self.out.push(c);
                self.atom(1);
            }
            '\\' => return self.escape(),
            _ => self.literal(c, c.len_utf8()),
        }
        Ok(())
    }

    fn take(&mut self, len: usize) {
        self.rest = &self.rest[len..];
    }

    fn atom(&mut self, len: usize) {
        self.take(len);
        self.repeatable = true;
    }

    fn literal(&mut self, c: char, len: usize) {
        class::push_char(&mut self.out, c);
        self.atom(len);
    }

    fn open(&mut self) -> Result<(), String> {
        if !self.rest.starts_with("(?") {
            self.names.push(None);
            self.out.push('(');
            self.take(1);
        } else if self.rest.starts_with("(?P<") || self.rest.starts_with("(?<") {
            self.named()?;
        } else if !self.flags()? {
            return Ok(());
        }
        self.depth += 1;
        self.repeatable = false;
        if self.depth > MAX_DEPTH {
            return Err(format!("expression nests too deeply: `{}`", self.source));
        }
        Ok(())
    }

    fn named(&mut self) -> Result<(), String> {
        let begin = if self.rest.starts_with("(?P") { 4 } else { 3 };
        let Some(end) = self.rest.find('>') else {
            return Err(format!("invalid named capture: `{}`", self.rest));
        };
        let name = &self.rest[begin..end];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(format!("invalid named capture: `{}`", &self.rest[..=end]));
        }
        self.names.push(Some(name.to_owned()));
        self.out.push('(');
        self.take(end + 1);
        Ok(())
    }

    /// `(?i)` or `(?i:`; tells whether it opened a group.
    fn flags(&mut self) -> Result<bool, String> {
        let mut negated = false;
        let mut seen = false;
        for (at, c) in self.rest.char_indices().skip(2) {
            match c {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negated => (negated, seen) = (true, false),
                ':' | ')' if !negated || seen => {
                    self.out.push_str(if at == 2 && c == ')' {
                        "(?:)"
                    } else {
                        &self.rest[..=at]
                    });
                    self.take(at + 1);
                    if c == ')' {
                        self.repeatable = false;
                    }
                    return Ok(c == ':');
                }
                _ => {
                    let end = at + c.len_utf8();
                    return Err(format!(
                        "invalid or unsupported Perl syntax: `{}`",
                        &self.rest[..end]
                    ));
                }
            }
        }
        Err(format!("missing closing ): `{}`", self.source))
    }

    fn close(&mut self) -> Result<(), String> {
        if self.depth == 0 {
            return Err(format!("unexpected ): `{}`", self.source));
        }
        self.depth -= 1;
        self.out.push(')');
        self.atom(1);
        Ok(())
    }

    fn repetition(&mut self, len: usize) -> Result<(), String> {
        let lazy = |at: usize| usize::from(self.rest[at..].starts_with('?'));
        let end = len + lazy(len);
        let operator = &self.rest[..end];
        if let Some(counts) = operator.strip_prefix('{') {
            let counts = counts.trim_end_matches(['?', '}']);
            let (min, max) = counts.split_once(',').unwrap_or((counts, counts));
            let count = |s: &str| s.parse::<u32>().unwrap_or(u32::MAX);
            let (min, max) = (
                count(min),
                if max.is_empty() {
                    count(min)
                } else {
                    count(max)
                },
            );
            if min > MAX_REPEAT || max > MAX_REPEAT || min > max {
                return Err(format!("invalid repeat count: `{}`", &self.rest[..len]));
            }
        }
        if !self.repeatable {
            return Err(format!(
                "missing argument to repetition operator: `{operator}`"
            ));
        }
        self.out.push_str(operator);
        let before = self.rest;
        self.take(end);
        self.repeatable = true;
        let next = match self.rest.chars().next() {
            Some('*' | '+' | '?') => 1,
            Some('{') => counted(self.rest).unwrap_or(0),
            _ => 0,
        };
        if next > 0 {
            let nested = end + next + usize::from(self.rest[next..].starts_with('?'));
            return Err(format!(
                "invalid nested repetition operator: `{}`",
                &before[..nested]
            ));
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(letter) = self.rest[1..].chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        match letter {
            'A' | 'z' => self.out.extend(['\\', letter]),
            'b' | 'B' => self.out.push_str(if letter == 'b' {
                r"(?-u:\b)"
            } else {
                r"(?-u:\B)"
            }),
            'Q' => {
                self.quoted();
                return Ok(());
            }
            _ => {
                if let Some(len) = class::perl_or_unicode(self.rest, &mut self.out)? {
                    self.atom(len);
                    return Ok(());
                }
                let (c, len) = class::escaped_char(self.rest)?;
                self.literal(c, len);
                return Ok(());
            }
        }
        self.atom(2);
        Ok(())
    }

    /// `\Q…\E`
    fn quoted(&mut self) {
        self.take(2);
        let (text, after) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
        for c in text.chars() {
            class::push_char(&mut self.out, c);
        }
        self.repeatable |= !text.is_empty();
        self.rest = after;
    }
}

/// The length of a `{n}`, `{n,}` or `{n,m}`; anything else in braces is literal.
fn counted(s: &str) -> Option<usize> {
    let end = s.find('}')?;
    let digits = |s: &str| {
        !s.is_empty()
            && s.bytes().all(|b| b.is_ascii_digit())
            && (s.len() == 1 || !s.starts_with('0'))
    };
    let (min, max) = s[1..end].split_once(',').unwrap_or((&s[1..end], ""));
    (digits(min) && (max.is_empty() || digits(max))).then_some(end + 1)
}
