//! Printing as Go's `fmt` does it: `Sprint`, `Sprintln`, `Sprintf` with every verb and flag.

mod float;
mod format;
mod named;
mod printer;
mod verb;

use crate::func::FuncError;
use crate::value::Value;

pub use named::duration_string;
pub(crate) use printer::Printer;

/// Printing stops with an error beyond this size: shared values can print exponentially larger than they are.
const MAX_TEXT: usize = 8 * 1024 * 1024;

/// Go's `fmt.Sprint`: a space between two operands if neither is a string.
///
/// # Errors
/// The text would be larger than 8 MiB or the value contains itself.
pub fn sprint(args: &[Value]) -> Result<Vec<u8>, FuncError> {
    let mut printer = Printer::new(MAX_TEXT);
    printer.print(args);
    printer.finish().map_err(FuncError::from)
}

/// Go's `fmt.Sprintln`: a space between any two operands, a newline at the end.
///
/// # Errors
/// As [`sprint`].
pub fn sprintln(args: &[Value]) -> Result<Vec<u8>, FuncError> {
    let mut printer = Printer::new(MAX_TEXT);
    printer.println(args);
    printer.finish().map_err(FuncError::from)
}

/// Go's `fmt.Sprintf`.
///
/// # Errors
/// As [`sprint`]. Wrong verbs and missing operands are no errors: they show in the text, as `%!d(string=x)`.
pub fn sprintf(format: &[u8], args: &[Value]) -> Result<Vec<u8>, FuncError> {
    let out = Vec::with_capacity(format.len() + 16 * args.len());
    let mut printer = Printer::onto(out, MAX_TEXT);
    printer.printf(format, args);
    printer.finish().map_err(FuncError::from)
}

/// Go's `strconv.FormatFloat(value, verb, -1, 64)`: the fewest digits that read back as the same number.
/// The verb is one of `eEfgG`. Note that `fmt` prints with `g`.
pub fn format_float(value: f64, verb: u8) -> String {
    float::format_float(value, verb, float::Precision::Shortest, float::Bits::F64)
}

/// Go's `strconv.Quote`, as `%q` prints a string.
pub fn quote(bytes: &[u8]) -> String {
    crate::quote::quoted(bytes)
}
