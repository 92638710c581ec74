//! Operands: constants, functions, fields, variables, parentheses, and chains of fields on them.

use super::{MAX_DEPTH, Parsed, Parser, Problem};
use crate::ast::{Callee, CalleeId, Fields, NodeId, NodeKind, NumberId, Span, Target};
use crate::builtin::Builtin;
use crate::lex::{Token, TokenKind};
use crate::number::Number;
use crate::quote;
use crate::stack;
use crate::unparse;
use crate::value::Str;

impl Parser<'_> {
    /// A term with the fields chained to it. `None` = the next token does not start an operand.
    pub(super) fn operand(&mut self) -> Parsed<Option<NodeId>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut fields = Fields {
            start: self.arena.fields.len() as u32,
            ..Fields::default()
        };
        while self.peek().kind == TokenKind::Field {
            let token = self.next();
            self.add_field(token);
        }
        fields.end = self.arena.fields.len() as u32;
        // Fields and variables take the chain themselves, and its position with it. Their own field is the one before.
        let node = &mut self.arena.nodes[term as usize];
        let kind = match &mut node.kind {
            NodeKind::Field(own) | NodeKind::Variable(_, own) => {
                if own.is_empty() {
                    *own = fields;
                }
                own.end = fields.end;
                node.pos = first.pos();
                return Ok(Some(term));
            }
            NodeKind::Bool(_)
            | NodeKind::String { .. }
            | NodeKind::Number { .. }
            | NodeKind::Nil
            | NodeKind::Dot => {
                let shown = unparse::operand(&self.arena, self.source.text.as_bytes(), term);
                let message = format!(
                    "unexpected . after term {}",
                    quote::quoted(shown.as_bytes())
                );
                return Err(self.problem(message));
            }
            _ => NodeKind::Chain(term, fields),
        };
        Ok(Some(self.node(first.pos(), kind)))
    }

    fn term(&mut self) -> Parsed<Option<NodeId>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => self.function(token)?,
            TokenKind::Dot => NodeKind::Dot,
            TokenKind::Nil => NodeKind::Nil,
            TokenKind::Variable => self.variable(token)?,
            TokenKind::Field => {
                let start = self.arena.fields.len() as u32;
                self.add_field(token);
                NodeKind::Field(Fields {
                    start,
                    end: start + 1,
                })
            }
            TokenKind::Bool => NodeKind::Bool(self.text_of(token) == b"true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => {
                let number =
                    Number::parse(self.text_of(token), token.kind).map_err(|e| self.problem(e))?;
                self.arena.numbers.push(number);
                NodeKind::Number {
                    spelled: token.span(),
                    number: (self.arena.numbers.len() - 1) as NumberId,
                }
            }
            TokenKind::LeftParen => return self.parenthesised().map(Some),
            TokenKind::String | TokenKind::RawString => {
                let text = quote::unquote(self.text_of(token));
                let text = text.ok_or_else(|| self.problem("invalid syntax"))?;
                NodeKind::String {
                    quoted: token.span(),
                    text: self.string_id(Str::from(&*text)),
                }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(self.node(token.pos(), kind)))
    }

    /// Files a field, which begins with its point.
    fn add_field(&mut self, token: Token) {
        let span = token.span();
        self.arena.fields.push(Span {
            start: span.start + 1,
            ..span
        });
    }

    fn parenthesised(&mut self) -> Parsed<NodeId> {
        if self.depth >= MAX_DEPTH {
            return Err(self.problem("max expression depth exceeded"));
        }
        self.depth += 1;
        let pipe = stack::grow(|| self.pipeline("parenthesized pipeline", TokenKind::RightParen))?;
        self.depth -= 1;
        Ok(pipe)
    }

    fn function(&mut self, token: Token) -> Parsed<NodeKind> {
        let is_it = |callee: &Callee| callee.name.as_bytes() == self.text_of(token);
        if let Some(known) = self.arena.callees.iter().position(is_it) {
            return Ok(NodeKind::Identifier(known as CalleeId));
        }
        let name = String::from_utf8_lossy(self.text_of(token));
        let (name, target) = match self.source.funcs.named(&name) {
            Some((name, function)) => (name, Target::Function(*function)),
            None => match Builtin::named(&name) {
                Some((name, builtin)) => (name, Target::Builtin(builtin)),
                None => return Err(self.undefined_function(&name)),
            },
        };
        self.arena.callees.push(Callee { name, target });
        let id = self.arena.callees.len() - 1;
        Ok(NodeKind::Identifier(id as CalleeId))
    }

    fn undefined_function(&self, name: &str) -> Problem {
        let shown = quote::quoted(name.as_bytes());
        Problem {
            undefined: Some(name.to_owned()),
            ..self.problem(format!("function {shown} not defined"))
        }
    }

    fn variable(&mut self, token: Token) -> Parsed<NodeKind> {
        let id = self.variable_id(self.text_of(token));
        if self.scope.variables.contains(&id) {
            return Ok(NodeKind::Variable(id, Fields::default()));
        }
        let name = quote::quoted(self.text_of(token));
        Err(self.problem(format!("undefined variable {name}")))
    }
}
