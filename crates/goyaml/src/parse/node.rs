//! One node: its properties, and what kind of content begins.

use std::borrow::Cow;

use super::event::{Event, EventKind, Properties};
use super::{Parser, State, grammar_error};
use crate::error::SyntaxError;
use crate::scan::token::{Style, TokenKind};

/// Where the node stands, which decides the collections it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Context {
    /// In a block collection or at the top.
    Block,
    /// The key or value of a block mapping: a sequence may stand at the mapping's own indentation.
    BlockOrIndentless,
    /// In `[]` or `{}`.
    Flow,
}

impl<'a> Parser<'a> {
    pub(super) fn node(&mut self, context: Context) -> Result<Event<'a>, SyntaxError> {
        let first = self.scanner.peek()?;
        let line = first.start.line;
        if let TokenKind::Alias(name) = first.kind {
            self.pop_state();
            self.scanner.next()?;
            return Ok(Event {
                kind: EventKind::Alias(name),
                line,
            });
        }
        let properties = self.properties()?;
        let is_block = context != Context::Flow;
        let kind = match &self.scanner.peek()?.kind {
            TokenKind::BlockEntry if context == Context::BlockOrIndentless => {
                self.state = State::IndentlessSequenceEntry;
                EventKind::SequenceStart(properties)
            }
            TokenKind::Scalar(..) => return self.scalar(properties, line),
            TokenKind::FlowSequenceStart => {
                self.state = State::FlowSequenceFirstEntry;
                EventKind::SequenceStart(properties)
            }
            TokenKind::FlowMappingStart => {
                self.state = State::FlowMappingFirstKey;
                EventKind::MappingStart(properties)
            }
            TokenKind::BlockSequenceStart if is_block => {
                self.state = State::BlockSequenceFirstEntry;
                EventKind::SequenceStart(properties)
            }
            TokenKind::BlockMappingStart if is_block => {
                self.state = State::BlockMappingFirstKey;
                EventKind::MappingStart(properties)
            }
            _ if properties.anchor.is_some() || !properties.tag.is_empty() => {
                self.pop_state();
                let implicit = properties.tag.is_empty();
                EventKind::Scalar {
                    properties,
                    value: Cow::Borrowed(b""),
                    implicit,
                }
            }
            _ => {
                let mut error = self.error("did not find expected node content");
                if error.line == 0 {
                    error.line = line;
                }
                return Err(error);
            }
        };
        Ok(Event { kind, line })
    }

    fn scalar(
        &mut self,
        properties: Properties<'a>,
        line: usize,
    ) -> Result<Event<'a>, SyntaxError> {
        self.pop_state();
        let TokenKind::Scalar(value, style) = self.scanner.next()?.kind else {
            return Ok(Event::empty(line));
        };
        let implicit = match properties.tag.as_ref() {
            b"" => style == Style::Plain,
            tag => tag == b"!",
        };
        Ok(Event {
            kind: EventKind::Scalar {
                properties,
                value,
                implicit,
            },
            line,
        })
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self) -> Result<Properties<'a>, SyntaxError> {
        let mut properties = Properties::default();
        if !matches!(self.peek()?, TokenKind::Anchor(_) | TokenKind::Tag { .. }) {
            return Ok(properties);
        }
        let mut undefined = None;
        let mut has_tag = false;
        loop {
            match self.peek()? {
                TokenKind::Anchor(_) if properties.anchor.is_none() => {
                    if let TokenKind::Anchor(name) = self.scanner.next()?.kind {
                        properties.anchor = Some(name);
                    }
                }
                TokenKind::Tag { .. } if !has_tag => {
                    has_tag = true;
                    let token = self.scanner.next()?;
                    if let TokenKind::Tag { handle, suffix } = token.kind {
                        match self.full_tag(&handle, suffix) {
                            Some(tag) => properties.tag = tag,
                            None => undefined = Some(token.start),
                        }
                    }
                }
                _ => break,
            }
        }
        match undefined {
            Some(mark) => Err(grammar_error(mark, "found undefined tag handle")),
            None => Ok(properties),
        }
    }

    fn full_tag(&self, handle: &[u8], suffix: Cow<'a, [u8]>) -> Option<Cow<'a, [u8]>> {
        if handle.is_empty() {
            return Some(suffix);
        }
        let mut tag = self.tag_prefix(handle)?.to_vec();
        tag.extend_from_slice(&suffix);
        Some(Cow::Owned(tag))
    }
}
