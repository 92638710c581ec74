//! Calls of functions and methods: how many arguments, of which types, and what their errors become.

use std::rc::Rc;

use super::{Eval, Execution, Held, price};
use crate::ast::{CalleeId, NodeId, Target, Template};
use crate::error::{Error, ErrorKind};
use crate::func::{Call as _, FuncError, Function, Signature, Type};
use crate::value::{Map, Object, Value};

impl Execution<'_> {
    /// A call by name. `node` is what errors of the function show; `words` is the command with its first word, or
    /// empty; `last` is the value piped into it.
    pub(super) fn function(
        &mut self,
        t: &Template,
        dot: &Held,
        callee: CalleeId,
        node: NodeId,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let args = words.get(1..).unwrap_or(&[]);
        let callee = &t.unit.arena.callees[callee as usize];
        match &callee.target {
            Target::Builtin(builtin) => {
                self.builtin(t, dot, *builtin, callee.name, node, args, last)
            }
            Target::Function(function) => {
                self.user_function(t, dot, function, callee.name, node, args, last)
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    fn user_function(
        &mut self,
        t: &Template,
        dot: &Held,
        function: &Function,
        name: &str,
        node: NodeId,
        args: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let signature = Signature {
            params: function.params,
            variadic: function.variadic,
        };
        let mut values = self.spare_args.pop().unwrap_or_default();
        self.arguments(t, dot, signature, name, args, last, &mut values)?;
        let result = self.paid(function, &values);
        values.clear();
        self.spare_args.push(values);
        match result {
            // Only a function that returns an interface can return nil.
            Ok(value) => Ok(Held {
                in_interface: matches!(value, Value::Nil),
                value,
            }),
            Err(error) => Err(self.call_failed(t, node, name, error)),
        }
    }

    /// Calls a function and spends steps for what it is given and gives back.
    pub(super) fn paid(&mut self, function: &Function, args: &[Value]) -> Result<Value, FuncError> {
        self.spend(price::given(args))?;
        let value = (function.body)(self, args)?;
        self.spend(price::made(&value))?;
        Ok(value)
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    pub(super) fn method(
        &mut self,
        t: &Template,
        dot: &Held,
        node: NodeId,
        object: &Rc<dyn Object>,
        name: &str,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        const ANYTHING: Signature = Signature {
            params: &[],
            variadic: Some(Type::Any),
        };
        let args = words.get(1..).unwrap_or(&[]);
        let signature = object.signature(name).unwrap_or(ANYTHING);
        let mut values = Vec::new();
        self.arguments(t, dot, signature, name, args, last, &mut values)?;
        match object.call(name, &values) {
            Some(Ok(value)) => {
                let steps = price::given(&values) + price::made_by_method(&value);
                match self.spend(steps) {
                    Ok(()) => Ok(Held::plain(value)),
                    Err(error) => Err(self.call_failed(t, node, name, error)),
                }
            }
            Some(Err(error)) => Err(self.call_failed(t, node, name, error)),
            None => {
                let type_name = object.type_name();
                self.fail(
                    t,
                    format!("can't evaluate field {name} in type {type_name}"),
                )
            }
        }
    }

    /// A call of a method of a map type: its body gets the map before the arguments.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    pub(super) fn map_method(
        &mut self,
        t: &Template,
        dot: &Held,
        node: NodeId,
        map: &Map,
        method: &Function,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let signature = Signature {
            params: method.params,
            variadic: method.variadic,
        };
        let args = words.get(1..).unwrap_or(&[]);
        let mut values = Vec::new();
        self.arguments(t, dot, signature, method.name, args, last, &mut values)?;
        values.insert(0, Value::Map(map.clone()));
        self.paid(method, &values)
            .map(Held::plain)
            .map_err(|error| self.call_failed(t, node, method.name, error))
    }

    /// Refuses a call with too many or too few arguments.
    pub(super) fn check_count(
        &self,
        t: &Template,
        name: &str,
        fixed: usize,
        variadic: bool,
        given: usize,
        piped: usize,
    ) -> Eval<()> {
        let total = given + piped;
        if variadic && total < fixed {
            // Go counts the piped argument here, but does not show it.
            return self.fail(
                t,
                format!("wrong number of args for {name}: want at least {fixed} got {given}"),
            );
        }
        if !variadic && total != fixed {
            return self.fail(
                t,
                format!("wrong number of args for {name}: want {fixed} got {total}"),
            );
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of a call")]
    fn arguments(
        &mut self,
        t: &Template,
        dot: &Held,
        signature: Signature,
        name: &str,
        args: &[NodeId],
        last: Option<Value>,
        values: &mut Vec<Value>,
    ) -> Eval<()> {
        let Signature { params, variadic } = signature;
        let piped = usize::from(last.is_some());
        self.check_count(t, name, params.len(), variadic.is_some(), args.len(), piped)?;
        let ty = |i: usize| params.get(i).copied().or(variadic).unwrap_or(Type::Any);
        for (i, arg) in args.iter().enumerate() {
            let value = self.arg(t, dot, ty(i), *arg)?;
            values.push(value);
        }
        if let Some(last) = last {
            values.push(self.validate(t, Held::plain(last), ty(args.len()))?);
        }
        Ok(())
    }

    /// The error of a function, with the place of the call.
    #[allow(
        clippy::unnecessary_box_returns,
        reason = "that is how errors travel here"
    )]
    pub(super) fn call_failed(
        &mut self,
        t: &Template,
        node: NodeId,
        name: &str,
        error: FuncError,
    ) -> Box<Error> {
        self.at = node;
        let message = format!("error calling {name}: {}", error.message);
        let kind = ErrorKind::Function {
            name: name.to_owned(),
        };
        match error.cause {
            Some(cause) => Box::new(cause.wrap(self.frame(t, kind, message))),
            None if error.is_limit => {
                let kind = ErrorKind::Limit(crate::error::LimitKind::Steps);
                Box::new(Error::new(self.frame(t, kind, message)))
            }
            None => Box::new(Error::new(self.frame(t, kind, message))),
        }
    }
}
