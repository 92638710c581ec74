//! Decides which kubeconfig of a workload cluster is trusted: plain data only. Whoever may write the Secret must not
//! make the operator start a program, read a file of its own, or talk to a server it cannot authenticate.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::documents::json;

/// No kubeconfig of one cluster is larger.
const LIMIT: usize = 1 << 20;

/// How to reach a workload cluster. `Debug` shows no credential.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkloadAccess {
    /// URL of the API server; `https`.
    pub server: String,
    /// PEM certificates that sign the server's; `None` = the public ones.
    pub certificate_authority: Option<Vec<u8>>,
    /// Name the server's certificate must have, if not that of the URL.
    pub tls_server_name: Option<String>,
    /// URL of the proxy the kubeconfig names; `None` = what the operator's environment says.
    pub proxy: Option<String>,
    /// Client certificate.
    pub identity: Option<Identity>,
    /// Bearer token.
    pub token: Option<String>,
}

/// A client certificate with its key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, maybe with those that sign it.
    pub certificate: Vec<u8>,
    /// Its private key.
    pub key: Vec<u8>,
}

impl fmt::Debug for WorkloadAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadAccess")
            .field("server", &self.server)
            .field("tls_server_name", &self.tls_server_name)
            .field("identity", &self.identity.is_some())
            .field("token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Why a kubeconfig is not used. Names fields, never what is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// Far larger than any real one.
    #[error("the kubeconfig is larger than 1 MiB")]
    TooLarge,
    /// No YAML, or no mapping.
    #[error("the kubeconfig is no YAML mapping")]
    Malformed,
    /// Something that must be there is not.
    #[error("the kubeconfig has no {0}")]
    Missing(String),
    /// A name that two entries have.
    #[error("the kubeconfig has two {list} named \"{name}\": remove one")]
    Twice {
        /// The list.
        list: &'static str,
        /// The name.
        name: String,
    },
    /// A field that is not what it must be.
    #[error("{field} of the kubeconfig is not {expected}")]
    Field {
        /// Path of the field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A field that is not allowed.
    #[error("{field} of the kubeconfig is refused: {why}")]
    Refused {
        /// Path of the field.
        field: String,
        /// Why, and what to do instead.
        why: &'static str,
    },
}

const FILE: &str = "the operator reads no files of its own; put the content into the -data field";
const PROGRAM: &str = "the operator starts no programs; use a client certificate or a token";
const INSECURE: &str = "the server could not be told from another; set certificate-authority-data";
const PASSWORD: &str =
    "API servers accept no passwords any more; use a client certificate or a token";
const PERSON: &str = "the operator acts for nobody else; give it a credential of its own";

/// Fields of a user that are refused, and why.
const REFUSED_OF_USER: &[(&str, &str)] = &[
    ("exec", PROGRAM),
    ("auth-provider", PROGRAM),
    ("client-certificate", FILE),
    ("client-key", FILE),
    ("tokenFile", FILE),
    ("username", PASSWORD),
    ("password", PASSWORD),
    ("as", PERSON),
    ("as-uid", PERSON),
    ("as-groups", PERSON),
    ("as-user-extra", PERSON),
];

/// Reads the kubeconfig of a workload cluster: its current context, or the only one it has.
///
/// # Errors
/// It cannot be read, is incomplete, or asks for more than data: programs, files, no verification.
pub fn workload_access(kubeconfig: &[u8]) -> Result<WorkloadAccess, KubeconfigError> {
    if kubeconfig.len() > LIMIT {
        return Err(KubeconfigError::TooLarge);
    }
    let config = goyaml::from_slice(kubeconfig)
        .map(json)
        .map_err(|_| KubeconfigError::Malformed)?;
    if !config.is_object() {
        return Err(KubeconfigError::Malformed);
    }
    let context = current_context(&config)?;
    let name = |field: &str| {
        text(context, field)
            .ok_or_else(|| KubeconfigError::Missing(format!("{field} in its current context")))
    };
    let cluster = entry(&config, "clusters", "cluster", name("cluster")?)?;
    let user = entry(&config, "users", "user", name("user")?)?;
    check_cluster(cluster)?;
    check_user(user)?;
    let access = WorkloadAccess {
        server: server(cluster)?,
        certificate_authority: pem(
            cluster,
            "cluster",
            "certificate-authority-data",
            CERTIFICATE,
        )?,
        tls_server_name: text(cluster, "tls-server-name").map(str::to_owned),
        proxy: proxy(cluster)?,
        identity: identity(user)?,
        token: token(user)?,
    };
    if access.identity.is_none() && access.token.is_none() {
        return Err(KubeconfigError::Missing(
            "credential: client-certificate-data with client-key-data, or token".to_owned(),
        ));
    }
    Ok(access)
}

fn current_context(config: &Value) -> Result<&Value, KubeconfigError> {
    if let Some(current) = text(config, "current-context") {
        return entry(config, "contexts", "context", current);
    }
    let contexts = config.get("contexts").and_then(Value::as_array);
    match contexts.map(Vec::as_slice) {
        Some([only]) => only
            .get("context")
            .ok_or_else(|| KubeconfigError::Missing("context in its only context".to_owned())),
        _ => Err(KubeconfigError::Missing("current-context".to_owned())),
    }
}

/// The entry of that name in a list of named entries.
fn entry<'a>(
    config: &'a Value,
    list: &'static str,
    field: &str,
    name: &str,
) -> Result<&'a Value, KubeconfigError> {
    let entries = config.get(list).and_then(Value::as_array);
    let mut found = entries
        .into_iter()
        .flatten()
        .filter(|entry| text(entry, "name") == Some(name));
    let missing = || KubeconfigError::Missing(format!("entry \"{name}\" in {list}"));
    let first = found.next().ok_or_else(missing)?;
    if found.next().is_some() {
        let name = name.to_owned();
        return Err(KubeconfigError::Twice { list, name });
    }
    first.get(field).ok_or_else(missing)
}

fn check_cluster(cluster: &Value) -> Result<(), KubeconfigError> {
    if is_set(cluster, "certificate-authority") {
        return Err(refused("cluster", "certificate-authority", FILE));
    }
    match cluster.get("insecure-skip-tls-verify") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(()),
        Some(_) => Err(refused("cluster", "insecure-skip-tls-verify", INSECURE)),
    }
}

fn check_user(user: &Value) -> Result<(), KubeconfigError> {
    match REFUSED_OF_USER
        .iter()
        .find(|(field, _)| is_set(user, field))
    {
        Some((field, why)) => Err(refused("user", field, why)),
        None => Ok(()),
    }
}

fn server(cluster: &Value) -> Result<String, KubeconfigError> {
    let server = text(cluster, "server")
        .ok_or_else(|| KubeconfigError::Missing("server in its cluster".to_owned()))?;
    let Some(rest) = server.strip_prefix("https://") else {
        return Err(refused(
            "cluster",
            "server",
            "only https is spoken, as credentials are sent",
        ));
    };
    is_plain_address(rest)
        .then(|| server.to_owned())
        .ok_or_else(|| KubeconfigError::Field {
            field: "cluster.server".to_owned(),
            expected: "a plain URL, such as https://10.0.0.1:6443",
        })
}

fn proxy(cluster: &Value) -> Result<Option<String>, KubeconfigError> {
    let Some(proxy) = text(cluster, "proxy-url") else {
        return Ok(None);
    };
    let Some(rest) = proxy.strip_prefix("http://") else {
        return Err(refused(
            "cluster",
            "proxy-url",
            "only HTTP proxies are spoken to (the connection through them is encrypted); write http://",
        ));
    };
    // A proxy may want a password before its address.
    let address = rest.rsplit_once('@').map_or(rest, |(_, address)| address);
    is_plain_address(address)
        .then(|| Some(proxy.to_owned()))
        .ok_or_else(|| KubeconfigError::Field {
            field: "cluster.proxy-url".to_owned(),
            expected: "a plain URL, such as http://proxy.example:3128",
        })
}

/// A host with or without port and path; no user, query, fragment, space or control character.
fn is_plain_address(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    !host.is_empty()
        && rest
            .bytes()
            .all(|c| c.is_ascii_graphic() && !b"@?#\\".contains(&c))
}

fn identity(user: &Value) -> Result<Option<Identity>, KubeconfigError> {
    let certificate = pem(user, "user", "client-certificate-data", CERTIFICATE)?;
    let key = pem(user, "user", "client-key-data", KEY)?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(KubeconfigError::Missing(
            "client-key-data beside client-certificate-data".to_owned(),
        )),
        (None, Some(_)) => Err(KubeconfigError::Missing(
            "client-certificate-data beside client-key-data".to_owned(),
        )),
    }
}

fn token(user: &Value) -> Result<Option<String>, KubeconfigError> {
    match text(user, "token") {
        Some(token) if token.bytes().all(|c| c.is_ascii_graphic()) => Ok(Some(token.to_owned())),
        Some(_) => Err(KubeconfigError::Field {
            field: "user.token".to_owned(),
            expected: "a token: it has spaces or control characters",
        }),
        None => Ok(None),
    }
}

const CERTIFICATE: (&str, &str) = ("-----BEGIN CERTIFICATE-----", "a PEM certificate in base64");
const KEY: (&str, &str) = ("PRIVATE KEY-----", "a PEM private key in base64");

/// A field with PEM in base64, recognised by its mark.
fn pem(
    value: &Value,
    of: &str,
    field: &str,
    (mark, expected): (&str, &'static str),
) -> Result<Option<Vec<u8>>, KubeconfigError> {
    let Some(encoded) = text(value, field) else {
        return Ok(None);
    };
    let compact: String = encoded.split_ascii_whitespace().collect();
    let decoded = STANDARD.decode(compact).unwrap_or_default();
    if String::from_utf8_lossy(&decoded).contains(mark) {
        return Ok(Some(decoded));
    }
    Err(KubeconfigError::Field {
        field: format!("{of}.{field}"),
        expected,
    })
}

fn refused(of: &str, field: &str, why: &'static str) -> KubeconfigError {
    KubeconfigError::Refused {
        field: format!("{of}.{field}"),
        why,
    }
}

/// Whether a field says anything at all.
fn is_set(value: &Value, field: &str) -> bool {
    match value.get(field) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
