//! Executes lists, control structures and `template`.

use super::{Eval, Execution, Held, Variable, print};
use crate::ast::{Branch, NodeId, NodeKind, Pipe, Template};
use crate::error::LimitKind;
use crate::stack;
use crate::value::{IntKind, Kind, List, Map, Str, Value};

/// How a node ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Normal,
    Break,
    Continue,
}

impl Execution<'_> {
    pub(super) fn walk(&mut self, t: &Template, dot: &Held, id: NodeId) -> Eval<Flow> {
        self.at = id;
        self.take_step(t)?;
        match t.node(id) {
            NodeKind::List(items) => {
                for item in t.children(*items) {
                    let flow = self.walk(t, dot, *item)?;
                    if flow != Flow::Normal {
                        return Ok(flow);
                    }
                }
            }
            NodeKind::Text(span) => {
                let text = span.of(t.unit.source.as_bytes());
                self.out.extend_from_slice(text);
                self.count_output(t, text.len())?;
            }
            NodeKind::Action(pipe) => {
                let value = self.pipeline(t, dot, *pipe)?;
                if !declares(t, *pipe) {
                    self.at = id;
                    self.print_value(t, &value)?;
                }
            }
            NodeKind::If(branch) => return stack::grow(|| self.if_(t, dot, *branch)),
            NodeKind::With(branch) => return stack::grow(|| self.with(t, dot, *branch)),
            NodeKind::Range(branch) => {
                let mark = self.variables.len();
                let flow = stack::grow(|| self.range(t, dot, *branch))?;
                self.variables.truncate(mark);
                return Ok(flow);
            }
            NodeKind::Template { name, pipe } => self.template(t, dot, t.string(*name), *pipe)?,
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
            _ => return self.fail(t, "unknown node"),
        }
        Ok(Flow::Normal)
    }

    pub(super) fn count_output(&mut self, t: &Template, bytes: usize) -> Eval<()> {
        self.written += bytes as u64;
        if self.written > self.limits.output {
            return Err(self.limit(t, LimitKind::Output));
        }
        Ok(())
    }

    fn if_(&mut self, t: &Template, dot: &Held, branch: Branch) -> Eval<Flow> {
        let mark = self.variables.len();
        let flow = if self.pipeline(t, dot, branch.pipe)?.truth() {
            self.walk(t, dot, branch.list)?
        } else {
            self.else_(t, dot, branch)?
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn with(&mut self, t: &Template, dot: &Held, branch: Branch) -> Eval<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(t, dot, branch.pipe)?;
        let flow = if value.truth() {
            self.walk(t, &Held::plain(value), branch.list)?
        } else {
            self.else_(t, dot, branch)?
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn else_(&mut self, t: &Template, dot: &Held, branch: Branch) -> Eval<Flow> {
        match branch.else_list {
            Some(list) => self.walk(t, dot, list),
            None => Ok(Flow::Normal),
        }
    }

    fn template(&mut self, t: &Template, dot: &Held, name: &Str, pipe: Option<NodeId>) -> Eval<()> {
        let Some(called) = self.lookup(&name.to_str_lossy()) else {
            let name = crate::quote::quoted(name.as_bytes());
            return self.fail(t, format!("template {name} not defined"));
        };
        self.check_depth().map_err(|kind| self.limit(t, kind))?;
        // Variables the pipeline declares live on.
        let value = match pipe {
            Some(pipe) => self.pipeline(t, dot, pipe)?,
            None => Value::Nil,
        };
        self.enter(&called, &Held::plain(value))
    }

    fn range(&mut self, t: &Template, dot: &Held, branch: Branch) -> Eval<Flow> {
        let value = self.pipeline(t, dot, branch.pipe)?;
        let NodeKind::Pipe(pipe) = t.node(branch.pipe) else {
            return self.fail(t, "unknown node");
        };
        let turns = Turns {
            t,
            pipe,
            list: branch.list,
            mark: self.variables.len(),
        };
        let ran = match &value {
            Value::Nil | Value::TypedNil(Kind::Map | Kind::Slice, _) => false,
            Value::List(list) => self.range_list(&turns, list)?,
            Value::Map(map) => self.range_map(&turns, map)?,
            Value::Int(n) => self.range_integer(&turns, *n, &value, Value::Int)?,
            Value::Num(n, kind) if *kind != IntKind::Float32 => {
                let kind = *kind;
                let n = if kind == IntKind::Uint64 || kind == IntKind::Uint {
                    i64::try_from(*n as u64).unwrap_or(i64::MAX)
                } else {
                    *n
                };
                self.range_integer(&turns, n, &value, |i| Value::Num(i, kind))?
            }
            Value::Object(object) => {
                if let Some(items) = object.elements() {
                    self.range_list(&turns, &List::typed("[]T", items))?
                } else if object.kind() == Kind::Map {
                    let map: Map = object.fields().into_iter().collect();
                    self.range_map(&turns, &map.convert("map[string]T"))?
                } else {
                    return self.cannot_range(t, &value);
                }
            }
            _ => return self.cannot_range(t, &value),
        };
        if ran {
            Ok(Flow::Normal)
        } else {
            self.else_(t, dot, branch)
        }
    }

    fn cannot_range<T>(&self, t: &Template, value: &Value) -> Eval<T> {
        let shown = print::shown(value);
        self.fail(t, format!("range can't iterate over {shown}"))
    }

    fn range_list(&mut self, turns: &Turns<'_>, list: &List) -> Eval<bool> {
        let in_interface = list.holds_interfaces();
        let length = list.len();
        for i in 0..length {
            let Some(value) = list.get(i) else { break };
            let element = Held {
                value,
                in_interface,
            };
            if self.turn(turns, Value::Int(i as i64), &element)? == Flow::Break {
                break;
            }
        }
        Ok(length > 0)
    }

    fn range_map(&mut self, turns: &Turns<'_>, map: &Map) -> Eval<bool> {
        let in_interface = map.holds_interfaces();
        let entries = map.entries();
        let ran = !entries.is_empty();
        for (key, value) in entries {
            let element = Held {
                value,
                in_interface,
            };
            if self.turn(turns, Value::Str(key), &element)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    fn range_integer(
        &mut self,
        turns: &Turns<'_>,
        n: i64,
        value: &Value,
        wrap: impl Fn(i64) -> Value,
    ) -> Eval<bool> {
        if turns.pipe.variables.len() > 1 {
            let shown = print::shown(value);
            let message = format!("can't use {shown} to iterate over more than one variable");
            return self.fail(turns.t, message);
        }
        for i in 0..n {
            if self.turn(turns, Value::Nil, &Held::plain(wrap(i)))? == Flow::Break {
                break;
            }
        }
        Ok(n > 0)
    }

    /// One turn of a loop: sets the variables, executes the list.
    fn turn(&mut self, turns: &Turns<'_>, index: Value, element: &Held) -> Eval<Flow> {
        let pipe = turns.pipe;
        let index = Held::plain(index);
        match turns.t.declared(pipe.variables) {
            [] => {}
            [one] if pipe.is_assign => self.assign(turns.t, *one, element.clone())?,
            [first, second] if pipe.is_assign => {
                self.assign(turns.t, *first, index)?;
                self.assign(turns.t, *second, element.clone())?;
            }
            [_] => self.variables[turns.mark - 1].held = element.clone(),
            _ => {
                self.variables[turns.mark - 1].held = element.clone();
                self.variables[turns.mark - 2].held = index;
            }
        }
        let flow = self.walk(turns.t, element, turns.list)?;
        self.variables.truncate(turns.mark);
        Ok(flow)
    }

    pub(super) fn assign(&mut self, t: &Template, id: u32, held: Held) -> Eval<()> {
        match self.variables[self.base..]
            .iter_mut()
            .rev()
            .find(|v| v.id == id)
        {
            Some(variable) => {
                variable.held = held;
                Ok(())
            }
            None => self.undefined(t, id),
        }
    }

    pub(super) fn declare(&mut self, id: u32, held: Held) {
        self.variables.push(Variable { id, held });
    }

    pub(super) fn undefined<T>(&self, t: &Template, id: u32) -> Eval<T> {
        let name = &t.unit.arena.variables[id as usize];
        self.fail(t, format!("undefined variable: {name}"))
    }
}

/// What the turns of a loop have in common.
struct Turns<'t> {
    t: &'t Template,
    pipe: &'t Pipe,
    list: NodeId,
    /// The number of variables before the list declares its own.
    mark: usize,
}

fn declares(t: &Template, pipe: NodeId) -> bool {
    matches!(t.node(pipe), NodeKind::Pipe(pipe) if !pipe.variables.is_empty())
}
