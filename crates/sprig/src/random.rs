//! Random texts: `randAlphaNum` and its kin, `shuffle`, `uuidv4`, `randBytes`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gotemplate::Type::{Int, String as Text};
use gotemplate::{Call, Function, Value};

use crate::ambient;
use crate::args::{Outcome, fail, int, spend_bytes, text};
use crate::print;
use crate::table::function;

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(crate) static FUNCTIONS: &[Function] = &[
    function("randAlphaNum", &[Int], |call, a| {
        drawn(call, "randAlphaNum", a, ALPHANUMERIC)
    }),
    function("randAlpha", &[Int], |call, a| {
        drawn(call, "randAlpha", a, LETTERS)
    }),
    function("randNumeric", &[Int], |call, a| {
        drawn(call, "randNumeric", a, DIGITS)
    }),
    function("randAscii", &[Int], |call, a| {
        let printable: Vec<u8> = (b' '..=b'~').collect();
        drawn(call, "randAscii", a, &printable)
    }),
    function("randBytes", &[Int], rand_bytes),
    function("shuffle", &[Text], shuffle),
    function("uuidv4", &[], uuid),
];

/// That many characters of the alphabet; a negative count gives none.
fn drawn(call: &mut dyn Call, name: &str, args: &[Value], alphabet: &[u8]) -> Outcome {
    let count = usize::try_from(int(args, 0)?).unwrap_or(0);
    call.spend(count as u64)?;
    let made = ambient::text(call, name, args, |random| {
        let pick = |_| char::from(alphabet[random.below(alphabet.len() as u64) as usize]);
        Ok((0..count).map(pick).collect())
    })?;
    Ok(Value::str(made))
}

/// That many bytes in base64.
fn rand_bytes(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let Ok(count) = usize::try_from(int(args, 0)?) else {
        return fail("runtime error: makeslice: len out of range");
    };
    spend_bytes(call, count)?;
    let made = ambient::text(call, "randBytes", args, |random| {
        let mut bytes = vec![0; count];
        random.fill(&mut bytes);
        Ok(STANDARD.encode(bytes))
    })?;
    Ok(Value::str(made))
}

fn shuffle(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut characters: Vec<char> = text(args, 0)?.chars().collect();
    call.spend(characters.len() as u64)?;
    let made = ambient::text(call, "shuffle", args, |random| {
        for last in (1..characters.len()).rev() {
            characters.swap(last, random.below(last as u64 + 1) as usize);
        }
        Ok(characters.into_iter().collect())
    })?;
    Ok(Value::str(made))
}

/// A random UUID: version 4, RFC 9562.
fn uuid(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let made = ambient::text(call, "uuidv4", args, |random| {
        let mut bytes = [0u8; 16];
        random.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = print::hexadecimal(&bytes);
        Ok([
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-"))
    })?;
    Ok(Value::str(made))
}
