//! Checksums: `sha1sum`, `sha256sum`, `sha512sum`, `adler32sum`.

use gotemplate::Type::String as Text;
use gotemplate::{Function, Value};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::args::{bytes, spend_bytes};
use crate::print::hexadecimal;
use crate::table::function;

pub(crate) static CHECKSUMS: &[Function] = &[
    function("sha1sum", &[Text], |call, a| {
        spend_bytes(call, bytes(a, 0)?.len())?;
        Ok(Value::str(hexadecimal(&Sha1::digest(bytes(a, 0)?))))
    }),
    function("sha256sum", &[Text], |call, a| {
        spend_bytes(call, bytes(a, 0)?.len())?;
        Ok(Value::str(hexadecimal(&Sha256::digest(bytes(a, 0)?))))
    }),
    function("sha512sum", &[Text], |call, a| {
        spend_bytes(call, bytes(a, 0)?.len())?;
        Ok(Value::str(hexadecimal(&Sha512::digest(bytes(a, 0)?))))
    }),
    function("adler32sum", &[Text], |call, a| {
        spend_bytes(call, bytes(a, 0)?.len())?;
        Ok(Value::str(adler32(bytes(a, 0)?).to_string()))
    }),
];

/// RFC 1950.
fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}
