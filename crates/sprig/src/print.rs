//! How values look as text: `%v`, `%q`, and Sprig's `strval`.

use gotemplate::{FuncError, Value, fmt};

/// Sprig's conversion to string: strings and bytes as they are, everything else as `%v` prints it.
pub(crate) fn strval(value: &Value) -> Result<Vec<u8>, FuncError> {
    let byte = |item: &Value| match item {
        Value::Num(b, _) | Value::Int(b) => *b as u8,
        _ => 0,
    };
    match value {
        Value::Str(s) => Ok(s.as_bytes().to_vec()),
        Value::List(list) if list.type_name() == "[]uint8" => {
            Ok(list.borrow().iter().map(byte).collect())
        }
        other => display(other),
    }
}

/// `fmt.Sprintf("%v", value)`.
pub(crate) fn display(value: &Value) -> Result<Vec<u8>, FuncError> {
    fmt::sprintf(b"%v", std::slice::from_ref(value))
}

/// `strconv.Quote`, as `%q` prints a string.
pub(crate) fn quote(s: &[u8]) -> String {
    fmt::quote(s)
}

/// The bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}
