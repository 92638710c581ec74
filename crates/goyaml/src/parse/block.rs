//! Block sequences and mappings.

use super::event::{Event, EventKind};
use super::node::Context;
use super::{Parser, State};
use crate::error::SyntaxError;
use crate::scan::token::TokenKind;

impl<'a> Parser<'a> {
    pub(super) fn block_sequence_entry(&mut self) -> Result<Event<'a>, SyntaxError> {
        match self.peek()? {
            TokenKind::BlockEntry => {
                let line = self.scanner.next()?.start.line;
                if matches!(self.peek()?, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(Event::empty(line));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(Context::Block)
            }
            TokenKind::BlockEnd => self.end(EventKind::SequenceEnd),
            _ => Err(self.error("did not find expected '-' indicator")),
        }
    }

    pub(super) fn indentless_sequence_entry(&mut self) -> Result<Event<'a>, SyntaxError> {
        let line = self.scanner.peek()?.start.line;
        if !self.take(&TokenKind::BlockEntry)? {
            self.pop_state();
            return Ok(Event {
                kind: EventKind::SequenceEnd,
                line,
            });
        }
        match self.peek()? {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = State::IndentlessSequenceEntry;
                Ok(Event::empty(line))
            }
            _ => {
                self.states.push(State::IndentlessSequenceEntry);
                self.node(Context::Block)
            }
        }
    }

    pub(super) fn block_mapping_key(&mut self) -> Result<Event<'a>, SyntaxError> {
        match self.peek()? {
            TokenKind::Key => {
                let line = self.scanner.next()?.start.line;
                self.block_pair_node(line, State::BlockMappingValue)
            }
            TokenKind::BlockEnd => self.end(EventKind::MappingEnd),
            _ => Err(self.error("did not find expected key")),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<Event<'a>, SyntaxError> {
        let line = self.scanner.peek()?.start.line;
        if !self.take(&TokenKind::Value)? {
            return self.left_out(State::BlockMappingKey);
        }
        self.block_pair_node(line, State::BlockMappingKey)
    }

    /// The node after `?` or `:`, if there is one.
    fn block_pair_node(&mut self, line: usize, next: State) -> Result<Event<'a>, SyntaxError> {
        if matches!(
            self.peek()?,
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        ) {
            self.state = next;
            return Ok(Event::empty(line));
        }
        self.states.push(next);
        self.node(Context::BlockOrIndentless)
    }
}
