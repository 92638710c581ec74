//! The language's own functions.

use super::{Eval, Execution, Held, compare, escape, index, price};
use crate::ast::{NodeId, Template};
use crate::builtin::Builtin;
use crate::fmt;
use crate::func::{Call as _, FuncError, Function, Type};
use crate::unparse;
use crate::value::{IntKind, Str, Value};

type Result<T> = std::result::Result<T, FuncError>;

impl Execution<'_> {
    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    pub(super) fn builtin(
        &mut self,
        t: &Template,
        dot: &Held,
        builtin: Builtin,
        name: &str,
        node: NodeId,
        args: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let (fixed, variadic) = builtin.arity();
        self.check_count(
            t,
            name,
            fixed,
            variadic,
            args.len(),
            usize::from(last.is_some()),
        )?;
        match builtin {
            Builtin::And => return self.short_circuit(t, dot, false, args, last),
            Builtin::Or => return self.short_circuit(t, dot, true, args, last),
            Builtin::Print
            | Builtin::Printf
            | Builtin::Println
            | Builtin::Html
            | Builtin::Js
            | Builtin::Urlquery => {
                return self.printing(t, dot, builtin, name, node, args, last);
            }
            _ => {}
        }
        let callee = match (builtin, args.first()) {
            (Builtin::Call, Some(first)) => unparse::node(t, *first),
            (Builtin::Call, None) => reflect_string(last.as_ref()),
            _ => String::new(),
        };
        let mut held = Vec::with_capacity(args.len() + 1);
        for arg in args {
            held.push(self.reflected(t, dot, *arg)?);
        }
        held.extend(last.map(Held::plain));
        let result = match builtin {
            Builtin::Not => Ok(Value::Bool(!held[0].value.truth())),
            Builtin::Len => index::len(&held[0]),
            Builtin::Index => index::index(&held),
            Builtin::Slice => index::slice(&held),
            Builtin::Call => self.call_value(&callee, &held),
            _ => self
                .spend(held.iter().map(|h| price::read(&h.value)).sum())
                .and_then(|()| compare::compare(builtin, &held).map(Value::Bool)),
        };
        result
            .map(Held::plain)
            .map_err(|error| self.call_failed(t, node, name, error))
    }

    /// `and`, `or`: evaluates as many arguments as it takes.
    fn short_circuit(
        &mut self,
        t: &Template,
        dot: &Held,
        stop_at: bool,
        args: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let mut held = Held::default();
        for arg in args {
            held = self.reflected(t, dot, *arg)?;
            if held.value.truth() == stop_at {
                return Ok(held);
            }
        }
        Ok(last.map_or(held, Held::plain))
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    fn printing(
        &mut self,
        t: &Template,
        dot: &Held,
        builtin: Builtin,
        name: &str,
        node: NodeId,
        args: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let ty = |i: usize| {
            if i == 0 && builtin == Builtin::Printf {
                Type::String
            } else {
                Type::Any
            }
        };
        let mut values = self.spare_args.pop().unwrap_or_default();
        for (i, arg) in args.iter().enumerate() {
            let value = self.arg(t, dot, ty(i), *arg)?;
            values.push(value);
        }
        if let Some(last) = last {
            values.push(self.validate(t, Held::plain(last), ty(args.len()))?);
        }
        let result = self.printed(builtin, &values);
        values.clear();
        self.spare_args.push(values);
        result
            .map(Held::plain)
            .map_err(|error| self.call_failed(t, node, name, error))
    }

    fn printed(&mut self, builtin: Builtin, values: &[Value]) -> Result<Value> {
        self.spend(price::given(values))?;
        let text = Value::Str(Str::from(print(builtin, values)?));
        self.spend(price::made(&text))?;
        Ok(text)
    }

    /// `call`: a function that is a value.
    fn call_value(&mut self, name: &str, held: &[Held]) -> Result<Value> {
        let function: Function = match &held[0].value {
            Value::Nil => return Err(FuncError::new("call of nil")),
            Value::Func(function) => **function,
            other => {
                let message = format!("non-function {name} of type {}", other.type_name());
                return Err(FuncError::new(message));
            }
        };
        let (given, want) = (held.len() - 1, function.params.len());
        match function.variadic {
            Some(_) if given < want => {
                let message =
                    format!("wrong number of args for {name}: got {given} want at least {want}");
                return Err(FuncError::new(message));
            }
            None if given != want => {
                let message = format!("wrong number of args for {name}: got {given} want {want}");
                return Err(FuncError::new(message));
            }
            _ => {}
        }
        let mut args = Vec::with_capacity(given);
        for (i, arg) in held[1..].iter().enumerate() {
            let ty = function
                .params
                .get(i)
                .copied()
                .or(function.variadic)
                .unwrap_or(Type::Any);
            args.push(prepare(arg.value.clone(), ty).map_err(|e| e.context(&format!("arg {i}")))?);
        }
        self.paid(&function, &args)
    }
}

/// An argument of `call`, which converts between integer types.
fn prepare(value: Value, ty: Type) -> Result<Value> {
    if matches!(value, Value::Nil) {
        return match ty {
            Type::Any | Type::Map | Type::List | Type::StringList => Ok(Value::Nil),
            _ => Err(FuncError::new(format!(
                "value is nil; should be of type {}",
                ty.name()
            ))),
        };
    }
    ty.assign(value).or_else(|value| match (&value, ty) {
        (Value::Num(i, _) | Value::Int(i), Type::Int) if index::is_integer(&value) => {
            Ok(Value::Int(*i))
        }
        (Value::Num(i, _) | Value::Int(i), Type::Int64) if index::is_integer(&value) => {
            Ok(Value::Num(*i, IntKind::Int64))
        }
        (Value::Num(i, _) | Value::Int(i), Type::Int32) if index::is_integer(&value) => {
            Ok(Value::Num((*i as i32).into(), IntKind::Int32))
        }
        _ => {
            let message = format!(
                "value has type {}; should be {}",
                value.type_name(),
                ty.name()
            );
            Err(FuncError::new(message))
        }
    })
}

fn print(builtin: Builtin, values: &[Value]) -> Result<Vec<u8>> {
    Ok(match builtin {
        Builtin::Print => fmt::sprint(values)?,
        Builtin::Println => fmt::sprintln(values)?,
        Builtin::Html => escape::html(&escape::text(values)?),
        Builtin::Js => escape::js(&escape::text(values)?),
        Builtin::Urlquery => escape::url_query(&escape::text(values)?),
        _ => match values.split_first() {
            Some((Value::Str(format), rest)) => fmt::sprintf(format.as_bytes(), rest)?,
            _ => Vec::new(),
        },
    })
}

/// A reflected value as Go's `reflect.Value.String` shows it.
fn reflect_string(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Nil) => "<invalid Value>".to_owned(),
        Some(Value::Str(s)) => s.to_str_lossy().into_owned(),
        Some(other) => format!("<{} Value>", other.type_name()),
    }
}
