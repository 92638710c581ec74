//! Pipelines: declarations, then commands joined by `|`.

use super::{Parsed, Parser};
use crate::ast::{Declared, NodeId, NodeKind, Pipe};
use crate::lex::TokenKind;

impl Parser<'_> {
    /// A pipeline up to the given token. The context is the word errors show.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Parsed<NodeId> {
        let first = self.peek_non_space();
        let (variables, is_assign) = match first.kind {
            TokenKind::Variable => self.declarations(context)?,
            _ => (Declared::default(), false),
        };
        let mark = self.unfinished.len();
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.backup();
                    let command = self.command(token.pos())?;
                    self.unfinished.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        self.check_commands(&self.unfinished[mark..], context)?;
        let commands = self.finished(mark);
        let pipe = Pipe {
            is_assign,
            variables,
            commands,
        };
        Ok(self.node(first.pos(), NodeKind::Pipe(pipe)))
    }

    /// `$x :=`, `$x =`, and for `range` also `$i, $x :=`; the variables, and whether they are assigned to.
    fn declarations(&mut self, context: &str) -> Parsed<(Declared, bool)> {
        let mut declared = Declared::default();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok((declared, false));
            }
            self.next();
            // Space is a token: telling `$x foo` from `$x := foo` takes three tokens.
            let adjacent = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_non_space();
                    self.declare(&mut declared, self.text_of(variable));
                    return Ok((declared, next.kind == TokenKind::Assign));
                }
                TokenKind::Char if self.text_of(next) == b"," => {
                    self.next_non_space();
                    self.declare(&mut declared, self.text_of(variable));
                    if context != "range" || declared.len() >= 2 {
                        return Err(self.problem(format!("too many declarations in {context}")));
                    }
                    if !matches!(
                        self.peek_non_space().kind,
                        TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen
                    ) {
                        return Err(self.problem("range can only initialize variables"));
                    }
                }
                _ => {
                    if adjacent.kind == TokenKind::Space {
                        self.backup3(variable, adjacent);
                    } else {
                        self.backup2(variable);
                    }
                    return Ok((declared, false));
                }
            }
        }
    }

    fn declare(&mut self, declared: &mut Declared, name: &[u8]) {
        let id = self.variable_id(name);
        self.arena.declare(declared, id);
        self.scope.variables.push(id);
    }

    fn check_commands(&self, commands: &[NodeId], context: &str) -> Parsed<()> {
        if commands.is_empty() {
            return Err(self.problem(format!("missing value for {context}")));
        }
        for (i, command) in commands.iter().enumerate().skip(1) {
            let NodeKind::Command(words) = self.kind(*command) else {
                continue;
            };
            if matches!(
                self.kind(self.arena.children(*words)[0]),
                NodeKind::Bool(_)
                    | NodeKind::Dot
                    | NodeKind::Nil
                    | NodeKind::Number { .. }
                    | NodeKind::String { .. }
            ) {
                let message = format!("non executable command in pipeline stage {}", i + 1);
                return Err(self.problem(message));
            }
        }
        Ok(())
    }

    /// Operands separated by space, up to a pipe, which is consumed, or to the end, which is not. The first is next.
    fn command(&mut self, pos: u32) -> Parsed<NodeId> {
        let mark = self.unfinished.len();
        loop {
            if let Some(operand) = self.operand()? {
                self.unfinished.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.backup();
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        if self.unfinished.len() == mark {
            return Err(self.problem("empty command"));
        }
        let words = self.finished(mark);
        Ok(self.node(pos, NodeKind::Command(words)))
    }
}
