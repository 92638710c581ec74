//! Servers that refuse, fail, or are not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use cso_source::{Error, Retry};
use cso_testing::registry::Fault;

use crate::{Shelf, serve, source, stocked, tag};

fn status(path: &str, code: u16, times: u32) -> Fault {
    Fault::Status {
        path: path.to_owned(),
        code,
        times,
    }
}

#[tokio::test]
async fn each_status_has_its_name_and_its_number_of_attempts() {
    for (code, category, attempts) in [
        (403, "Forbidden", 1),
        (404, "NotFound", 1),
        (418, "ServerError", 1),
        (429, "RateLimited", 3),
        (500, "ServerError", 3),
        (503, "ServerError", 3),
    ] {
        let (registry, _) = stocked().await;
        registry.inject(status("/tags/", code, 99));
        let before = registry.requests().len();
        let error = source(&registry.host()).list_tags().await.unwrap_err();
        assert_eq!(error.category(), category, "{code}: {error}");
        assert_eq!(registry.requests().len() - before, attempts, "{code}");
        assert!(error.to_string().contains("kaas/stacks"), "{error}");
    }
}

#[tokio::test]
async fn passing_faults_are_outlived() {
    let (registry, digest) = stocked().await;
    registry.inject(status("/tags/", 429, 1));
    registry.inject(status("/manifests/", 500, 2));
    registry.inject(status("/blobs/", 503, 2));
    let source = source(&registry.host());
    assert_eq!(source.list_tags().await.unwrap().releases.len(), 1);
    let bundle = Shelf::new().store.pull(&source, &tag(), None).await;
    assert_eq!(bundle.unwrap().digest(), &digest);
}

#[tokio::test]
async fn u11_a_download_that_fails_or_is_given_up_holds_up_none_after_it() {
    let (registry, digest) = stocked().await;
    let (source, shelf, tag) = (source(&registry.host()), Shelf::new(), tag());
    let pin = digest.clone().into();
    registry.inject(status("/manifests/", 403, 1));
    let refused = shelf.store.pull(&source, &tag, Some(&pin)).await;
    assert_eq!(refused.unwrap_err().category(), "Forbidden");
    let given_up = shelf.store.pull(&source, &tag, Some(&pin));
    let given_up = tokio::time::timeout(Duration::ZERO, given_up).await;
    assert!(given_up.is_err(), "it was begun and dropped");
    let bundle = shelf.store.pull(&source, &tag, Some(&pin)).await;
    assert_eq!(bundle.unwrap().digest(), &digest);
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let router = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")]) }
    });
    let error = source(&serve(router).await).list_tags().await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(Duration::from_mins(10)));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_named() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = source(&host).list_tags().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&host) && std::error::Error::source(&error).is_some());
}
