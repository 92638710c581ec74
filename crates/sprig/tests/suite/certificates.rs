//! Keys and certificates: what is in them, that they fit together, and that a record gives them again.

use std::collections::BTreeMap;

use crate::expression::Execution;
use gotemplate::{Function, Value};
use sprig::{Ambient, Record};

const NOW: &str = "2024-02-03T04:05:06Z";

/// An Ed25519 key that everybody may know.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----
";

fn seeded() -> Execution {
    Execution {
        ambient: Ambient::seeded(NOW.parse().expect("a valid time"), [9; 32]),
        ..Execution::new()
    }
}

fn call(execution: &mut Execution, name: &str, args: &[Value]) -> Result<Value, String> {
    let functions: BTreeMap<&str, &Function> =
        sprig::functions().iter().map(|f| (f.name, f)).collect();
    (functions[name].body)(execution, args).map_err(|error| error.message)
}

fn made(name: &str, args: &[Value]) -> Value {
    call(&mut seeded(), name, args).expect(name)
}

fn field(certificate: &Value, name: &str) -> String {
    match certificate {
        Value::Object(object) => match object.field(name) {
            Some(Value::Str(s)) => s.to_str_lossy().into_owned(),
            other => panic!("{name}: {other:?}"),
        },
        other => panic!("no certificate: {other:?}"),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .expect("a string")
        .to_str_lossy()
        .into_owned()
}

fn strings(items: &[&str]) -> Value {
    let items: Vec<Value> = items.iter().map(|s| Value::from(*s)).collect();
    Value::List(items.into())
}

fn hosts() -> [Value; 2] {
    [
        strings(&["10.0.0.1", "2001:db8::1"]),
        strings(&["a.example", "*.b.example"]),
    ]
}

/// Everything a certificate says is fixed here: key, clock and serial number.
fn fixed_authority() -> Value {
    made(
        "genCAWithKey",
        &["my ca".into(), Value::Int(36_500), KEY.into()],
    )
}

fn fixed_leaf(authority: &Value) -> Value {
    let [ips, names] = hosts();
    let args = [
        "leaf_1".into(),
        ips,
        names,
        Value::Int(30),
        authority.clone(),
        KEY.into(),
    ];
    made("genSignedCertWithKey", &args)
}

/// The digests are those of what Go 1.26's `x509.CreateCertificate` makes of the same names, times, serial numbers and key.
#[test]
fn certificates_are_byte_for_byte_those_of_go() {
    let digest =
        |certificate: &Value| text(&made("sha256sum", &[field(certificate, "Cert").into()]));
    let authority = fixed_authority();
    let leaf = fixed_leaf(&authority);
    let [ips, names] = hosts();
    let nameless = made(
        "genSelfSignedCertWithKey",
        &["".into(), ips, names, Value::Int(1), KEY.into()],
    );
    assert_eq!(
        digest(&authority),
        "1d207677cdd78007ac8452e3475304c28e387a66daaa41b41e3c17f7e12fdb35"
    );
    assert_eq!(
        digest(&leaf),
        "ddfccdb6ef6249dea2476b4ebbad343e4fdc6af0d019fb895d9892eac9b54862"
    );
    assert_eq!(
        digest(&nameless),
        "55532bbb32cd7d9c61e19f49214bd66f5a253f15be386b7c24a29e131681fac5"
    );
    assert_eq!(field(&leaf, "Key"), KEY);
}

#[test]
fn every_kind_of_key_signs_and_is_written_as_go_writes_it() {
    for (kind, header) in [
        ("rsa", "-----BEGIN RSA PRIVATE KEY-----"),
        ("ecdsa", "-----BEGIN EC PRIVATE KEY-----"),
        ("ed25519", "-----BEGIN PRIVATE KEY-----"),
    ] {
        let key = made("genPrivateKey", &[kind.into()]);
        assert!(text(&key).starts_with(header), "{kind}");
        let made = made("genCAWithKey", &["ca".into(), Value::Int(1), key.clone()]);
        assert_eq!(field(&made, "Key"), text(&key), "{kind}");
    }
}

#[test]
fn a_dsa_key_signs_no_certificate() {
    const KEY: &str = "-----BEGIN DSA PRIVATE KEY-----\nMBICAQACAQMCAQMCAQMCAQMCAQM=\n-----END DSA PRIVATE KEY-----\n";
    let args = ["ca".into(), Value::Int(1), KEY.into()];
    let error = call(&mut seeded(), "genCAWithKey", &args).expect_err("nothing to sign with");
    assert_eq!(
        error,
        "error creating certificate: x509: certificate private key does not implement crypto.Signer"
    );
}

#[test]
fn a_key_that_is_not_the_authoritys_signs_nothing() {
    let authority = fixed_authority();
    let other = made("genPrivateKey", &["ed25519".into()]);
    let b64 = |text: Value| made("b64enc", &[text]);
    let mixed = made(
        "buildCustomCert",
        &[b64(field(&authority, "Cert").into()), b64(other)],
    );
    let [ips, names] = hosts();
    let args = ["x".into(), ips, names, Value::Int(1), mixed, KEY.into()];
    let error = call(&mut seeded(), "genSignedCertWithKey", &args).expect_err("keys differ");
    assert_eq!(
        error,
        "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
    );
}

#[test]
fn replaying_gives_the_same_keys_and_certificates() {
    let render = |ambient: Ambient| -> (Vec<String>, Record) {
        let mut execution = Execution {
            ambient,
            ..Execution::new()
        };
        let [ips, names] = hosts();
        let authority =
            call(&mut execution, "genCA", &["ca".into(), Value::Int(365)]).expect("a CA");
        let args = [
            "leaf".into(),
            ips,
            names,
            Value::Int(365),
            authority.clone(),
        ];
        let leaf = call(&mut execution, "genSignedCert", &args).expect("a certificate");
        let mut texts = Vec::new();
        for certificate in [&authority, &leaf] {
            texts.extend([field(certificate, "Cert"), field(certificate, "Key")]);
        }
        for (name, args) in [
            ("bcrypt", ["password"].as_slice()),
            ("htpasswd", &["user", "password"]),
            ("encryptAES", &["key", "plain"]),
            ("genPrivateKey", &["ecdsa"]),
        ] {
            let args: Vec<Value> = args.iter().map(|a| Value::from(*a)).collect();
            texts.push(text(&call(&mut execution, name, &args).expect(name)));
        }
        (texts, execution.ambient.record().clone())
    };
    let ambient = || Ambient::new(NOW.parse().expect("a valid time")).expect("randomness");
    let (first, record) = render(ambient());
    let stored = Record::from_data(&record.to_data()).expect("the document is a record");
    let (second, _) = render(ambient().replaying(stored));
    assert_eq!(first, second);
    assert!(first[4].starts_with("$2a$10$"), "{}", first[4]);
    assert!(first[5].starts_with("user:$2a$10$"), "{}", first[5]);
    assert_ne!(first, render(ambient()).0, "without the record all is new");
}

#[test]
fn a_dsa_key_has_the_numbers_it_needs() {
    let pem = text(&made("genPrivateKey", &["dsa".into()]));
    assert!(
        pem.starts_with("-----BEGIN DSA PRIVATE KEY-----\nMII"),
        "{pem}"
    );
}
