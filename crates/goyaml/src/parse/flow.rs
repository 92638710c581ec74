//! Flow sequences and mappings: `[]`, `{}`, and single pairs in a sequence.

use super::event::{Event, EventKind, Properties};
use super::node::Context;
use super::{Parser, State};
use crate::error::SyntaxError;
use crate::scan::token::TokenKind;

impl<'a> Parser<'a> {
    pub(super) fn flow_sequence_entry(&mut self, is_first: bool) -> Result<Event<'a>, SyntaxError> {
        if *self.peek()? != TokenKind::FlowSequenceEnd {
            if !is_first && !self.take(&TokenKind::FlowEntry)? {
                return Err(self.error("did not find expected ',' or ']'"));
            }
            match self.peek()? {
                TokenKind::Key => {
                    let line = self.scanner.next()?.start.line;
                    self.state = State::FlowSequencePairKey;
                    return Ok(Event {
                        kind: EventKind::MappingStart(Properties::default()),
                        line,
                    });
                }
                TokenKind::FlowSequenceEnd => {}
                _ => return self.flow_node(State::FlowSequenceEntry),
            }
        }
        self.end(EventKind::SequenceEnd)
    }

    pub(super) fn flow_sequence_pair_key(&mut self) -> Result<Event<'a>, SyntaxError> {
        match self.peek()? {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // go-yaml takes the token that shows the key to be missing.
                let line = self.scanner.next()?.start.line;
                self.state = State::FlowSequencePairValue;
                Ok(Event::empty(line))
            }
            _ => self.flow_node(State::FlowSequencePairValue),
        }
    }

    pub(super) fn flow_sequence_pair_value(&mut self) -> Result<Event<'a>, SyntaxError> {
        if self.take(&TokenKind::Value)?
            && !matches!(
                self.peek()?,
                TokenKind::FlowEntry | TokenKind::FlowSequenceEnd
            )
        {
            return self.flow_node(State::FlowSequencePairEnd);
        }
        self.left_out(State::FlowSequencePairEnd)
    }

    pub(super) fn flow_mapping_key(&mut self, is_first: bool) -> Result<Event<'a>, SyntaxError> {
        if *self.peek()? != TokenKind::FlowMappingEnd {
            if !is_first && !self.take(&TokenKind::FlowEntry)? {
                return Err(self.error("did not find expected ',' or '}'"));
            }
            if self.take(&TokenKind::Key)? {
                return match self.peek()? {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.left_out(State::FlowMappingValue)
                    }
                    _ => self.flow_node(State::FlowMappingValue),
                };
            }
            if *self.peek()? != TokenKind::FlowMappingEnd {
                return self.flow_node(State::FlowMappingEmptyValue);
            }
        }
        self.end(EventKind::MappingEnd)
    }

    pub(super) fn flow_mapping_value(&mut self) -> Result<Event<'a>, SyntaxError> {
        if self.take(&TokenKind::Value)?
            && !matches!(
                self.peek()?,
                TokenKind::FlowEntry | TokenKind::FlowMappingEnd
            )
        {
            return self.flow_node(State::FlowMappingKey);
        }
        self.left_out(State::FlowMappingKey)
    }

    fn flow_node(&mut self, next: State) -> Result<Event<'a>, SyntaxError> {
        self.states.push(next);
        self.node(Context::Flow)
    }
}
