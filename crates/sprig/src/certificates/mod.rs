//! Keys and certificates: `genPrivateKey`, `genCA`, `genSignedCert` and their kin.

mod der;
mod dsa;
mod key;
mod object;
mod pem;
mod x509;

use std::net::IpAddr;

use aws_lc_rs::rsa::KeySize;
use gotemplate::Type::{Int, List, Named, String as Text};
use gotemplate::{Call, FuncError, Function, Value};

use crate::ambient::{self, Ambient};
use crate::args::{Outcome, bytes, elements, fail, int};
use crate::encoding::decode_base64;
use crate::print::display;
use crate::table::function;
use key::Key;
use object::{Certificate, TYPE};
use x509::{Issuer, Template};

/// What an RSA key of 2048 bits costs of an execution's budget: some 100 ms.
const KEY_STEPS: u64 = 1_000_000;
/// What the primes of a larger key cost: up to some seconds.
const LARGE_KEY_STEPS: u64 = 5_000_000;
/// What a signature with a key that is there costs, and a key on a curve.
const SIGNING_STEPS: u64 = 50_000;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("genPrivateKey", &[Text], gen_private_key),
    function("buildCustomCert", &[Text, Text], |_, a| build_custom(a)),
    function("genCA", &[Text, Int], |call, a| {
        certificate(call, "genCA", a, |ambient| {
            authority(ambient, a, new_key()?)
        })
    }),
    function("genCAWithKey", &[Text, Int, Text], |call, a| {
        certificate(call, "genCAWithKey", a, |ambient| {
            authority(ambient, a, given_key(a, 2)?)
        })
    }),
    function("genSelfSignedCert", &[Text, List, List, Int], |call, a| {
        certificate(call, "genSelfSignedCert", a, |ambient| {
            self_signed(ambient, a, new_key()?)
        })
    }),
    function(
        "genSelfSignedCertWithKey",
        &[Text, List, List, Int, Text],
        |call, a| {
            certificate(call, "genSelfSignedCertWithKey", a, |ambient| {
                self_signed(ambient, a, given_key(a, 4)?)
            })
        },
    ),
    function(
        "genSignedCert",
        &[Text, List, List, Int, Named(TYPE)],
        |call, a| {
            certificate(call, "genSignedCert", a, |ambient| {
                signed(ambient, a, new_key()?)
            })
        },
    ),
    function(
        "genSignedCertWithKey",
        &[Text, List, List, Int, Named(TYPE), Text],
        |call, a| {
            certificate(call, "genSignedCertWithKey", a, |ambient| {
                signed(ambient, a, given_key(a, 5)?)
            })
        },
    ),
];

fn gen_private_key(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let kind = bytes(args, 0)?;
    if !matches!(kind, b"" | b"rsa" | b"dsa" | b"ecdsa" | b"ed25519") {
        return Ok(Value::str([b"Unknown type ", kind].concat()));
    }
    call.spend(match kind {
        b"ecdsa" | b"ed25519" => SIGNING_STEPS,
        _ => LARGE_KEY_STEPS,
    })?;
    let made = ambient::text(call, "genPrivateKey", args, |random| {
        let key = match kind {
            b"dsa" => Ok(Key::Dsa(dsa::generate(random))),
            b"ecdsa" => Key::ecdsa(),
            b"ed25519" => Key::ed25519(random),
            _ => Key::rsa(KeySize::Rsa4096),
        };
        key.and_then(|key| key.to_pem()).map_err(FuncError::new)
    })?;
    Ok(Value::str(made))
}

/// A certificate and its key: those of the record, or new ones.
fn certificate(
    call: &mut dyn Call,
    name: &str,
    args: &[Value],
    create: impl FnOnce(&mut Ambient) -> Made,
) -> Outcome {
    call.spend(if name.ends_with("WithKey") {
        SIGNING_STEPS
    } else {
        KEY_STEPS
    })?;
    let made = ambient::result(call, name, args, |ambient| {
        let (certificate, key) = create(ambient).map_err(FuncError::new)?;
        let key = key.to_pem().map_err(FuncError::new)?;
        Ok(vec![pem::encode("CERTIFICATE", &certificate), key])
    })?;
    let [cert, key] = made.as_slice() else {
        return fail(format!("the record holds no certificate for {name}"));
    };
    Ok(Certificate::value(cert, key))
}

fn new_key() -> Result<Key, String> {
    Key::rsa(KeySize::Rsa2048).map_err(|e| format!("error generating rsa key: {e}"))
}

fn given_key(args: &[Value], index: usize) -> Result<Key, String> {
    let text = bytes(args, index).map_err(|e| e.message)?;
    Key::parse(text).map_err(|e| format!("parsing private key: {e}"))
}

fn creating(error: &str) -> String {
    format!("error creating certificate: {error}")
}

type Made = Result<(Vec<u8>, Key), String>;

fn authority(ambient: &mut Ambient, args: &[Value], key: Key) -> Made {
    let mut template = template(ambient, args, 1)?;
    template.is_ca = true;
    let made = x509::self_signed(&template, &key).map_err(|e| creating(&e))?;
    Ok((made, key))
}

fn self_signed(ambient: &mut Ambient, args: &[Value], key: Key) -> Made {
    let template = template(ambient, args, 3)?.for_hosts(args)?;
    let made = x509::self_signed(&template, &key).map_err(|e| creating(&e))?;
    Ok((made, key))
}

fn signed(ambient: &mut Ambient, args: &[Value], key: Key) -> Made {
    let Some(authority) = args.get(4).and_then(Certificate::of) else {
        return Err(format!("argument 5: the function takes {TYPE}"));
    };
    let block = pem::decode(authority.cert.as_bytes()).ok_or("unable to decode certificate")?;
    let issuer = Issuer::parse(&block.der)
        .ok_or("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate")?;
    let signer = Key::parse(authority.key.as_bytes())
        .map_err(|e| format!("error parsing private key: {e}"))?;
    let template = template(ambient, args, 3)?.for_hosts(args)?;
    let made = x509::signed(&template, &key, &issuer, &signer).map_err(|e| creating(&e))?;
    Ok((made, key))
}

/// What all certificates have: a name, days, a random serial number.
fn template(ambient: &mut Ambient, args: &[Value], days_at: usize) -> Result<Template, String> {
    const DAY: i64 = 86_400_000_000_000;
    let common_name = bytes(args, 0).map_err(|e| e.message)?.to_vec();
    let days = int(args, days_at).map_err(|e| e.message)?;
    let mut serial = [0; 16];
    ambient.random().fill(&mut serial);
    // Go counts the days in nanoseconds, which wrap around after 292 years.
    let now = ambient.now().as_nanosecond();
    let end = now + i128::from(days.wrapping_mul(DAY));
    Ok(Template {
        common_name,
        ips: Vec::new(),
        dns_names: Vec::new(),
        not_before: now.div_euclid(1_000_000_000) as i64,
        not_after: end.div_euclid(1_000_000_000) as i64,
        serial,
        is_ca: false,
    })
}

impl Template {
    /// Adds the IP addresses and host names of the second and third argument.
    fn for_hosts(mut self, args: &[Value]) -> Result<Self, String> {
        for ip in args.get(1).and_then(elements).unwrap_or_default() {
            let Value::Str(text) = &ip else {
                return Err(format!("error parsing ip: {} is not a string", shown(&ip)));
            };
            let parsed = text.as_str().and_then(|text| text.parse::<IpAddr>().ok());
            self.ips
                .push(parsed.ok_or_else(|| format!("error parsing ip: {text}"))?);
        }
        for name in args.get(2).and_then(elements).unwrap_or_default() {
            let Value::Str(text) = &name else {
                let shown = shown(&name);
                return Err(format!(
                    "error processing alternate dns name: {shown} is not a string"
                ));
            };
            self.dns_names.push(text.as_bytes().to_vec());
        }
        Ok(self)
    }
}

fn shown(value: &Value) -> String {
    let shown = display(value).unwrap_or_default();
    String::from_utf8_lossy(&shown).into_owned()
}

/// Certificate and key from base64, checked.
fn build_custom(args: &[Value]) -> Outcome {
    let Ok(cert) = decode_base64(bytes(args, 0)?) else {
        return fail("unable to decode base64 certificate");
    };
    let Ok(key) = decode_base64(bytes(args, 1)?) else {
        return fail("unable to decode base64 private key");
    };
    let Some(block) = pem::decode(&cert) else {
        return fail("unable to decode certificate");
    };
    if Issuer::parse(&block.der).is_none() {
        return fail("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
    }
    if let Err(error) = Key::parse(&key) {
        return fail(format!("error parsing private key: {error}"));
    }
    Ok(Certificate::value(
        &String::from_utf8_lossy(&cert),
        &String::from_utf8_lossy(&key),
    ))
}
