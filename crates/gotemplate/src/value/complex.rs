//! Complex constants: a template can write and print them, and nothing else.

use std::any::Any;

use super::{Object, Str};
use crate::fmt;

/// A `complex128`: its real and its imaginary part.
pub(crate) struct Complex(pub(crate) f64, pub(crate) f64);

impl Object for Complex {
    fn type_name(&self) -> &'static str {
        "complex128"
    }

    fn string(&self) -> Option<Str> {
        let part = |x: f64| fmt::format_float(x, b'g');
        let sign = if self.1.is_sign_negative() || self.1.is_infinite() {
            ""
        } else {
            "+"
        };
        Some(Str::from(format!(
            "({}{sign}{}i)",
            part(self.0),
            part(self.1)
        )))
    }

    fn truth(&self) -> bool {
        self.0 != 0.0 || self.1 != 0.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
