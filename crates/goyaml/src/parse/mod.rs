//! Turns tokens into events, by YAML's grammar. A state machine, so that deep documents need no stack.

mod block;
mod document;
pub(crate) mod event;
mod flow;
mod node;

use std::mem::discriminant;

use crate::error::SyntaxError;
use crate::scan::Scanner;
use crate::scan::reader::Text;
use crate::scan::token::{Mark, TokenKind};
use event::{Event, EventKind};

/// What the parser expects next. The names follow YAML's productions.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequencePairKey,
    FlowSequencePairValue,
    FlowSequencePairEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// The parser.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    /// Where to go on when the current node is complete.
    states: Vec<State>,
    /// `%TAG` handles and their prefixes, of the current document.
    tag_directives: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a Text<'_>) -> Self {
        Self {
            scanner: Scanner::new(text),
            state: State::StreamStart,
            states: Vec::new(),
            tag_directives: Vec::new(),
        }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Result<Event<'a>, SyntaxError> {
        match self.state {
            State::StreamStart => {
                self.scanner.next()?;
                self.state = State::ImplicitDocumentStart;
                Ok(Event {
                    kind: EventKind::StreamStart,
                    line: 0,
                })
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(node::Context::Block),
            State::BlockSequenceFirstEntry => {
                self.scanner.next()?;
                self.block_sequence_entry()
            }
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => {
                self.scanner.next()?;
                self.block_mapping_key()
            }
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => {
                self.scanner.next()?;
                self.flow_sequence_entry(true)
            }
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequencePairKey => self.flow_sequence_pair_key(),
            State::FlowSequencePairValue => self.flow_sequence_pair_value(),
            State::FlowSequencePairEnd => {
                let line = self.scanner.peek()?.start.line;
                self.state = State::FlowSequenceEntry;
                Ok(Event {
                    kind: EventKind::MappingEnd,
                    line,
                })
            }
            State::FlowMappingFirstKey => {
                self.scanner.next()?;
                self.flow_mapping_key(true)
            }
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingEmptyValue => {
                let line = self.scanner.peek()?.start.line;
                self.state = State::FlowMappingKey;
                Ok(Event::empty(line))
            }
            State::End => Ok(Event {
                kind: EventKind::StreamEnd,
                line: 0,
            }),
        }
    }

    /// The node is complete: returns to what waits for it.
    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// The next token ends a collection.
    fn end(&mut self, kind: EventKind<'a>) -> Result<Event<'a>, SyntaxError> {
        let line = self.scanner.next()?.start.line;
        self.pop_state();
        Ok(Event { kind, line })
    }

    /// The node that should stand before the next token was left out.
    fn left_out(&mut self, next: State) -> Result<Event<'a>, SyntaxError> {
        let line = self.scanner.peek()?.start.line;
        self.state = next;
        Ok(Event::empty(line))
    }

    fn peek(&mut self) -> Result<&TokenKind<'a>, SyntaxError> {
        Ok(&self.scanner.peek()?.kind)
    }

    /// Takes the next token if it is of that kind, whatever it carries.
    fn take(&mut self, kind: &TokenKind<'_>) -> Result<bool, SyntaxError> {
        let found = discriminant(self.peek()?) == discriminant(kind);
        if found {
            self.scanner.next()?;
        }
        Ok(found)
    }

    /// An error at the next token. go-yaml counts these lines from 0 and does not name line 0, unlike the scanner's.
    fn error(&mut self, problem: &str) -> SyntaxError {
        match self.scanner.peek() {
            Ok(token) => grammar_error(token.start, problem),
            Err(e) => e,
        }
    }
}

fn grammar_error(mark: Mark, problem: &str) -> SyntaxError {
    SyntaxError::at(mark.line, problem)
}
