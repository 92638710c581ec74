//! Executes templates: walks their trees with a budget and writes what they print.

mod arg;
mod builtins;
mod call;
mod compare;
mod escape;
mod field;
mod index;
mod operand;
mod price;
mod print;
mod scope;
mod walk;

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{NodeId, Template, VariableId};
use crate::error::{Error, ErrorKind, Frame, LimitKind, Location};
use crate::limits::{Limits, MissingKey};
use crate::set::TemplateSet;
use crate::unparse;
use crate::value::{Str, Value};

/// How often the caller's check is asked: every so many steps.
const CHECK_EVERY: u64 = 4096;

type Eval<T> = Result<T, Box<Error>>;

/// A value and whether Go would hold it in an interface: `reflect` tells an element of `[]interface {}` from what is in
/// it, and so do templates, in the texts of errors and in what a field of nil is.
#[derive(Clone, Default)]
struct Held {
    value: Value,
    in_interface: bool,
}

impl Held {
    fn plain(value: Value) -> Self {
        Self {
            value,
            in_interface: false,
        }
    }

    /// The type errors name.
    fn type_name(&self) -> &str {
        if self.in_interface {
            "interface {}"
        } else {
            self.value.type_name()
        }
    }
}

struct Variable {
    id: VariableId,
    held: Held,
}

/// One or more executions of the templates of a set, with a common budget and state.
pub struct Execution<'s> {
    set: &'s TemplateSet,
    missing_key: MissingKey,
    limits: Limits,
    interrupt: Option<Box<dyn FnMut() -> bool + 's>>,
    states: Vec<(TypeId, Box<dyn Any>)>,
    steps: u64,
    next_check: u64,
    written: u64,
    depth: u32,
    out: Vec<u8>,
    variables: Vec<Variable>,
    /// Where the variables of the current template start.
    base: usize,
    at: NodeId,
    overlays: Vec<scope::Overlay>,
    parsed: BTreeMap<Str, Rc<[Arc<Template>]>>,
    spare_args: Vec<Vec<Value>>,
    spare_outputs: Vec<Vec<u8>>,
}

impl<'s> Execution<'s> {
    /// An execution with the default limits and no state.
    pub fn new(set: &'s TemplateSet) -> Self {
        Self {
            set,
            missing_key: MissingKey::Default,
            limits: Limits::default(),
            interrupt: None,
            states: Vec::new(),
            steps: 0,
            next_check: CHECK_EVERY,
            written: 0,
            depth: 0,
            out: Vec::new(),
            variables: Vec::new(),
            base: 0,
            at: 0,
            overlays: Vec::new(),
            parsed: BTreeMap::new(),
            spare_args: Vec::new(),
            spare_outputs: Vec::new(),
        }
    }

    /// What missing map keys evaluate to.
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// What the execution may use up, all its templates together.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.next_check = CHECK_EVERY.min(limits.steps.saturating_add(1));
        self
    }

    /// A check that is asked now and then; when it returns true, the execution ends with an error.
    /// For deadlines and cancellation.
    pub fn interrupt(mut self, check: impl FnMut() -> bool + 's) -> Self {
        self.interrupt = Some(Box::new(check));
        self
    }

    /// Adds a piece of state for functions to find by its type; one of the same type is replaced.
    pub fn with_state<T: Any>(mut self, state: T) -> Self {
        let id = TypeId::of::<T>();
        self.states.retain(|(other, _)| *other != id);
        self.states.push((id, Box::new(state)));
        self
    }

    /// The state of that type.
    pub fn state<T: Any>(&mut self) -> Option<&mut T> {
        let id = TypeId::of::<T>();
        let (_, state) = self.states.iter_mut().find(|(other, _)| *other == id)?;
        state.downcast_mut()
    }

    /// The steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Executes a template of the set.
    ///
    /// # Errors
    /// There is no such template, executing it failed, or a limit was reached.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, Error> {
        self.capture_named(name, data).map_err(|error| *error)
    }

    /// As [`Execution::execute`]. Many templates share the room that their output grows in.
    ///
    /// # Errors
    /// As [`Execution::execute`].
    pub fn execute_to_str(&mut self, name: &str, data: &Value) -> Result<Str, Error> {
        let output = self.capture_named(name, data).map_err(|error| *error)?;
        Ok(self.reuse(output))
    }

    fn take_step(&mut self, template: &Template) -> Eval<()> {
        self.steps += 1;
        if self.steps >= self.next_check {
            return self
                .check_budget()
                .map_err(|kind| self.limit(template, kind));
        }
        Ok(())
    }

    /// The slow half of a step: counts, asks the caller, says when to come back.
    fn check_budget(&mut self) -> Result<(), LimitKind> {
        if self.steps > self.limits.steps {
            return Err(LimitKind::Steps);
        }
        if self.interrupt.as_mut().is_some_and(|check| check()) {
            return Err(LimitKind::Interrupted);
        }
        self.next_check = (self.steps + CHECK_EVERY).min(self.limits.steps.saturating_add(1));
        Ok(())
    }

    fn limit_message(&self, kind: LimitKind) -> String {
        match kind {
            LimitKind::Steps => format!("exceeded maximum number of steps ({})", self.limits.steps),
            LimitKind::Output => format!(
                "exceeded maximum output size ({} bytes)",
                self.limits.output
            ),
            LimitKind::Depth => format!("exceeded maximum template depth ({})", self.limits.depth),
            LimitKind::Interrupted => "execution was interrupted".to_owned(),
        }
    }

    #[allow(
        clippy::unnecessary_box_returns,
        reason = "that is how errors travel here"
    )]
    fn limit(&self, template: &Template, kind: LimitKind) -> Box<Error> {
        let message = self.limit_message(kind);
        Box::new(Error::new(self.frame(
            template,
            ErrorKind::Limit(kind),
            message,
        )))
    }

    /// An error at the current node.
    fn fail<T>(&self, template: &Template, message: impl Into<String>) -> Eval<T> {
        let frame = self.frame(template, ErrorKind::Execution, message.into());
        Err(Box::new(Error::new(frame)))
    }

    fn frame(&self, template: &Template, kind: ErrorKind, message: String) -> Frame {
        let unit = &template.unit;
        let pos = unit.arena.nodes[self.at as usize].pos as usize;
        Frame {
            kind,
            location: Some(Location::of(&unit.name, unit.source.as_bytes(), pos)),
            template: Some(template.name.to_string()),
            expression: unparse::node(template, self.at),
            message,
        }
    }
}
