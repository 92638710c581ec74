//! Where documents start and end, and what their directives say.

use super::event::{Event, EventKind};
use super::node::Context;
use super::{Parser, State, grammar_error};
use crate::error::SyntaxError;
use crate::scan::token::TokenKind;

impl<'a> Parser<'a> {
    /// `may_be_bare`: at the start of the stream a document needs no `---`.
    pub(super) fn document_start(&mut self, may_be_bare: bool) -> Result<Event<'a>, SyntaxError> {
        if !may_be_bare {
            while self.take(&TokenKind::DocumentEnd)? {}
        }
        let token = self.scanner.peek()?;
        let line = token.start.line;
        let has_marker = matches!(
            token.kind,
            TokenKind::VersionDirective { .. }
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart
        );
        if token.kind == TokenKind::StreamEnd {
            self.scanner.next()?;
            self.state = State::End;
            return Ok(Event {
                kind: EventKind::StreamEnd,
                line,
            });
        }
        self.directives()?;
        self.states.push(State::DocumentEnd);
        if may_be_bare && !has_marker {
            self.state = State::BlockNode;
        } else {
            if !self.take(&TokenKind::DocumentStart)? {
                return Err(self.error("did not find expected <document start>"));
            }
            self.state = State::DocumentContent;
        }
        Ok(Event {
            kind: EventKind::DocumentStart,
            line,
        })
    }

    pub(super) fn document_content(&mut self) -> Result<Event<'a>, SyntaxError> {
        let token = self.scanner.peek()?;
        let line = token.start.line;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.pop_state();
                Ok(Event::empty(line))
            }
            _ => self.node(Context::Block),
        }
    }

    pub(super) fn document_end(&mut self) -> Result<Event<'a>, SyntaxError> {
        let line = self.scanner.peek()?.start.line;
        self.take(&TokenKind::DocumentEnd)?;
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        Ok(Event {
            kind: EventKind::DocumentEnd,
            line,
        })
    }

    fn directives(&mut self) -> Result<(), SyntaxError> {
        let mut has_version = false;
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match token.kind {
                TokenKind::VersionDirective { .. } if has_version => {
                    return Err(grammar_error(start, "found duplicate %YAML directive"));
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => has_version = true,
                TokenKind::VersionDirective { .. } => {
                    return Err(grammar_error(start, "found incompatible YAML document"));
                }
                TokenKind::TagDirective {
                    ref handle,
                    ref prefix,
                } => {
                    let (handle, prefix) = (handle.to_vec(), prefix.to_vec());
                    if self
                        .tag_directives
                        .iter()
                        .any(|(known, _)| *known == handle)
                    {
                        return Err(grammar_error(start, "found duplicate %TAG directive"));
                    }
                    self.tag_directives.push((handle, prefix));
                }
                _ => return Ok(()),
            }
            self.scanner.next()?;
        }
    }

    /// The prefix a tag handle stands for.
    pub(super) fn tag_prefix(&self, handle: &[u8]) -> Option<&[u8]> {
        let declared = self
            .tag_directives
            .iter()
            .find(|(known, _)| known == handle);
        match (declared, handle) {
            (Some((_, prefix)), _) => Some(prefix),
            (None, b"!") => Some(b"!"),
            (None, b"!!") => Some(b"tag:yaml.org,2002:"),
            (None, _) => None,
        }
    }
}
