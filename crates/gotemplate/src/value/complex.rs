//! Complex constants: a template can write and print them, and nothing else.

use std::any::Any;

use super::Object;

/// A `complex128`: its real and its imaginary part.
pub(crate) struct Complex(pub(crate) f64, pub(crate) f64);

impl Object for Complex {
    fn type_name(&self) -> &'static str {
        "complex128"
    }

    fn truth(&self) -> bool {
        self.0 != 0.0 || self.1 != 0.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
