//! `encryptAES` and `decryptAES`: AES-256-CBC under a password that is cut or filled up with zeros to 32 bytes.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gotemplate::Type::String as Text;
use gotemplate::{Call, FuncError, Function, Value};

use crate::ambient;
use crate::args::{Outcome, bytes, fail, spend_bytes};
use crate::encoding::decode_base64;
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("encryptAES", &[Text, Text], encrypt),
    function("decryptAES", &[Text, Text], decrypt),
];

const BLOCK: usize = 16;

fn key(password: &[u8]) -> Result<UnboundCipherKey, FuncError> {
    let mut key = [0; 32];
    let used = password.len().min(key.len());
    key[..used].copy_from_slice(&password[..used]);
    UnboundCipherKey::new(&AES_256, &key).map_err(refused)
}

fn refused(error: aws_lc_rs::error::Unspecified) -> FuncError {
    FuncError::new(format!("AES: {error}"))
}

/// The random initialization vector and the cipher text, in base64.
fn encrypt(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let plain = bytes(args, 1)?;
    if plain.is_empty() {
        return Ok(Value::str(""));
    }
    spend_bytes(call, plain.len())?;
    let padding = BLOCK - plain.len() % BLOCK;
    let mut blocks = [plain, &vec![padding as u8; padding]].concat();
    let key = EncryptingKey::cbc(key(bytes(args, 0)?)?).map_err(refused)?;
    let made = ambient::text(call, "encryptAES", args, |random| {
        let mut iv = [0; BLOCK];
        random.fill(&mut iv);
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        key.less_safe_encrypt(&mut blocks, context)
            .map_err(refused)?;
        Ok(STANDARD.encode([&iv, blocks.as_slice()].concat()))
    })?;
    Ok(Value::str(made))
}

/// The plain text. As in Sprig, the last byte alone says how much of the end is padding.
fn decrypt(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let encoded = bytes(args, 1)?;
    if encoded.is_empty() {
        return Ok(Value::str(""));
    }
    spend_bytes(call, encoded.len())?;
    let mut encrypted = decode_base64(encoded).map_err(FuncError::new)?;
    let Some((iv, blocks)) = encrypted.split_first_chunk_mut::<BLOCK>() else {
        let capacity = encoded.len() / 4 * 3;
        return fail(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}"
        ));
    };
    if blocks.len() % BLOCK != 0 {
        return fail("crypto/cipher: input not full blocks");
    }
    let key = DecryptingKey::cbc(key(bytes(args, 0)?)?).map_err(refused)?;
    let context = DecryptionContext::Iv128(FixedLength::from(*iv));
    if !blocks.is_empty() {
        key.decrypt(blocks, context).map_err(refused)?;
    }
    let Some(last) = blocks.last() else {
        return fail("runtime error: index out of range [-1]");
    };
    let padding = usize::from(*last);
    if padding > blocks.len() {
        let missing = padding - blocks.len();
        return fail(format!(
            "runtime error: slice bounds out of range [:-{missing}]"
        ));
    }
    Ok(Value::str(&blocks[..blocks.len() - padding]))
}
