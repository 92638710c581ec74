//! What a kubeconfig may say, and what is refused.

use serde_json::json;

use super::*;

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

fn config() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "w", "user": "admin"}}],
        "clusters": [{"name": "w", "cluster": {
            "server": "https://10.0.0.1:6443",
            "certificate-authority-data": encoded("-----BEGIN CERTIFICATE-----\nca\n"),
        }}],
        "users": [{"name": "admin", "user": {
            "client-certificate-data": encoded("-----BEGIN CERTIFICATE-----\nme\n"),
            "client-key-data": encoded("-----BEGIN RSA PRIVATE KEY-----\nhunter2\n"),
        }}],
    })
}

fn with(pointer: &str, field: &str, value: Value) -> Result<WorkloadAccess, KubeconfigError> {
    let mut config = config();
    config.pointer_mut(pointer).unwrap()[field] = value;
    workload_access(config.to_string().as_bytes())
}

fn user(field: &str, value: Value) -> Result<WorkloadAccess, KubeconfigError> {
    with("/users/0/user", field, value)
}

fn cluster(field: &str, value: Value) -> Result<WorkloadAccess, KubeconfigError> {
    with("/clusters/0/cluster", field, value)
}

#[test]
fn what_cluster_api_writes_is_read() {
    let access = cluster("tls-server-name", json!("kubernetes")).unwrap();
    assert_eq!(access.server, "https://10.0.0.1:6443");
    assert_eq!(access.tls_server_name.as_deref(), Some("kubernetes"));
    assert!(access.identity.is_some());
    assert_eq!(access.token, None);
    assert_eq!(access.proxy, None);
}

#[test]
fn a_kubeconfig_in_yaml_with_a_token_and_one_context_needs_no_current_context() {
    let text = "
contexts: [{name: x, context: {cluster: a, user: b}}]
clusters: [{name: a, cluster: {server: 'https://h', proxy-url: 'http://u:p@proxy:3128'}}]
users: [{name: b, user: {token: abc}}]
";
    let access = workload_access(text.as_bytes()).unwrap();
    assert_eq!(access.token.as_deref(), Some("abc"));
    assert_eq!(access.proxy.as_deref(), Some("http://u:p@proxy:3128"));
}

#[test]
fn programs_files_passwords_and_impersonation_are_refused() {
    for (field, value) in [
        ("exec", json!({"command": "sh"})),
        ("auth-provider", json!({"name": "gcp"})),
        ("client-certificate", json!("/etc/x")),
        ("client-key", json!("/etc/x")),
        (
            "tokenFile",
            json!("/var/run/secrets/kubernetes.io/serviceaccount/token"),
        ),
        ("username", json!("me")),
        ("as", json!("system:admin")),
        ("as-groups", json!(["system:masters"])),
    ] {
        let error = user(field, value).unwrap_err();
        assert!(
            matches!(&error, KubeconfigError::Refused { field: refused, .. } if *refused == format!("user.{field}")),
            "{error}"
        );
    }
    assert!(cluster("certificate-authority", json!("/etc/ca")).is_err());
    assert!(user("exec", Value::Null).is_ok());
}

#[test]
fn a_server_that_cannot_be_authenticated_is_refused() {
    assert!(cluster("insecure-skip-tls-verify", json!(true)).is_err());
    assert!(cluster("insecure-skip-tls-verify", json!("yes")).is_err());
    assert!(cluster("insecure-skip-tls-verify", json!(false)).is_ok());
    for server in [
        "http://h",
        "https://",
        "https://u:p@h",
        "https://h?x",
        "https://:6443",
        "h:6443",
        "https://h\n",
    ] {
        assert!(cluster("server", json!(server)).is_err(), "{server:?}");
    }
}

#[test]
fn a_proxy_must_be_one_that_is_spoken_to() {
    assert!(cluster("proxy-url", json!("socks5://h:1080")).is_err());
    assert!(cluster("proxy-url", json!("http://")).is_err());
}

#[test]
fn half_a_certificate_and_no_credential_are_told_apart() {
    let error = user("client-key-data", Value::Null)
        .unwrap_err()
        .to_string();
    assert!(error.contains("client-key-data beside"), "{error}");
    let mut config = config();
    config["users"][0]["user"] = json!({});
    let error = workload_access(config.to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("no credential"), "{error}");
}

#[test]
fn a_name_that_two_entries_have_is_refused() {
    let mut config = config();
    let again = config["users"][0].clone();
    config["users"].as_array_mut().unwrap().push(again);
    let error = workload_access(config.to_string().as_bytes()).unwrap_err();
    assert!(matches!(
        error,
        KubeconfigError::Twice { list: "users", .. }
    ));
}

#[test]
fn neither_an_error_nor_debug_shows_a_credential() {
    let error = user("client-key-data", json!(encoded("hunter2"))).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let access = user("token", json!("hunter2")).unwrap();
    assert!(!format!("{access:?} {:?}", access.identity).contains("hunter2"));
    assert!(user("token", json!("hunter2 \n")).is_err());
}

#[test]
fn garbage_is_no_kubeconfig() {
    for text in ["", "a: [", "- a", "3", "current-context: x", "contexts: {}"] {
        assert!(workload_access(text.as_bytes()).is_err(), "{text:?}");
    }
    assert_eq!(
        workload_access(&vec![b'a'; LIMIT + 1]),
        Err(KubeconfigError::TooLarge)
    );
}
