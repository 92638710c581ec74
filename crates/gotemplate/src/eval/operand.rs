//! Evaluates pipelines and the commands in them.

use super::{Eval, Execution, Held};
use crate::ast::{NodeId, NodeKind, NumberId, Span, Template};
use crate::stack;
use crate::unparse;
use crate::value::{Complex, Value};
use std::rc::Rc;

impl Execution<'_> {
    /// The value of a pipeline, out of any interface; its variables are set.
    pub(super) fn pipeline(&mut self, t: &Template, dot: &Held, id: NodeId) -> Eval<Value> {
        self.at = id;
        let NodeKind::Pipe(pipe) = t.node(id) else {
            return self.fail(t, "unknown node");
        };
        let mut last: Option<Value> = None;
        for command in t.children(pipe.commands) {
            last = Some(self.command(t, dot, *command, last)?.value);
        }
        let value = last.unwrap_or_default();
        for id in t.declared(pipe.variables) {
            if pipe.is_assign {
                self.assign(t, *id, Held::plain(value.clone()))?;
            } else {
                self.declare(*id, Held::plain(value.clone()));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is the value of the command before it.
    fn command(&mut self, t: &Template, dot: &Held, id: NodeId, last: Option<Value>) -> Eval<Held> {
        self.take_step(t)?;
        let NodeKind::Command(words) = t.node(id) else {
            return self.fail(t, "unknown node");
        };
        let words = t.children(*words);
        let first = words[0];
        match t.node(first) {
            NodeKind::Field(fields) => {
                self.at = first;
                return self.chain(t, dot, first, dot, t.names(*fields), words, last);
            }
            NodeKind::Chain(..) => return self.chained(t, dot, first, words, last),
            NodeKind::Identifier(callee) => {
                self.at = first;
                return self.function(t, dot, *callee, id, words, last);
            }
            NodeKind::Pipe(_) => {
                self.not_a_function(t, words, last.as_ref())?;
                return stack::grow(|| self.pipeline(t, dot, first)).map(Held::plain);
            }
            NodeKind::Variable(..) => return self.variable(t, dot, first, words, last),
            _ => {}
        }
        self.at = first;
        self.not_a_function(t, words, last.as_ref())?;
        match t.node(first) {
            NodeKind::Bool(b) => Ok(Held::plain(Value::Bool(*b))),
            NodeKind::Dot => Ok(dot.clone()),
            NodeKind::Nil => self.fail(t, "nil is not a command"),
            NodeKind::Number { spelled, number } => {
                self.ideal(t, first, *spelled, *number).map(Held::plain)
            }
            NodeKind::String { text, .. } => Ok(Held::plain(Value::Str(t.string(*text).clone()))),
            _ => self.fail(t, "unknown node"),
        }
    }

    fn not_a_function(&self, t: &Template, words: &[NodeId], last: Option<&Value>) -> Eval<()> {
        if words.len() > 1 || last.is_some() {
            let shown = unparse::node(t, words[0]);
            return self.fail(t, format!("can't give argument to non-function {shown}"));
        }
        Ok(())
    }

    /// A number where the type is open: its spelling decides.
    pub(super) fn ideal(
        &mut self,
        t: &Template,
        id: NodeId,
        spelled: Span,
        number: NumberId,
    ) -> Eval<Value> {
        self.at = id;
        let number = t.number(number);
        if let Some((re, im)) = number.complex {
            return Ok(Value::Object(Rc::new(Complex(re, im))));
        }
        match (number.float, number.int) {
            (Some(float), _) if number.is_spelled_as_float => Ok(Value::Float(float)),
            (_, Some(int)) => Ok(Value::Int(int)),
            _ => {
                let spelled = String::from_utf8_lossy(spelled.of(t.unit.source.as_bytes()));
                self.fail(t, format!("{spelled} overflows int"))
            }
        }
    }

    /// `$x` or `$x.Field`.
    pub(super) fn variable(
        &mut self,
        t: &Template,
        dot: &Held,
        id: NodeId,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        self.at = id;
        let NodeKind::Variable(name, fields) = t.node(id) else {
            return self.fail(t, "unknown node");
        };
        let Some(found) = self.variables[self.base..]
            .iter()
            .rev()
            .find(|v| v.id == *name)
        else {
            return self.undefined(t, *name);
        };
        let held = found.held.clone();
        let names = t.names(*fields);
        if names.len() == 0 {
            self.not_a_function(t, words, last.as_ref())?;
            return Ok(held);
        }
        self.chain(t, dot, id, &held, names, words, last)
    }

    /// `(pipeline).Field` or `function.Field`.
    pub(super) fn chained(
        &mut self,
        t: &Template,
        dot: &Held,
        id: NodeId,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        self.at = id;
        let NodeKind::Chain(term, fields) = t.node(id) else {
            return self.fail(t, "unknown node");
        };
        self.at = *term;
        let receiver = match t.node(*term) {
            NodeKind::Pipe(_) => Held::plain(stack::grow(|| self.pipeline(t, dot, *term))?),
            NodeKind::Identifier(callee) => self.function(t, dot, *callee, *term, &[], None)?,
            _ => return self.fail(t, "unknown node"),
        };
        self.chain(t, dot, id, &receiver, t.names(*fields), words, last)
    }
}
