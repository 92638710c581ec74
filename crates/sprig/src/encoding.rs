//! Base64 and base32. Decoding errors come back as the result, as Sprig has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gotemplate::Type::String as Text;
use gotemplate::{Function, Value};

use crate::args::{bytes, spend_bytes};
use crate::table::function;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(crate) static FUNCTIONS: &[Function] = &[
    function("b64enc", &[Text], |call, a| {
        let s = bytes(a, 0)?;
        spend_bytes(call, s.len())?;
        Ok(Value::str(STANDARD.encode(s)))
    }),
    function("b64dec", &[Text], |_, a| {
        Ok(match decode_base64(bytes(a, 0)?) {
            Ok(decoded) => Value::str(decoded),
            Err(message) => Value::str(message),
        })
    }),
    function("b32enc", &[Text], |call, a| {
        let s = bytes(a, 0)?;
        spend_bytes(call, s.len())?;
        Ok(Value::str(encode_base32(s)))
    }),
    function("b32dec", &[Text], |_, a| {
        Ok(match decode_base32(bytes(a, 0)?) {
            Ok(decoded) => Value::str(decoded),
            Err(message) => Value::str(message),
        })
    }),
];

/// Go's `base64.StdEncoding.DecodeString`: line ends are skipped, padding is required, surplus bits are ignored.
/// The error is Go's text.
pub(crate) fn decode_base64(input: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| Err(format!("illegal base64 data at input byte {at}"));
    let mut out = Vec::with_capacity(input.len() / 4 * 3);
    let mut symbols = input
        .iter()
        .enumerate()
        .filter(|(_, b)| !matches!(b, b'\n' | b'\r'));
    loop {
        let mut quantum = [0u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some((at, symbol)) = symbols.next() else {
                return match filled {
                    0 => Ok(out),
                    _ => corrupt(input.len() - filled),
                };
            };
            if *symbol == b'=' {
                if filled < 2 {
                    return corrupt(at);
                }
                if filled == 2 {
                    match symbols.next() {
                        None => return corrupt(input.len()),
                        Some((_, b'=')) => {}
                        Some((at, _)) => return corrupt(at - 1),
                    }
                }
                if let Some((at, _)) = symbols.next() {
                    return corrupt(at);
                }
                append_quantum(&mut out, quantum, filled);
                return Ok(out);
            }
            match base64_digit(*symbol) {
                Some(value) => quantum[filled] = value,
                None => return corrupt(at),
            }
            filled += 1;
        }
        append_quantum(&mut out, quantum, filled);
    }
}

fn append_quantum(out: &mut Vec<u8>, [a, b, c, d]: [u8; 4], filled: usize) {
    let bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    out.extend_from_slice(&bytes[..filled - 1]);
}

fn base64_digit(symbol: u8) -> Option<u8> {
    Some(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn encode_base32(input: &[u8]) -> String {
    let mut out = String::with_capacity(input.len().div_ceil(5) * 8);
    for chunk in input.chunks(5) {
        let mut group = [0u8; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(group);
        let symbols = (chunk.len() * 8).div_ceil(5);
        for i in 0..8 {
            out.push(if i < symbols {
                char::from(BASE32[(bits >> (35 - 5 * i)) as usize & 31])
            } else {
                '='
            });
        }
    }
    out
}

/// Go's `base32.StdEncoding.DecodeString`, with its error text.
fn decode_base32(input: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| Err(format!("illegal base32 data at input byte {at}"));
    let symbols: Vec<u8> = input
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'\n' | b'\r'))
        .collect();
    let mut out = Vec::with_capacity(symbols.len() / 8 * 5);
    let mut at = 0;
    while at < symbols.len() {
        let mut bits = 0u64;
        let mut filled = 0;
        let mut ended = false;
        while filled < 8 {
            let Some(symbol) = symbols.get(at) else {
                return corrupt(symbols.len() - filled);
            };
            at += 1;
            let rest = symbols.len() - at;
            if *symbol == b'=' && filled >= 2 && rest < 8 {
                if rest + filled < 7 {
                    return corrupt(symbols.len());
                }
                if let Some(k) = (0..7 - filled).find(|k| symbols.get(at + k) != Some(&b'=')) {
                    return corrupt(at + k - 1);
                }
                if matches!(filled, 1 | 3 | 6) {
                    return corrupt(at - 1);
                }
                ended = true;
                break;
            }
            let Some(value) = BASE32.iter().position(|b| b == symbol) else {
                return corrupt(at - 1);
            };
            bits |= (value as u64) << (35 - 5 * filled);
            filled += 1;
        }
        out.extend_from_slice(&bits.to_be_bytes()[3..3 + filled * 5 / 8]);
        if ended {
            break;
        }
    }
    Ok(out)
}
