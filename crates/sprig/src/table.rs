//! How a chapter lists its functions: name, Go signature, body.

use gotemplate::{Body, Function, Type};

/// A function with a fixed number of parameters.
pub(crate) const fn function(name: &'static str, params: &'static [Type], body: Body) -> Function {
    Function {
        name,
        params,
        variadic: None,
        body,
    }
}

/// A function whose last parameter takes any number of arguments of type `element`.
pub(crate) const fn variadic(
    name: &'static str,
    params: &'static [Type],
    element: Type,
    body: Body,
) -> Function {
    Function {
        name,
        params,
        variadic: Some(element),
        body,
    }
}
