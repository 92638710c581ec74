//! Operands: constants, functions, fields, variables, parentheses, and chains of fields on them.

use super::{MAX_DEPTH, Parsed, Parser, Problem};
use crate::ast::{Callee, CalleeId, NodeId, NodeKind, Target};
use crate::builtin::Builtin;
use crate::lex::{Token, TokenKind};
use crate::number::Number;
use crate::quote;
use crate::stack;
use crate::unparse;
use crate::value::Str;

impl<'a> Parser<'a> {
    /// A term with the fields chained to it. `None` = the next token does not start an operand.
    pub(super) fn operand(&mut self) -> Parsed<Option<NodeId>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut fields: Vec<Str> = Vec::new();
        while self.peek().kind == TokenKind::Field {
            fields.push(Str::from(&self.next().text[1..]));
        }
        // Fields and variables take the chain themselves, and its position with it.
        let kind = match self.kind_mut(term) {
            NodeKind::Field(own) => NodeKind::Field(joined(own, fields)),
            NodeKind::Variable(id, own) => NodeKind::Variable(*id, joined(own, fields)),
            NodeKind::Bool(_)
            | NodeKind::String { .. }
            | NodeKind::Number(_)
            | NodeKind::Nil
            | NodeKind::Dot => {
                let shown = unparse::operand(&self.arena, self.source.text.as_bytes(), term);
                let message = format!(
                    "unexpected . after term {}",
                    quote::quoted(shown.as_bytes())
                );
                return Err(self.problem(message));
            }
            _ => NodeKind::Chain(term, fields.into()),
        };
        Ok(Some(self.node(first.pos, kind)))
    }

    fn term(&mut self) -> Parsed<Option<NodeId>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => self.function(token)?,
            TokenKind::Dot => NodeKind::Dot,
            TokenKind::Nil => NodeKind::Nil,
            TokenKind::Variable => self.variable(token)?,
            TokenKind::Field => NodeKind::Field(Box::new([Str::from(&token.text[1..])])),
            TokenKind::Bool => NodeKind::Bool(token.text == b"true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => {
                let number = Number::parse(token.text, token.kind).map_err(|e| self.problem(e))?;
                NodeKind::Number(Box::new(number))
            }
            TokenKind::LeftParen => return self.parenthesised().map(Some),
            TokenKind::String | TokenKind::RawString => {
                let text =
                    quote::unquote(token.text).ok_or_else(|| self.problem("invalid syntax"))?;
                let quoted = (token.pos, token.pos + token.text.len() as u32);
                NodeKind::String {
                    quoted,
                    text: text.into(),
                }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(self.node(token.pos, kind)))
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

    fn function(&mut self, token: Token<'a>) -> Parsed<NodeKind> {
        let is_it = |callee: &Callee| callee.name.as_bytes() == token.text;
        if let Some(known) = self.arena.callees.iter().position(is_it) {
            return Ok(NodeKind::Identifier(known as CalleeId));
        }
        let name = String::from_utf8_lossy(token.text);
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

    fn variable(&mut self, token: Token<'a>) -> Parsed<NodeKind> {
        let id = self.variable_id(token.text);
        if self.scope.variables.contains(&id) {
            return Ok(NodeKind::Variable(id, Box::new([])));
        }
        let name = quote::quoted(token.text);
        Err(self.problem(format!("undefined variable {name}")))
    }
}

/// The fields of a term, taken out of it, and those chained to it.
fn joined(own: &mut Box<[Str]>, more: Vec<Str>) -> Box<[Str]> {
    std::mem::take(own).into_iter().chain(more).collect()
}
