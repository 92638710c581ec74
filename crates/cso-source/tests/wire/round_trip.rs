//! Releases to and from a registry when nothing goes wrong.

use std::collections::BTreeMap;

use cso_source::{Error, Pushed};

use crate::{Shelf, files, source, stocked, tag};

#[tokio::test]
async fn progress_counts_every_file_once() {
    let (registry, digest) = stocked().await;
    let source = source(&registry.host());
    source.pull(&tag(), &digest).await.unwrap();
    let size: usize = files("a").values().map(|bytes| bytes.len()).sum();
    let moved = *source.transfers().borrow();
    assert_eq!((moved.done, moved.total), (size as u64, size as u64));
}

#[tokio::test]
async fn what_is_pushed_is_listed_and_pulled_and_never_overwritten() {
    let (registry, digest) = stocked().await;
    let source = source(&registry.host());
    let again = source
        .push(&tag(), &files("a"), BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(again, Pushed::Unchanged(digest.clone()));
    let other = source.push(&tag(), &files("b"), BTreeMap::new()).await;
    assert!(matches!(other, Err(Error::TagTaken { .. })));

    let listed = source.list_tags().await.unwrap().releases;
    assert_eq!(listed, [tag()].into());
    let shelf = Shelf::new();
    let bundle = shelf.store.pull(&source, &tag(), None).await.unwrap();
    assert_eq!((bundle.digest(), bundle.files()), (&digest, &files("a")));

    drop(bundle);
    let before = registry.requests().len();
    shelf
        .store
        .pull(&source, &tag(), Some(&digest.clone().into()))
        .await
        .unwrap();
    assert_eq!(
        registry.requests().len(),
        before,
        "pinned content at hand needs no registry"
    );
}

#[tokio::test]
async fn many_who_want_one_release_cause_one_download() {
    let (registry, digest) = stocked().await;
    let (source, shelf) = (source(&registry.host()), Shelf::new());
    let before = registry.requests().len();
    let (tag, pin) = (tag(), digest.into());
    let pull = || shelf.store.pull(&source, &tag, Some(&pin));
    let (a, b, c) = tokio::join!(pull(), pull(), pull());
    assert!(std::sync::Arc::ptr_eq(&a.unwrap(), &b.unwrap()) && c.is_ok());
    let manifests = |requests: &[String]| {
        requests
            .iter()
            .filter(|r| r.contains("/manifests/"))
            .count()
    };
    assert_eq!(manifests(&registry.requests()[before..]), 1);
}
