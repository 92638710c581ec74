//! Listings: pages, circles, and too many of them.

use axum::Router;
use axum::routing::get;
use cso_source::Limits;
use cso_testing::registry::Fault;

use crate::{limited, serve, source, stocked};

fn foreign(count: usize) -> Fault {
    Fault::ExtraTags((0..count).map(|i| format!("foreign-{i:06}")).collect())
}

#[tokio::test]
async fn u3_every_page_is_read() {
    let (registry, _) = stocked().await;
    registry.inject(foreign(2500));
    let before = registry.requests().len();
    let listed = source(&registry.host()).list_tags().await.unwrap();
    assert_eq!((listed.releases.len(), listed.foreign), (1, 2500));
    assert_eq!(registry.requests().len() - before, 3);
}

#[tokio::test]
async fn a_listing_in_circles_ends() {
    let (registry, _) = stocked().await;
    registry.inject(Fault::TagLoop);
    let error = source(&registry.host()).list_tags().await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

#[tokio::test]
async fn a_hundred_thousand_tags_are_listed_or_refused_by_limit() {
    let (registry, _) = stocked().await;
    registry.inject(foreign(100_000));
    let usual = Limits::default();
    let before = registry.requests().len();
    let all = limited(&registry.host(), usual).list_tags().await.unwrap();
    assert_eq!(
        (all.foreign, registry.requests().len() - before),
        (100_000, 101)
    );
    for limits in [
        Limits {
            tags: 5000,
            ..usual
        },
        Limits { pages: 5, ..usual },
        Limits {
            page_bytes: 1000,
            ..usual
        },
    ] {
        let before = registry.requests().len();
        let error = limited(&registry.host(), limits)
            .list_tags()
            .await
            .unwrap_err();
        assert_eq!(error.category(), "TooLarge", "{error}");
        assert!(registry.requests().len() - before <= 6, "{limits:?}");
    }
}

#[tokio::test]
async fn a_repository_without_tags_is_empty_and_nonsense_is_an_error() {
    for (body, expected) in [
        (r#"{"tags":null}"#, true),
        ("{}", true),
        ("[1", false),
        ("<html>", false),
    ] {
        let router = Router::new().fallback(get(move || async move { body }));
        let listed = source(&serve(router).await).list_tags().await;
        assert_eq!(listed.is_ok(), expected, "{body}");
        assert!(listed.is_err() || listed.unwrap().releases.is_empty());
    }
}
