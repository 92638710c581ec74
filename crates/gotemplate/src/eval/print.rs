//! Writes the value of an action.

use super::{Eval, Execution};
use crate::ast::Template;
use crate::error::LimitKind;
use crate::fmt::Printer;
use crate::unparse;
use crate::value::Value;

impl Execution<'_> {
    pub(super) fn print_value(&mut self, t: &Template, value: &Value) -> Eval<()> {
        let before = self.out.len();
        match value {
            Value::Str(s) => self.out.extend_from_slice(s.as_bytes()),
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::Func(_) => {
                let shown = unparse::node(t, self.at);
                return self.fail(
                    t,
                    format!("can't print {shown} of type {}", value.type_name()),
                );
            }
            _ => {
                let left = self.limits.output.saturating_sub(self.written);
                let limit = before.saturating_add(usize::try_from(left).unwrap_or(usize::MAX));
                let mut printer = Printer::onto(std::mem::take(&mut self.out), limit);
                let in_place = match value {
                    Value::Object(object) => object.string_in_place().map(Value::Str),
                    _ => None,
                };
                printer.arg(in_place.as_ref().unwrap_or(value), 'v');
                let (out, full) = printer.into_parts();
                self.out = out;
                if full {
                    return Err(self.limit(t, LimitKind::Output));
                }
            }
        }
        self.count_output(t, self.out.len() - before)
    }
}

/// A value as `%v` shows it in an error.
pub(super) fn shown(value: &Value) -> String {
    let mut printer = Printer::new(64 * 1024);
    printer.arg(value, 'v');
    let (text, _) = printer.into_parts();
    String::from_utf8_lossy(&text).into_owned()
}
