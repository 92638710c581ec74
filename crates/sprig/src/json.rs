//! JSON: `fromJson`, `toJson`, `toPrettyJson`, `toRawJson`. The plain names swallow errors, the `must…` ones report them.

use gotemplate::Type::{Any, String as Text};
use gotemplate::{FuncError, Function, Value};
use goyaml::json::{Escaping, Layout, from_slice, to_vec};

use crate::args::{Outcome, any, bytes};
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function(
        "fromJson",
        &[Text],
        |_, a| Ok(decode(a).unwrap_or_default()),
    ),
    function("mustFromJson", &[Text], |_, a| decode(a)),
    function("toJson", &[Any], |_, a| {
        Ok(or_empty(encode(a, Escaping::Html, Layout::Compact)))
    }),
    function("mustToJson", &[Any], |_, a| {
        encode(a, Escaping::Html, Layout::Compact)
    }),
    function("toPrettyJson", &[Any], |_, a| {
        Ok(or_empty(encode(a, Escaping::Html, Layout::Indented)))
    }),
    function("mustToPrettyJson", &[Any], |_, a| {
        encode(a, Escaping::Html, Layout::Indented)
    }),
    // Sprig panics here, so the error shows.
    function("toRawJson", &[Any], |_, a| {
        encode(a, Escaping::Plain, Layout::Compact)
    }),
    function("mustToRawJson", &[Any], |_, a| {
        encode(a, Escaping::Plain, Layout::Compact)
    }),
];

fn decode(args: &[Value]) -> Outcome {
    let data = from_slice(bytes(args, 0)?).map_err(|error| FuncError::new(error.to_string()))?;
    Ok(Value::from(&data))
}

fn encode(args: &[Value], escaping: Escaping, layout: Layout) -> Outcome {
    let text = to_vec(any(args, 0)?, escaping, layout)
        .map_err(|error| FuncError::new(error.to_string()))?;
    Ok(Value::str(text))
}

/// What Sprig makes of an error it does not report.
fn or_empty(outcome: Outcome) -> Value {
    outcome.unwrap_or_else(|_| Value::str(""))
}
