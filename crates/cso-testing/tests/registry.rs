//! The in-process registry and the real one answer the same plain HTTP requests alike.

#![expect(
    clippy::unwrap_used,
    reason = "a failed step is a failed test; helpers are not test functions"
)]

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;

use cso_testing::registry::{Access, Fault};
use cso_testing::{Options, Registry, TestBed};
use sha2::{Digest, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Status line, headers and body of one request, on its own connection.
fn http(
    host: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Pushes a blob in two requests and a manifest, pulls both, and asks for what is not there.
fn push_and_pull(host: &str) {
    let blob = b"some bytes";
    let (status, head, _) = http(host, "POST", "/v2/a/b/blobs/uploads/", "", b"");
    assert_eq!(status, 202, "{head}");
    let location = header(&head, "location").unwrap();
    let location = location
        .strip_prefix(&format!("http://{host}"))
        .unwrap_or(location);
    let separator = if location.contains('?') { '&' } else { '?' };
    let octets = "Content-Type: application/octet-stream\r\n";
    let (status, head, body) = http(
        host,
        "PUT",
        &format!("{location}{separator}digest={}", digest(blob)),
        octets,
        blob,
    );
    assert_eq!(status, 201, "{head} {}", String::from_utf8_lossy(&body));

    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(blob), "size": blob.len()},
        "layers": [],
    })
    .to_string();
    let (status, head, body) = http(
        host,
        "PUT",
        "/v2/a/b/manifests/v1",
        &format!("Content-Type: {MANIFEST}\r\n"),
        manifest.as_bytes(),
    );
    assert_eq!(status, 201, "{head} {}", String::from_utf8_lossy(&body));

    let accept = format!("Accept: {MANIFEST}\r\n");
    for method in ["GET", "HEAD"] {
        let (status, head, body) = http(host, method, "/v2/a/b/manifests/v1", &accept, b"");
        assert_eq!(
            (status, header(&head, "docker-content-digest")),
            (200, Some(&*digest(manifest.as_bytes())))
        );
        assert_eq!(header(&head, "content-type"), Some(MANIFEST));
        assert_eq!(
            body,
            if method == "GET" {
                manifest.as_bytes()
            } else {
                b""
            }
        );
    }
    let (status, _, body) = http(
        host,
        "GET",
        &format!("/v2/a/b/blobs/{}", digest(blob)),
        "",
        b"",
    );
    assert_eq!((status, &body[..]), (200, &blob[..]));

    for (path, code) in [
        ("/v2/a/b/manifests/v9".to_owned(), "MANIFEST_UNKNOWN"),
        (format!("/v2/a/b/blobs/{}", digest(b"x")), "BLOB_UNKNOWN"),
        ("/v2/no/such/tags/list".to_owned(), "NAME_UNKNOWN"),
    ] {
        let (status, _, body) = http(host, "GET", &path, &accept, b"");
        assert!(
            status == 404 && String::from_utf8_lossy(&body).contains(code),
            "{path}: {status}"
        );
    }
    let (status, _, body) = http(host, "GET", "/v2/a/b/tags/list", "", b"");
    assert_eq!(
        (
            status,
            serde_json::from_slice::<serde_json::Value>(&body).unwrap()["tags"][0].as_str()
        ),
        (200, Some("v1"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_registries_push_and_pull_alike() {
    let in_process = Registry::start().await.unwrap();
    push_and_pull(&in_process.host());
    let bed = TestBed::start(Options::default()).await.unwrap();
    push_and_pull(&bed.registry());
}

#[tokio::test(flavor = "multi_thread")]
async fn tag_lists_come_in_linked_pages_and_may_loop() {
    let registry = Registry::start().await.unwrap();
    for tag in ["a", "b", "c"] {
        registry.add_manifest("r", tag, MANIFEST, "{}");
    }
    let (_, head, body) = http(&registry.host(), "GET", "/v2/r/tags/list?n=2", "", b"");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"name":"r","tags":["a","b"]}"#
    );
    assert_eq!(
        header(&head, "link"),
        Some("</v2/r/tags/list?last=b&n=2>; rel=\"next\"")
    );
    let (_, head, body) = http(
        &registry.host(),
        "GET",
        "/v2/r/tags/list?last=b&n=2",
        "",
        b"",
    );
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"name":"r","tags":["c"]}"#
    );
    assert_eq!(header(&head, "link"), None);

    registry.inject(Fault::TagLoop);
    let (_, head, _) = http(
        &registry.host(),
        "GET",
        "/v2/r/tags/list?last=b&n=2",
        "",
        b"",
    );
    assert_eq!(
        header(&head, "link"),
        Some("</v2/r/tags/list?last=b&n=2>; rel=\"next\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_asked_for_by_the_usual_challenges() {
    let (username, password) = ("user".to_owned(), "secret".to_owned());
    let user = "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";

    let basic = Registry::start_with(Access::Basic {
        username: username.clone(),
        password: password.clone(),
    })
    .await
    .unwrap();
    let (status, head, _) = http(&basic.host(), "GET", "/v2/", "", b"");
    assert!(
        status == 401
            && header(&head, "www-authenticate")
                .unwrap()
                .starts_with("Basic "),
        "{head}"
    );
    assert_eq!(http(&basic.host(), "GET", "/v2/", user, b"").0, 200);

    let bearer = Registry::start_with(Access::Bearer { username, password })
        .await
        .unwrap();
    let (status, head, _) = http(&bearer.host(), "GET", "/v2/a/b/tags/list", "", b"");
    assert!(
        status == 401 && head.contains("scope=\"repository:a/b:pull,push\""),
        "{head}"
    );
    assert_eq!(http(&bearer.host(), "GET", "/token", "", b"").0, 401);
    let (_, _, body) = http(&bearer.host(), "GET", "/token", user, b"");
    let token = serde_json::from_slice::<serde_json::Value>(&body).unwrap()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        http(
            &bearer.host(),
            "GET",
            "/v2/",
            &format!("Authorization: Bearer {token}\r\n"),
            b""
        )
        .0,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_act_until_they_are_used_up_or_healed() {
    let registry = Registry::start().await.unwrap();
    let host = registry.host();
    let digest = registry.add_blob("r", "0123456789");
    let path = format!("/v2/r/blobs/{digest}");
    let get = || http(&host, "GET", &path, "", b"");

    registry.inject(Fault::Status {
        path: "/blobs/".to_owned(),
        code: 429,
        times: 1,
    });
    let (status, head, _) = get();
    assert_eq!((status, header(&head, "retry-after")), (429, Some("1")));
    assert_eq!(get().2, b"0123456789");

    registry.inject(Fault::TruncateBlobs(4));
    let (_, head, body) = get();
    assert_eq!(
        (header(&head, "content-length"), &body[..]),
        (Some("10"), &b"0123"[..])
    );
    registry.heal();

    registry.inject(Fault::CorruptBlobs);
    let body = get().2;
    assert!(body.len() == 10 && body != b"0123456789");
    registry.heal();

    registry.inject(Fault::RedirectBlobs("http://127.0.0.1:1/".to_owned()));
    let (status, head, _) = get();
    assert_eq!(
        (status, header(&head, "location")),
        (307, Some(&*format!("http://127.0.0.1:1{path}")))
    );
    registry.heal();

    let old = registry.add_manifest("r", "t", MANIFEST, "{}");
    let new = registry.add_manifest("r", "other", MANIFEST, "{ }");
    registry.inject(Fault::MoveTag {
        tag: "t".to_owned(),
        digest: new.clone(),
    });
    for (method, expected) in [("HEAD", old), ("GET", new)] {
        let (_, head, _) = http(&host, method, "/v2/r/manifests/t", "", b"");
        assert_eq!(header(&head, "docker-content-digest"), Some(&*expected));
    }
}
