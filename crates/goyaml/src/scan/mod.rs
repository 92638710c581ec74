//! Splits YAML 1.1 text into tokens, with libyaml's rules for simple keys and indentation.

mod block;
pub(crate) mod cursor;
mod directive;
mod fetch;
mod keys;
mod plain;
mod quoted;
pub(crate) mod reader;
mod tag;
pub(crate) mod token;

use std::collections::VecDeque;

use crate::error::SyntaxError;
use cursor::Cursor;
use keys::SimpleKey;
use token::{Mark, Token, TokenKind};

/// Collections may nest this deep. go-yaml allows 10000, on stacks that grow.
pub(crate) const MAX_DEPTH: usize = 500;

/// The scanner. Tokens wait in a queue, because whether a scalar is a key shows only at the `:` after it.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    cursor: Cursor<'a>,
    /// What is wrong after the end of the text we were given.
    reader_problem: Option<&'static str>,
    tokens: VecDeque<Token<'a>>,
    tokens_parsed: usize,
    token_available: bool,
    started: bool,
    /// Column of the current block collection; -1 = none yet.
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    simple_key_allowed: bool,
    /// The key that may have begun, one entry per flow level.
    simple_keys: Vec<SimpleKey>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a reader::Text<'_>) -> Self {
        Self {
            cursor: Cursor::new(&text.bytes),
            reader_problem: text.problem,
            tokens: VecDeque::new(),
            tokens_parsed: 0,
            token_available: false,
            started: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
        }
    }

    /// The next token, which stays in the queue.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<&Token<'a>, SyntaxError> {
        if !self.token_available {
            self.fetch_more_tokens()?;
        }
        self.tokens
            .front()
            .ok_or_else(|| SyntaxError::new("unknown problem parsing YAML content"))
    }

    /// Takes the next token out of the queue.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Token<'a>, SyntaxError> {
        self.peek()?;
        self.token_available = false;
        self.tokens_parsed += 1;
        self.tokens
            .pop_front()
            .ok_or_else(|| SyntaxError::new("unknown problem parsing YAML content"))
    }

    fn fetch_more_tokens(&mut self) -> Result<(), SyntaxError> {
        while self.tokens.is_empty() || self.head_may_be_key()? {
            self.fetch_next_token()?;
        }
        self.token_available = true;
        Ok(())
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        self.tokens.push_back(Token { kind, start });
    }

    /// An error at the cursor. go-yaml names the line after the mark's zero-based one, and none for the first.
    fn error(&self, problem: impl Into<String>) -> SyntaxError {
        if let Some(problem) = self.reader_problem
            && self.cursor.is_end()
        {
            return SyntaxError::new(problem);
        }
        match self.cursor.mark.line {
            0 => SyntaxError::new(problem),
            line => SyntaxError::at(line + 1, problem),
        }
    }
}
