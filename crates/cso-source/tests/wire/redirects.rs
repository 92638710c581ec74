//! Where servers send us, and what goes along.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use cso_source::{Access, Credentials, Secret, Source};
use cso_testing::registry::{Access as Rule, Fault, Registry};

use crate::{Shelf, files, place, serve, source, stocked, tag};

#[tokio::test]
async fn blobs_may_live_elsewhere_and_credentials_stay_behind() {
    for rule in [
        Rule::Basic {
            username: "ann".into(),
            password: "right".into(),
        },
        Rule::Bearer {
            username: "ann".into(),
            password: "right".into(),
        },
    ] {
        let registry = Registry::start_with(rule).await.unwrap();
        let credentials = Credentials::Basic {
            username: "ann".into(),
            password: Secret::new("right"),
        };
        let access = Access {
            credentials,
            ..Access::default()
        };
        let source = Source::new(place(&registry.host()), access).unwrap();
        source
            .push(&tag(), &files("a"), BTreeMap::new())
            .await
            .unwrap();

        let blobs: BTreeMap<String, Arc<[u8]>> = files("a")
            .into_values()
            .map(|bytes| (cluster_stack::Digest::of(&bytes).to_string(), bytes))
            .collect();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let store = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
            log.lock()
                .unwrap()
                .push(headers.contains_key("authorization"));
            let digest = uri.path().rsplit('/').next().unwrap_or_default();
            let blob = blobs.get(digest).map(|blob| blob.to_vec());
            async move { blob.ok_or(StatusCode::NOT_FOUND) }
        });
        registry.inject(Fault::RedirectBlobs(format!(
            "http://{}",
            serve(store).await
        )));
        let bundle = Shelf::new()
            .store
            .pull(&source, &tag(), None)
            .await
            .unwrap();
        assert_eq!(bundle.files(), &files("a"));
        let seen = seen.lock().unwrap();
        assert!(seen.len() == 4 && !seen.contains(&true), "{seen:?}");
    }
}

#[tokio::test]
async fn redirects_are_bounded_and_never_lead_to_metadata_services() {
    let (registry, _) = stocked().await;
    for target in [
        format!("http://{}", registry.host()),
        "http://169.254.169.254".to_owned(),
        "http://[::ffff:169.254.169.254]".to_owned(),
        "http://0.0.0.0:1".to_owned(),
        "file:///etc/passwd#".to_owned(),
    ] {
        registry.heal();
        registry.inject(Fault::RedirectBlobs(target.clone()));
        let before = registry.requests().len();
        let shelf = Shelf::new();
        let pulled = shelf
            .store
            .pull(&source(&registry.host()), &tag(), None)
            .await;
        let error = pulled.unwrap_err();
        assert_eq!(error.category(), "RedirectRefused", "{target}: {error}");
        assert!(registry.requests().len() - before <= 10, "{target}");
        assert_eq!(shelf.entries(), 0);
    }
}

#[tokio::test]
async fn a_challenge_or_a_link_cannot_send_us_to_a_metadata_service() {
    let challenge = "Bearer realm=\"http://169.254.169.254/token\",service=\"x\"";
    let router = Router::new().fallback(move || async move {
        (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)])
    });
    let error = source(&serve(router).await).list_tags().await.unwrap_err();
    assert_eq!(error.category(), "RedirectRefused", "{error}");

    let router = Router::new().fallback(|uri: Uri| async move {
        if uri.query().is_some_and(|query| query.contains("last=")) {
            return r#"{"tags":["docker-tiny-1-30-v2"]}"#.into_response();
        }
        let link = "<http://169.254.169.254/v2/x/tags/list?last=a>; rel=\"next\"";
        ([("link", link)], r#"{"tags":["docker-tiny-1-30-v1"]}"#).into_response()
    });
    let listed = source(&serve(router).await).list_tags().await.unwrap();
    assert_eq!(listed.releases.len(), 2, "only the query of a link counts");
}

#[tokio::test]
async fn uploads_go_to_the_registry_itself() {
    let elsewhere = serve(Router::new().fallback(|| async { StatusCode::CREATED })).await;
    let router = Router::new().fallback(move |method: axum::http::Method| {
        let location = format!("http://{elsewhere}/upload");
        async move {
            match method {
                axum::http::Method::POST => {
                    (StatusCode::ACCEPTED, [("location", location)]).into_response()
                }
                _ => StatusCode::NOT_FOUND.into_response(),
            }
        }
    });
    let source = source(&serve(router).await);
    let pushed = source.push(&tag(), &files("a"), BTreeMap::new()).await;
    assert_eq!(pushed.unwrap_err().category(), "RedirectRefused");
}
