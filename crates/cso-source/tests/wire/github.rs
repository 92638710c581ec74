//! Releases of a GitHub repository, from a stub of its API.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use cluster_stack::{Digest, Files};
use cso_source::{Access, Credentials, GithubRepository, Secret, Source, SourceSpec};
use serde_json::{Value, json};

use crate::{Shelf, files, serve, tag};

type Seen = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A repository with one release that is ours, 150 others and a draft; assets live on another host.
struct Stub {
    files: Files,
    storage: String,
    with_digests: bool,
    seen: Seen,
}

impl Stub {
    fn answer(&self, uri: &Uri, headers: &HeaderMap) -> Response {
        see(&self.seen, uri, headers);
        let path = uri.path().strip_prefix("/repos/acme/stacks/");
        let query = uri.query().unwrap_or_default();
        match path
            .unwrap_or_default()
            .split_once('/')
            .unwrap_or(("releases", ""))
        {
            ("releases", "") if path.is_some() => axum::Json(releases(query)).into_response(),
            ("releases", rest) => match rest.split_once('/') {
                Some(("tags", name)) if name == tag().dash() => {
                    axum::Json(self.release()).into_response()
                }
                Some(("assets", id)) => {
                    let location = format!("http://{}/{id}", self.storage);
                    (StatusCode::FOUND, [("location", location)]).into_response()
                }
                _ => StatusCode::NOT_FOUND.into_response(),
            },
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn release(&self) -> Value {
        let assets = self.files.iter().enumerate().map(|(id, (name, bytes))| {
            let digest = self.with_digests.then(|| Digest::of(bytes).to_string());
            json!({"id": id, "name": name, "size": bytes.len(), "digest": digest})
        });
        json!({"tag_name": tag().dash(), "assets": assets.collect::<Vec<_>>()})
    }
}

fn see(seen: &Seen, uri: &Uri, headers: &HeaderMap) {
    let header = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let entry = (uri.path().to_owned(), header.map(str::to_owned));
    seen.lock().unwrap().push(entry);
}

fn releases(query: &str) -> Value {
    let mut all = vec![
        json!({"tag_name": tag().dash(), "assets": []}),
        json!({"tag_name": "docker-tiny-1-30-v9", "draft": true}),
    ];
    all.extend((0..150).map(|i| json!({"tag_name": format!("v0.{i}")})));
    let page: usize = query
        .rsplit('=')
        .next()
        .unwrap_or_default()
        .parse()
        .unwrap();
    all.chunks(100).nth(page - 1).unwrap_or_default().into()
}

/// Starts API and storage; `stored` is what the storage makes of the files.
async fn start(with_digests: bool, stored: fn(&[u8]) -> Vec<u8>) -> (Source, Seen, Seen) {
    let (api_seen, storage_seen) = (Seen::default(), Seen::default());
    let contents: Vec<Vec<u8>> = files("a").values().map(|bytes| stored(bytes)).collect();
    let log = Arc::clone(&storage_seen);
    let storage = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
        see(&log, &uri, &headers);
        let id: usize = uri.path()[1..].parse().unwrap();
        let content = contents[id].clone();
        async move { content }
    });
    let stub = Arc::new(Stub {
        files: files("a"),
        storage: serve(storage).await,
        with_digests,
        seen: Arc::clone(&api_seen),
    });
    let api = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
        let answer = stub.answer(&uri, &headers);
        async move { answer }
    });
    let mut place = GithubRepository::new("acme", "stacks");
    place.api = format!("http://{}", serve(api).await);
    let access = Access {
        credentials: Credentials::Bearer(Secret::new("token-1")),
        ..Access::default()
    };
    let source = Source::new(SourceSpec::Github(place), access).unwrap();
    (source, api_seen, storage_seen)
}

#[tokio::test]
async fn u3_all_pages_of_releases_are_read_and_drafts_are_left_out() {
    let (source, seen, _) = start(true, <[u8]>::to_vec).await;
    let listed = source.list_tags().await.unwrap();
    assert_eq!((listed.releases, listed.foreign), ([tag()].into(), 150));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_release_has_one_digest_and_the_token_goes_to_the_api_only() {
    let mut digests = Vec::new();
    for with_digests in [true, false] {
        let (source, api, storage) = start(with_digests, <[u8]>::to_vec).await;
        let bundle = Shelf::new()
            .store
            .pull(&source, &tag(), None)
            .await
            .unwrap();
        assert_eq!(bundle.files(), &files("a"));
        digests.push(bundle.digest().clone());
        let sent = |seen: &Seen, value: Option<&str>| {
            let seen = seen.lock().unwrap();
            !seen.is_empty() && seen.iter().all(|(_, header)| header.as_deref() == value)
        };
        assert!(sent(&api, Some("Bearer token-1")) && sent(&storage, None));
    }
    assert_eq!(
        digests[0], digests[1],
        "whether GitHub states digests or not"
    );
}

#[tokio::test]
async fn assets_that_are_not_what_github_says_are_refused() {
    let flipped: fn(&[u8]) -> Vec<u8> = |bytes| bytes.iter().map(|byte| !byte).collect();
    for (stored, category) in [
        (flipped, "DigestMismatch"),
        (|bytes: &[u8]| bytes[1..].to_vec(), "DigestMismatch"),
        (|bytes: &[u8]| [bytes, b"more"].concat(), "TooLarge"),
    ] {
        let (source, ..) = start(true, stored).await;
        let shelf = Shelf::new();
        let error = shelf.store.pull(&source, &tag(), None).await.unwrap_err();
        assert_eq!(
            (error.category(), shelf.entries()),
            (category, 0),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_release_that_is_not_there_is_not_found() {
    let (source, ..) = start(true, <[u8]>::to_vec).await;
    let other = "docker-tiny-1-30-v2".parse().unwrap();
    let error = source.resolve(&other).await.unwrap_err();
    assert_eq!(error.category(), "NotFound", "{error}");
}
