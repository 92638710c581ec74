//! Simple keys and block indentation: what turns a scalar into a key and columns into collections.

use super::token::{Mark, Token, TokenKind};
use super::{MAX_DEPTH, Scanner};
use crate::error::SyntaxError;

/// Where a key without `?` may have begun.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SimpleKey {
    pub(super) possible: bool,
    /// The `:` must follow: the key stands where only a key of the block mapping can.
    pub(super) required: bool,
    /// The parser has to wait until it is known whether this is a key.
    pub(super) is_awaited: bool,
    pub(super) token_number: usize,
    pub(super) mark: Mark,
}

const NO_COLON: &str = "could not find expected ':'";
/// A simple key is on one line and has at most this many characters.
const KEY_LENGTH: usize = 1024;

impl<'a> Scanner<'a> {
    /// Whether the token at the head of the queue may turn out to be a key: then more tokens are needed.
    pub(super) fn head_may_be_key(&mut self) -> Result<bool, SyntaxError> {
        // Keys of inner levels began later, so the first possible one decides.
        let Some(level) = self
            .simple_keys
            .iter()
            .position(|key| key.possible && key.is_awaited)
        else {
            return Ok(false);
        };
        if self.simple_keys[level].token_number != self.tokens_parsed {
            return Ok(false);
        }
        self.is_key_valid(level)
    }

    /// Whether the key of that level is still one; a stale key is dropped.
    pub(super) fn is_key_valid(&mut self, level: usize) -> Result<bool, SyntaxError> {
        let key = self.simple_keys[level];
        if !key.possible {
            return Ok(false);
        }
        let mark = self.cursor.mark;
        if key.mark.line < mark.line || key.mark.index + KEY_LENGTH < mark.index {
            if key.required {
                return Err(self.error(NO_COLON));
            }
            self.simple_keys[level].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn save_simple_key(&mut self) -> Result<(), SyntaxError> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        self.remove_simple_key()?;
        let mark = self.cursor.mark;
        let key = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == mark.column as isize,
            is_awaited: true,
            token_number: self.tokens_parsed + self.tokens.len(),
            mark,
        };
        if let Some(last) = self.simple_keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    pub(super) fn remove_simple_key(&mut self) -> Result<(), SyntaxError> {
        let last = self.simple_keys.len() - 1;
        let key = self.simple_keys[last];
        if key.possible && key.required {
            return Err(self.error(NO_COLON));
        }
        self.simple_keys[last].possible = false;
        Ok(())
    }

    pub(super) fn increase_flow_level(&mut self) -> Result<(), SyntaxError> {
        let token_number = self.tokens_parsed + self.tokens.len();
        self.simple_keys.push(SimpleKey {
            token_number,
            ..SimpleKey::default()
        });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        Ok(())
    }

    pub(super) fn decrease_flow_level(&mut self) {
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let inner = self.simple_keys.pop();
            // go-yaml forgets to wait for a collection as a key if nothing in the collection could be one.
            if let (Some(inner), Some(outer)) = (inner, self.simple_keys.last_mut())
                && !inner.is_awaited
                && inner.token_number == outer.token_number
            {
                outer.is_awaited = false;
            }
        }
    }

    /// Opens a block collection if the column is deeper than the current one. `at` is the number of the token
    /// before which it opens; `None` = at the end of the queue.
    pub(super) fn roll_indent(
        &mut self,
        start: Mark,
        at: Option<usize>,
        kind: TokenKind<'a>,
    ) -> Result<(), SyntaxError> {
        let column = start.column as isize;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        match at {
            Some(number) => self.insert(number, kind, start),
            None => self.push(kind, start),
        }
        Ok(())
    }

    /// Puts a token before the one of that number. If that one is out of the queue already, because go-yaml forgot to
    /// wait for it, the token goes to the end, as in go-yaml.
    pub(super) fn insert(&mut self, number: usize, kind: TokenKind<'a>, start: Mark) {
        match number.checked_sub(self.tokens_parsed) {
            Some(index) => self.tokens.insert(index, Token { kind, start }),
            None => self.push(kind, start),
        }
    }

    /// Closes the block collections deeper than that column.
    pub(super) fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
