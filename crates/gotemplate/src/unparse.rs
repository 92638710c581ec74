//! A node as source text again, in Go's normal form: what errors show between `<` and `>`.

use crate::ast::{Arena, Fields, NodeId, NodeKind, Pipe, Span, Template};
use crate::quote;
use crate::stack;

/// The text of a node of a template.
pub(crate) fn node(template: &Template, id: NodeId) -> String {
    let unit = &template.unit;
    operand(&unit.arena, unit.source.as_bytes(), id)
}

/// The text of a node of a tree that may still be growing.
pub(crate) fn operand(arena: &Arena, source: &[u8], id: NodeId) -> String {
    let mut writer = Writer {
        arena,
        source,
        out: String::new(),
    };
    writer.node(id);
    writer.out
}

struct Writer<'a> {
    arena: &'a Arena,
    source: &'a [u8],
    out: String,
}

impl Writer<'_> {
    fn node(&mut self, id: NodeId) {
        stack::grow(|| self.kind(self.arena.kind(id)));
    }

    fn kind(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Text(span) => self.source(*span),
            NodeKind::Action(pipe) => {
                self.out.push_str("{{");
                self.node(*pipe);
                self.out.push_str("}}");
            }
            NodeKind::If(branch) => self.branch("if", branch.pipe, branch.list, branch.else_list),
            NodeKind::With(branch) => {
                self.branch("with", branch.pipe, branch.list, branch.else_list);
            }
            NodeKind::Range(branch) => {
                self.branch("range", branch.pipe, branch.list, branch.else_list);
            }
            NodeKind::List(items) => {
                for item in self.arena.children(*items) {
                    self.node(*item);
                }
            }
            NodeKind::Template { name, pipe } => {
                self.out.push_str("{{template ");
                let name = &self.arena.strings[*name as usize];
                self.out.push_str(&quote::quoted(name.as_bytes()));
                if let Some(pipe) = pipe {
                    self.out.push(' ');
                    self.node(*pipe);
                }
                self.out.push_str("}}");
            }
            NodeKind::Break => self.out.push_str("{{break}}"),
            NodeKind::Continue => self.out.push_str("{{continue}}"),
            NodeKind::Pipe(pipe) => self.pipe(pipe),
            NodeKind::Command(words) => {
                for (i, word) in self.arena.children(*words).iter().enumerate() {
                    if i > 0 {
                        self.out.push(' ');
                    }
                    self.parenthesised(*word);
                }
            }
            NodeKind::Dot => self.out.push('.'),
            NodeKind::Nil => self.out.push_str("nil"),
            NodeKind::Bool(true) => self.out.push_str("true"),
            NodeKind::Bool(false) => self.out.push_str("false"),
            NodeKind::Number { spelled, .. } => self.source(*spelled),
            NodeKind::String { quoted, .. } => self.source(*quoted),
            NodeKind::Field(fields) => self.fields(*fields),
            NodeKind::Variable(id, fields) => {
                self.out.push_str(&self.arena.variables[*id as usize]);
                self.fields(*fields);
            }
            NodeKind::Chain(term, fields) => {
                self.parenthesised(*term);
                self.fields(*fields);
            }
            NodeKind::Identifier(callee) => {
                self.out.push_str(self.arena.callees[*callee as usize].name);
            }
        }
    }

    fn source(&mut self, span: Span) {
        self.out
            .push_str(&String::from_utf8_lossy(span.of(self.source)));
    }

    fn fields(&mut self, fields: Fields) {
        let names = self.arena.names(self.source, fields);
        for i in 0..names.len() {
            self.out.push('.');
            self.out.push_str(&String::from_utf8_lossy(names.get(i)));
        }
    }

    fn parenthesised(&mut self, id: NodeId) {
        let is_pipe = matches!(self.arena.kind(id), NodeKind::Pipe(_));
        if is_pipe {
            self.out.push('(');
        }
        self.node(id);
        if is_pipe {
            self.out.push(')');
        }
    }

    fn pipe(&mut self, pipe: &Pipe) {
        for (i, variable) in self.arena.declared(pipe.variables).iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(&self.arena.variables[*variable as usize]);
        }
        if !pipe.variables.is_empty() {
            self.out
                .push_str(if pipe.is_assign { " = " } else { " := " });
        }
        let commands = self.arena.children(pipe.commands);
        for (i, command) in commands.iter().enumerate() {
            if i > 0 {
                self.out.push_str(" | ");
            }
            self.node(*command);
        }
    }

    fn branch(&mut self, word: &str, pipe: NodeId, list: NodeId, else_list: Option<NodeId>) {
        self.out.push_str("{{");
        self.out.push_str(word);
        self.out.push(' ');
        self.node(pipe);
        self.out.push_str("}}");
        self.node(list);
        if let Some(list) = else_list {
            self.out.push_str("{{else}}");
            self.node(list);
        }
        self.out.push_str("{{end}}");
    }
}
