//! Templates calling templates: `template`, `include`, `tpl`. Which one a name means, and where its output goes.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{Eval, Execution, Held, Variable};
use crate::ast::{NodeId, Template};
use crate::error::{Error, ErrorKind, Frame, LimitKind};
use crate::func::{Call, FuncError};
use crate::quote;
use crate::stack;
use crate::value::{Str, Value};

/// Texts given to `tpl` are remembered parsed, up to this many of them.
const MAX_PARSED: usize = 4096;
/// What a byte of them costs in steps: its part of the tree is many times larger.
const STEPS_A_BYTE: u64 = 2;

/// The templates a text given to `tpl` defines, on top of those that were there: nobody else sees them.
pub(super) type Overlay = BTreeMap<Arc<str>, Arc<Template>>;

/// What a called template must not change.
struct Saved {
    base: usize,
    at: NodeId,
    variables: usize,
}

impl Execution<'_> {
    pub(super) fn lookup(&self, name: &str) -> Option<Arc<Template>> {
        self.overlays
            .iter()
            .rev()
            .find_map(|overlay| overlay.get(name))
            .or_else(|| self.set.get(name))
            .cloned()
    }

    /// Executes a template in place.
    pub(super) fn enter(&mut self, template: &Template, dot: &Held) -> Eval<()> {
        let saved = Saved {
            base: self.base,
            at: self.at,
            variables: self.variables.len(),
        };
        self.base = saved.variables;
        self.depth += 1;
        self.variables.push(Variable {
            id: 0,
            held: dot.clone(),
        });
        let result = stack::grow(|| self.walk(template, dot, template.root));
        self.variables.truncate(saved.variables);
        self.depth -= 1;
        self.base = saved.base;
        if result.is_ok() {
            self.at = saved.at;
        }
        result.map(drop)
    }

    /// Executes a template apart from the output.
    fn capture(&mut self, template: &Template, dot: &Value) -> Eval<Vec<u8>> {
        let buffer = self.spare_outputs.pop().unwrap_or_default();
        let outer = std::mem::replace(&mut self.out, buffer);
        let at = self.at;
        let result = self.enter(template, &Held::plain(dot.clone()));
        self.at = at;
        let own = std::mem::replace(&mut self.out, outer);
        result.map(|()| own)
    }

    pub(super) fn capture_named(&mut self, name: &str, dot: &Value) -> Eval<Vec<u8>> {
        let Some(template) = self.lookup(name) else {
            let message = format!(
                "template: no template {} associated with template {}",
                quote::quoted(name.as_bytes()),
                quote::quoted(self.set.name().as_bytes())
            );
            let kind = ErrorKind::NoSuchTemplate {
                name: name.to_owned(),
            };
            return Err(bare(kind, message));
        };
        self.check_depth()
            .map_err(|kind| bare(ErrorKind::Limit(kind), self.limit_message(kind)))?;
        self.capture(&template, dot)
    }

    pub(super) fn check_depth(&self) -> Result<(), LimitKind> {
        if self.depth >= self.limits.depth {
            Err(LimitKind::Depth)
        } else {
            Ok(())
        }
    }

    fn parse_text(&mut self, text: &Str) -> Result<Rc<[Arc<Template>]>, FuncError> {
        if let Some(templates) = self.parsed.get(text) {
            return Ok(Rc::clone(templates));
        }
        self.spend(text.len() as u64 * STEPS_A_BYTE)?;
        let templates = self.set.grammar.parse(self.set.name(), text)?;
        let templates: Rc<[Arc<Template>]> = templates.into_iter().map(Arc::new).collect();
        if self.parsed.len() < MAX_PARSED {
            self.parsed.insert(text.clone(), Rc::clone(&templates));
        }
        Ok(templates)
    }

    /// The overlay a text makes, and the template that is the text itself.
    fn overlay(&self, templates: &[Arc<Template>]) -> (Overlay, Option<Arc<Template>>) {
        let mut overlay = Overlay::new();
        let mut main = None;
        for template in templates {
            if *template.name == *self.set.name() {
                main = Some(Arc::clone(template));
            }
            if !template.is_empty || self.lookup(&template.name).is_none() {
                overlay.insert(Arc::clone(&template.name), Arc::clone(template));
            }
        }
        (overlay, main)
    }

    /// The captured output as a string; its buffer is used again.
    pub(super) fn reuse(&mut self, mut output: Vec<u8>) -> Str {
        let text = Str::from(output.as_slice());
        if self.spare_outputs.len() < 16 && output.capacity() < 1 << 20 {
            output.clear();
            self.spare_outputs.push(output);
        }
        text
    }
}

/// An error without a position.
#[allow(
    clippy::unnecessary_box_returns,
    reason = "that is how errors travel here"
)]
fn bare(kind: ErrorKind, message: String) -> Box<Error> {
    Box::new(Error::new(Frame {
        kind,
        location: None,
        template: None,
        expression: String::new(),
        message,
    }))
}

impl Call for Execution<'_> {
    fn execute_template(&mut self, name: &str, data: &Value) -> Result<Str, FuncError> {
        let output = self
            .capture_named(name, data)
            .map_err(|error| FuncError::from(*error))?;
        Ok(self.reuse(output))
    }

    fn render_text(&mut self, text: &Str, data: &Value) -> Result<Str, FuncError> {
        let templates = self.parse_text(text)?;
        self.check_depth().map_err(|kind| {
            FuncError::from(*bare(ErrorKind::Limit(kind), self.limit_message(kind)))
        })?;
        let (overlay, main) = self.overlay(&templates);
        let Some(main) = main else {
            return Ok(Str::default());
        };
        self.overlays.push(overlay);
        let output = self.capture(&main, data);
        self.overlays.pop();
        let output = output.map_err(|error| FuncError::from(*error))?;
        Ok(self.reuse(output))
    }

    fn state(&mut self, of: TypeId) -> Option<&mut dyn Any> {
        let (_, state) = self.states.iter_mut().find(|(id, _)| *id == of)?;
        Some(state.as_mut())
    }

    fn spend(&mut self, steps: u64) -> Result<(), FuncError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps < self.next_check {
            return Ok(());
        }
        self.check_budget().map_err(|kind| {
            FuncError::from(*bare(ErrorKind::Limit(kind), self.limit_message(kind)))
        })
    }
}
