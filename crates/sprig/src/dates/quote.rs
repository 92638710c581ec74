//! How errors of Go's `time` show what they were given.

/// In quotes, with everything but printable ASCII as `\xNN`.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from('"');
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..0x80 => out.push(char::from(*byte)),
            _ => {
                out.push_str("\\x");
                out.push_str(&crate::print::hexadecimal(&[*byte]));
            }
        }
    }
    out.push('"');
    out
}
