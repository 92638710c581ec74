//! JSON: `fromJson`, `toJson`, `toPrettyJson`, `toRawJson`. The plain names swallow errors, the `must…` ones report them.

use gotemplate::Type::{Any, String as Text};
use gotemplate::{Call, FuncError, Function, Value};
use goyaml::json::{Escaping, Layout, from_slice, to_vec};

use crate::args::{Outcome, any, bytes, spend_on, spend_on_reading};
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("fromJson", &[Text], |call, a| match decode(call, a) {
        Err(error) if !error.is_limit => Ok(Value::Nil),
        outcome => outcome,
    }),
    function("mustFromJson", &[Text], decode),
    function("toJson", &[Any], |call, a| {
        or_empty(encode(call, a, Escaping::Html, Layout::Compact))
    }),
    function("mustToJson", &[Any], |call, a| {
        encode(call, a, Escaping::Html, Layout::Compact)
    }),
    function("toPrettyJson", &[Any], |call, a| {
        or_empty(encode(call, a, Escaping::Html, Layout::Indented))
    }),
    function("mustToPrettyJson", &[Any], |call, a| {
        encode(call, a, Escaping::Html, Layout::Indented)
    }),
    // Sprig panics here, so the error shows.
    function("toRawJson", &[Any], |call, a| {
        encode(call, a, Escaping::Plain, Layout::Compact)
    }),
    function("mustToRawJson", &[Any], |call, a| {
        encode(call, a, Escaping::Plain, Layout::Compact)
    }),
];

fn decode(call: &mut dyn Call, args: &[Value]) -> Outcome {
    spend_on_reading(call, bytes(args, 0)?)?;
    let data = from_slice(bytes(args, 0)?).map_err(|error| FuncError::new(error.to_string()))?;
    Ok(Value::from(&data))
}

fn encode(call: &mut dyn Call, args: &[Value], escaping: Escaping, layout: Layout) -> Outcome {
    spend_on(call, any(args, 0)?)?;
    let text = to_vec(any(args, 0)?, escaping, layout)
        .map_err(|error| FuncError::new(error.to_string()))?;
    Ok(Value::str(text))
}

/// What Sprig makes of an error it does not report.
fn or_empty(outcome: Outcome) -> Outcome {
    match outcome {
        Err(error) if !error.is_limit => Ok(Value::str("")),
        outcome => outcome,
    }
}
