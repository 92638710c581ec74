//! Content that is not what it should be: nothing of it is used or kept.

use cluster_stack::Digest;
use cso_source::{Error, Limits, Source};
use cso_testing::registry::{Fault, Registry};
use serde_json::{Value, json};

use crate::{REPOSITORY, Shelf, files, limited, source, stocked, tag};

/// What pulling comes to, after checking that nothing was kept.
async fn refused(source: &Source) -> Error {
    let shelf = Shelf::new();
    let error = shelf.store.pull(source, &tag(), None).await.unwrap_err();
    assert_eq!(shelf.entries(), 0, "{error}");
    error
}

#[tokio::test]
async fn damaged_content_is_refused_and_not_cached() {
    for (fault, category) in [
        (Fault::CorruptBlobs, "DigestMismatch"),
        (Fault::TruncateBlobs(2), "Unreachable"),
        (Fault::WrongManifestDigest, "Malformed"),
    ] {
        let (registry, digest) = stocked().await;
        registry.inject(fault.clone());
        let source = source(&registry.host());
        let error = refused(&source).await;
        assert_eq!(error.category(), category, "{fault:?}: {error}");
        registry.heal();
        let bundle = Shelf::new().store.pull(&source, &tag(), None).await;
        assert_eq!(bundle.unwrap().digest(), &digest, "{fault:?}");
    }
}

#[tokio::test]
async fn more_than_a_release_can_need_is_refused() {
    let usual = Limits::default();
    for limits in [
        Limits {
            manifest_bytes: 100,
            ..usual
        },
        Limits {
            file_bytes: 3,
            ..usual
        },
        Limits {
            release_bytes: 20,
            ..usual
        },
        Limits { files: 3, ..usual },
    ] {
        let (registry, _) = stocked().await;
        let error = refused(&limited(&registry.host(), limits)).await;
        assert_eq!(error.category(), "TooLarge", "{limits:?}: {error}");
        let requests = registry.requests();
        assert!(
            !requests
                .iter()
                .any(|r| r.starts_with("GET") && r.contains("/blobs/")),
            "{limits:?}: known before anything is downloaded"
        );
    }
}

/// A registry with a manifest of these layers; each layer is title, content and announced size.
async fn with_layers(layers: &[(&str, &str, usize)]) -> Registry {
    let registry = Registry::start().await.unwrap();
    let layers: Vec<Value> = layers
        .iter()
        .map(|(title, content, size)| {
            let digest = registry.add_blob(REPOSITORY, content.as_bytes().to_vec());
            json!({"mediaType": "x", "digest": digest, "size": size,
                "annotations": {"org.opencontainers.image.title": title}})
        })
        .collect();
    let config = json!({"mediaType": "x", "digest": Digest::of(b"{}").to_string(), "size": 2});
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string();
    registry.add_manifest(REPOSITORY, &tag().dash(), "x", manifest);
    registry
}

#[tokio::test]
async fn u6_titles_that_are_no_file_names_are_refused() {
    for title in [
        "../x",
        "a/b",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\\b",
        "C:x",
        "a\u{0}b",
    ] {
        let registry = with_layers(&[("metadata.yaml", "m", 1), (title, "x", 1)]).await;
        let error = refused(&source(&registry.host())).await;
        assert_eq!(error.category(), "Malformed", "{title:?}: {error}");
        assert!(error.to_string().contains("plain file name"), "{error}");
    }
    let registry = with_layers(&[("a", "m", 1), ("a", "x", 1)]).await;
    let error = refused(&source(&registry.host())).await;
    assert!(
        error.to_string().contains("two files are called \"a\""),
        "{error}"
    );
}

#[tokio::test]
async fn announced_sizes_are_held() {
    for (content, announced, category) in [
        ("longer than announced", 3, "TooLarge"),
        ("short", 100, "DigestMismatch"),
    ] {
        let registry = with_layers(&[("a", content, announced)]).await;
        let error = refused(&source(&registry.host())).await;
        assert_eq!(error.category(), category, "{error}");
    }
}

#[tokio::test]
async fn what_is_no_manifest_is_refused() {
    let deep = format!("{{\"layers\":{}", "[".repeat(100_000));
    for body in ["", "[]", "<html>", r#"{"manifests":[]}"#, &deep] {
        let registry = Registry::start().await.unwrap();
        registry.add_manifest(REPOSITORY, &tag().dash(), "x", body.to_owned());
        let category = refused(&source(&registry.host())).await.category();
        assert!(
            matches!(category, "Malformed" | "InvalidRelease"),
            "{body:.20}: {category}"
        );
    }
}

#[tokio::test]
async fn the_first_answer_counts_when_a_tag_moves_while_it_is_pulled() {
    let (registry, digest) = stocked().await;
    let other = registry.add_manifest(REPOSITORY, "other", "x", "{}");
    registry.inject(Fault::MoveTag {
        tag: tag().dash(),
        digest: other,
    });
    let bundle = Shelf::new()
        .store
        .pull(&source(&registry.host()), &tag(), None)
        .await;
    assert_eq!(bundle.unwrap().digest(), &digest);
}

#[tokio::test]
async fn a_moved_tag_is_reported_and_pinned_content_outlives_it() {
    let (registry, pinned) = stocked().await;
    let source = source(&registry.host());
    registry.remove_tag(REPOSITORY, &tag().dash());
    let missing = source.resolve(&tag()).await.unwrap_err();
    assert_eq!(missing.category(), "NotFound");
    let pushed = source.push(&tag(), &files("b"), [].into()).await.unwrap();
    let cso_source::Pushed::Created(found) = pushed else {
        panic!("the tag was removed")
    };
    let pin = pinned.clone().into();
    let pull = async || Shelf::new().store.pull(&source, &tag(), Some(&pin)).await;
    assert_eq!(
        pull().await.unwrap().files(),
        &files("a"),
        "by digest it is still there"
    );

    let url = format!(
        "http://{}/v2/{REPOSITORY}/manifests/{pinned}",
        registry.host()
    );
    reqwest::Client::new().delete(url).send().await.unwrap();
    let error = pull().await.unwrap_err();
    assert_eq!(error.category(), "TagMoved");
    for digest in [&pinned, &found] {
        assert!(error.to_string().contains(digest.as_str()), "{error}");
    }
}

#[tokio::test]
async fn both_spellings_of_a_tag_are_found() {
    let registry = Registry::start().await.unwrap();
    let tag = "docker-tiny-1-30-v0-sha-abc1234"
        .parse::<cluster_stack::ReleaseTag>()
        .unwrap();
    let digest = registry.add_manifest(REPOSITORY, "docker-tiny-1-30-v0-sha.abc1234", "x", "{}");
    let source = source(&registry.host());
    assert_eq!(source.resolve(&tag).await.unwrap().to_string(), digest);
    assert_eq!(source.list_tags().await.unwrap().releases, [tag].into());
}
