//! Evaluates arguments and checks them against the types of parameters, as Go's `reflect` does.

use super::{Eval, Execution, Held};
use crate::ast::{NodeId, NodeKind, Template};
use crate::func::Type;
use crate::stack;
use crate::unparse;
use crate::value::{IntKind, Kind, Value};

impl Type {
    /// The type as Go prints it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Int32 => "int32",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::StringList => "[]string",
            Self::Named(name) => name,
        }
    }

    fn can_be_nil(self) -> bool {
        match self {
            Self::Any | Self::Map | Self::List | Self::StringList => true,
            Self::Named(name) => {
                name.starts_with('*') || name.starts_with("[]") || name.starts_with("map[")
            }
            _ => false,
        }
    }

    /// Go's `reflect.Zero` of a type that can be nil.
    fn nil(self) -> Value {
        match self {
            Self::Map => Value::TypedNil(Kind::Map, self.name()),
            Self::List | Self::StringList => Value::TypedNil(Kind::Slice, self.name()),
            Self::Named(name) if name.starts_with("[]") => Value::TypedNil(Kind::Slice, name),
            Self::Named(name) if name.starts_with("map[") => Value::TypedNil(Kind::Map, name),
            Self::Named(name) if name.starts_with('*') => Value::TypedNil(Kind::Ptr, name),
            _ => Value::Nil,
        }
    }

    /// The value as one of this type, if Go lets it be assigned.
    pub(super) fn assign(self, value: Value) -> Result<Value, Value> {
        let fits = match (self, &value) {
            (Self::Any, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::String, Value::Str(_))
            | (Self::Int, Value::Int(_))
            | (Self::Float64, Value::Float(_))
            | (Self::Int64, Value::Num(_, IntKind::Int64))
            | (Self::Int32, Value::Num(_, IntKind::Int32)) => true,
            (Self::Map, Value::Map(map)) => {
                let name = map.type_name();
                if name == self.name() {
                    true
                } else if name.starts_with("map[") {
                    false
                } else {
                    return Ok(Value::Map(map.convert("map[string]interface {}")));
                }
            }
            (Self::Named(name), _) => value.type_name() == name,
            (Self::Map | Self::List | Self::StringList, _) => value.type_name() == self.name(),
            _ => false,
        };
        if fits { Ok(value) } else { Err(value) }
    }
}

impl Execution<'_> {
    /// A value for a parameter of that type.
    pub(super) fn validate(&self, t: &Template, held: Held, ty: Type) -> Eval<Value> {
        if ty == Type::Any {
            return Ok(held.value.copied());
        }
        if matches!(held.value, Value::Nil) && !held.in_interface {
            if ty.can_be_nil() {
                return Ok(ty.nil());
            }
            return self.fail(t, format!("invalid value; expected {}", ty.name()));
        }
        ty.assign(held.value).or_else(|value| {
            let got = if matches!(value, Value::Nil) {
                "interface {}"
            } else {
                value.type_name()
            };
            self.fail(
                t,
                format!("wrong type for value; expected {}; got {got}", ty.name()),
            )
        })
    }

    /// An argument for a parameter of that type.
    pub(super) fn arg(&mut self, t: &Template, dot: &Held, ty: Type, id: NodeId) -> Eval<Value> {
        if let Some(held) = self.arg_expression(t, dot, id)? {
            return self.validate(t, held, ty);
        }
        let node = t.node(id);
        if matches!(node, NodeKind::Nil) {
            if ty.can_be_nil() {
                return Ok(ty.nil());
            }
            return self.fail(t, format!("cannot assign nil to {}", ty.name()));
        }
        let expected = match (ty, node) {
            (Type::Any, _) => return self.literal(t, id),
            (Type::Bool, NodeKind::Bool(b)) => return Ok(Value::Bool(*b)),
            (Type::Bool, _) => "bool",
            (Type::String, NodeKind::String { text, .. }) => {
                return Ok(Value::Str(t.string(*text).clone()));
            }
            (Type::String, _) => "string",
            (Type::Float64, _) => {
                if let NodeKind::Number { number, .. } = node
                    && let Some(float) = t.number(*number).float
                {
                    return Ok(Value::Float(float));
                }
                "float"
            }
            (Type::Int | Type::Int64 | Type::Int32 | Type::Named("time.Duration"), _) => {
                if let NodeKind::Number { number, .. } = node
                    && let Some(int) = t.number(*number).int
                {
                    return Ok(match ty {
                        Type::Int => Value::Int(int),
                        Type::Int32 => Value::Num((int as i32).into(), IntKind::Int32),
                        Type::Int64 => Value::Num(int, IntKind::Int64),
                        _ => Value::Num(int, IntKind::Duration),
                    });
                }
                "integer"
            }
            (Type::Named("uint32"), _) => {
                if let NodeKind::Number { number, .. } = node
                    && let Some(uint) = t.number(*number).uint
                {
                    return Ok(Value::Num((uint as u32).into(), IntKind::Uint32));
                }
                "unsigned integer"
            }
            _ => {
                let shown = unparse::node(t, id);
                return self.fail(
                    t,
                    format!("can't handle {shown} for arg of type {}", ty.name()),
                );
            }
        };
        let shown = unparse::node(t, id);
        self.fail(t, format!("expected {expected}; found {shown}"))
    }

    /// An argument for a builtin, which takes anything and can tell an interface from what is in it.
    pub(super) fn reflected(&mut self, t: &Template, dot: &Held, id: NodeId) -> Eval<Held> {
        if let Some(held) = self.arg_expression(t, dot, id)? {
            return Ok(held);
        }
        if matches!(t.node(id), NodeKind::Nil) {
            return Ok(Held::default());
        }
        self.literal(t, id).map(Held::plain)
    }

    /// What is not a constant. `None` = it is one.
    fn arg_expression(&mut self, t: &Template, dot: &Held, id: NodeId) -> Eval<Option<Held>> {
        self.at = id;
        let held = match t.node(id) {
            NodeKind::Dot => dot.clone(),
            NodeKind::Field(fields) => self.chain(t, dot, id, dot, t.names(*fields), &[], None)?,
            NodeKind::Variable(..) => self.variable(t, dot, id, &[], None)?,
            NodeKind::Pipe(_) => Held::plain(stack::grow(|| self.pipeline(t, dot, id))?),
            NodeKind::Identifier(callee) => self.function(t, dot, *callee, id, &[], None)?,
            NodeKind::Chain(..) => self.chained(t, dot, id, &[], None)?,
            _ => return Ok(None),
        };
        Ok(Some(held))
    }

    fn literal(&mut self, t: &Template, id: NodeId) -> Eval<Value> {
        match t.node(id) {
            NodeKind::Bool(b) => Ok(Value::Bool(*b)),
            NodeKind::Number { spelled, number } => self.ideal(t, id, *spelled, *number),
            NodeKind::String { text, .. } => Ok(Value::Str(t.string(*text).clone())),
            _ => {
                let shown = unparse::node(t, id);
                self.fail(
                    t,
                    format!("can't handle assignment of {shown} to empty interface argument"),
                )
            }
        }
    }
}
