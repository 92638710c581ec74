//! The line, read character by character.

/// What is left of a line.
pub(super) struct Line<'l> {
    rest: &'l str,
    /// Whether `\` takes the meaning from the character behind it.
    has_escapes: bool,
}

impl<'l> Line<'l> {
    pub(super) fn new(line: &'l str, has_escapes: bool) -> Self {
        Self {
            rest: line,
            has_escapes,
        }
    }

    pub(super) fn rest(&self) -> &'l str {
        self.rest
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// Steps over the character if it is next.
    pub(super) fn next_if(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.next();
        }
        found
    }

    /// The text up to one of those characters, and which one it was; `None` at the end of the line.
    pub(super) fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (text, Some(c));
            }
            if c == '\\' && self.has_escapes {
                match self.next() {
                    Some(escaped) => text.push(escaped),
                    None => break,
                }
            } else {
                text.push(c);
            }
        }
        (text, None)
    }

    /// Steps over white space and one comma. Whether there was no value before the comma or the end.
    pub(super) fn skip_to_value(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty() || self.next_if(',')
    }
}
