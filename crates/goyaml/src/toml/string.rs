//! Strings of all four kinds.

use super::chars::{Chars, Problem, is_break};
use crate::text::go_quote;
use gotemplate::Str;

impl Chars<'_> {
    /// A value that begins with a quote, which has been taken.
    pub(super) fn quoted_value(&mut self, quote: char) -> Result<Str, Problem> {
        if self.accept(quote)? {
            if self.accept(quote)? {
                self.ignore();
                return self.multiline(quote);
            }
            self.back(1);
        }
        self.quoted(quote)
    }

    /// A string on one line, after its quote.
    pub(super) fn quoted(&mut self, quote: char) -> Result<Str, Problem> {
        self.ignore();
        let mut is_escaped = false;
        loop {
            match self.next()? {
                '\0' => return Err(self.unclosed(&quote.to_string())),
                c if is_break(c) => {
                    return Err(self.problem_before("strings cannot contain newlines"));
                }
                '\\' if quote == '"' => {
                    is_escaped = true;
                    self.escape()?;
                }
                c if c == quote => break,
                _ => {}
            }
        }
        self.back(1);
        let text = self.current();
        let string = if is_escaped {
            self.unescape(text)?
        } else {
            text.into()
        };
        self.next()?;
        self.ignore();
        Ok(string)
    }

    fn unclosed(&self, quotes: &str) -> Problem {
        let quotes = if quotes.starts_with('"') {
            format!("'{quotes}'")
        } else {
            format!("\"{quotes}\"")
        };
        self.problem(format!("unexpected EOF; expected {quotes}"))
    }

    fn multiline(&mut self, quote: char) -> Result<Str, Problem> {
        let quotes = quote.to_string().repeat(3);
        loop {
            match self.next()? {
                '\0' => return Err(self.unclosed(&quotes)),
                '\\' if quote == '"' => {
                    if is_break(self.peek()?) {
                        self.next()?;
                    } else {
                        self.escape()?;
                    }
                }
                c if c == quote && self.is_closed(quote)? => break,
                _ => {}
            }
        }
        let text = self.current();
        let body = text.strip_suffix(&quotes).unwrap_or(text);
        let body = body
            .strip_prefix('\n')
            .or_else(|| body.strip_prefix("\r\n"))
            .unwrap_or(body);
        let string = if quote == '"' {
            self.unescape(&without_escaped_breaks(body))?
        } else {
            body.into()
        };
        self.ignore();
        Ok(string)
    }

    /// After one quote: takes two more if they close the string. Up to two quotes before them belong to it.
    fn is_closed(&mut self, quote: char) -> Result<bool, Problem> {
        if !self.accept(quote)? {
            return Ok(false);
        }
        if !self.accept(quote)? {
            self.back(1);
            return Ok(false);
        }
        if self.peek()? != quote {
            return Ok(true);
        }
        let five = quote.to_string().repeat(5);
        let text = self.current();
        let is_escaped = quote == '"' && text.ends_with(&format!("\\{five}"));
        if text.ends_with(&five) && !is_escaped {
            let six = if quote == '"' {
                "'\"\"\"\"\"\"'"
            } else {
                "\"''''''\""
            };
            return Err(self.problem(format!("unexpected {six}")));
        }
        self.back(2);
        Ok(false)
    }

    /// Checks what follows a backslash.
    fn escape(&mut self) -> Result<(), Problem> {
        let (name, digits) = match self.next()? {
            'b' | 't' | 'n' | 'f' | 'r' | 'e' | '"' | '\\' | ' ' | '\t' => return Ok(()),
            'x' => ("two hexadecimal digits after '\\x'", 2),
            'u' => ("four hexadecimal digits after '\\u'", 4),
            'U' => ("eight hexadecimal digits after '\\U'", 8),
            other => {
                return Err(self.problem_at_end(format!("invalid escape in string '\\{other}'")));
            }
        };
        for _ in 0..digits {
            if !self.next()?.is_ascii_hexdigit() {
                let text = go_quote(self.current().as_bytes());
                return Err(self.problem(format!("expected {name}, but got {text} instead")));
            }
        }
        Ok(())
    }

    /// Replaces the escapes of a text in which [`Self::escape`] has checked them.
    fn unescape(&self, text: &str) -> Result<Str, Problem> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let code = rest[at + 1..].chars().next().unwrap_or('\\');
            rest = &rest[at + 1 + code.len_utf8().min(rest.len() - at - 1)..];
            let digits = match code {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            out.push(match code {
                'b' => '\x08',
                't' => '\t',
                'n' => '\n',
                'f' => '\x0C',
                'r' => '\r',
                'e' => '\x1B',
                ' ' | '\t' => return Err(self.problem(format!("invalid escape: '\\{code}'"))),
                'x' | 'u' | 'U' => {
                    let (hex, after) = rest.split_at(digits.min(rest.len()));
                    rest = after;
                    let c = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
                    c.ok_or_else(|| {
                        self.problem(format!("Escaped character '\\u{hex}' is not valid UTF-8."))
                    })?
                }
                other => other,
            });
        }
        out.push_str(rest);
        Ok(out.into())
    }
}

/// Removes every backslash that only white space separates from the end of its line, and the white space after it.
fn without_escaped_breaks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let after = &rest[at + 1..];
        let trimmed = after.trim_start_matches([' ', '\t', '\r', '\n']);
        let gap = &after[..after.len() - trimmed.len()];
        if gap.contains('\n') {
            out.push_str(&rest[..at]);
            rest = trimmed;
        } else {
            // The character after the backslash may be one itself.
            let end = at + 1 + after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}
