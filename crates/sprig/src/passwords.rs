//! Passwords: `bcrypt`, `htpasswd`, `derivePassword`.

use aws_lc_rs::hmac;
use gotemplate::Type::{Named, String as Text};
use gotemplate::{Call, FuncError, Function, Value};
use scrypt::Params;

use crate::ambient;
use crate::args::{Outcome, bytes, fail, spend_bytes};
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("bcrypt", &[Text], |call, a| {
        Ok(Value::str(hashed(call, "bcrypt", a, bytes(a, 0)?)?))
    }),
    function("htpasswd", &[Text, Text], htpasswd),
    function(
        "derivePassword",
        &[Named("uint32"), Text, Text, Text, Text],
        derive,
    ),
];

/// What a bcrypt hash costs of an execution's budget: it is slow on purpose, some 60 ms.
const BCRYPT_STEPS: u64 = 500_000;
/// What a derived password costs: some 150 ms and 32 MiB for a moment.
const SCRYPT_STEPS: u64 = 1_000_000;
/// Go's default cost.
const COST: u32 = 10;
/// What bcrypt looks at; Go refuses more.
const LONGEST: usize = 72;

/// The hash with a random salt; the error as text, as Sprig has it.
fn hashed(
    call: &mut dyn Call,
    name: &str,
    args: &[Value],
    password: &[u8],
) -> Result<String, FuncError> {
    if password.len() > LONGEST {
        return Ok(
            "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
                .to_owned(),
        );
    }
    call.spend(BCRYPT_STEPS)?;
    ambient::text(call, name, args, |random| {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        let parts = bcrypt::hash_with_salt(password, COST, salt)
            .map_err(|e| FuncError::new(format!("bcrypt: {e}")))?;
        Ok(parts.format_for_version(bcrypt::Version::TwoA))
    })
}

/// A line of Apache's password file.
fn htpasswd(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let (user, password) = (bytes(args, 0)?, bytes(args, 1)?);
    if user.contains(&b':') {
        return Ok(Value::str([b"invalid username: ", user].concat()));
    }
    let hash = hashed(call, "htpasswd", args, password)?;
    Ok(Value::str([user, b":", hash.as_bytes()].concat()))
}

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// Shapes of passwords by type: each letter stands for a set of characters.
const SHAPES: &[(&[u8], &[&str])] = &[
    (
        b"maximum",
        &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
    ),
    (
        b"long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    (b"medium", &["CvcnoCvc", "CvcCvcno"]),
    (b"short", &["Cvcn"]),
    (b"basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (b"pin", &["nnnn"]),
];

/// The characters a letter of a shape stands for.
fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The master password algorithm, version 0: counter, type, password, user, site.
fn derive(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let counter = match args.first() {
        Some(Value::Num(counter, _) | Value::Int(counter)) => *counter as u32,
        _ => return crate::args::mismatch(0, "uint32", args),
    };
    let kind = bytes(args, 1)?;
    let Some((_, shapes)) = SHAPES.iter().find(|(name, _)| *name == kind) else {
        return Ok(Value::str(
            [b"cannot find password template ", kind].concat(),
        ));
    };
    let (password, user, site) = (bytes(args, 2)?, bytes(args, 3)?, bytes(args, 4)?);
    call.spend(SCRYPT_STEPS)?;
    spend_bytes(call, password.len() + user.len() + site.len())?;
    let prefixed = |text: &[u8]| [SEED, &(text.len() as u32).to_be_bytes(), text].concat();
    let mut key = [0; 64];
    let derived = Params::new(15, 8, 2, key.len())
        .ok()
        .and_then(|cost| scrypt::scrypt(password, &prefixed(user), &cost, &mut key).ok());
    if derived.is_none() {
        return fail("scrypt refuses its parameters");
    }
    let message = [prefixed(site), counter.to_be_bytes().to_vec()].concat();
    let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
    let seed = seed.as_ref();
    let shape = shapes[usize::from(seed[0]) % shapes.len()];
    let made = shape.bytes().zip(&seed[1..]).map(|(letter, drawn)| {
        let characters = characters(letter);
        characters[usize::from(*drawn) % characters.len()]
    });
    Ok(Value::str(made.collect::<Vec<u8>>()))
}
