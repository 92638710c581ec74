//! Releases to and from a registry over the wire.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{Files, ReleaseTag};
use cso_source::{Access, Cache, Error, Limits, OciRepository, Pushed, Source, SourceSpec, Store};
use cso_testing::registry::Registry;

fn source(registry: &Registry) -> Source {
    let mut place = OciRepository::parse(&format!("{}/kaas/stacks", registry.host())).unwrap();
    place.plain_http = true;
    Source::new(SourceSpec::Oci(place), Access::default()).unwrap()
}

fn files(values: &str) -> Files {
    let metadata =
        "versions: {clusterStack: v1, kubernetes: v1.30.1, components: {clusterAddon: v1}}";
    let file = |name: &str, content: &str| (name.to_owned(), Arc::from(content.as_bytes()));
    Files::from([
        file("metadata.yaml", metadata),
        file("docker-tiny-1-30-cluster-class-v1.tgz", "class"),
        file("docker-tiny-1-30-cluster-addon-v1.tgz", "addon"),
        file("cluster-addon-values.yaml", values),
    ])
}

#[tokio::test]
async fn what_is_pushed_is_listed_and_pulled_and_never_overwritten() {
    let registry = Registry::start().await.unwrap();
    let source = source(&registry);
    let tag: ReleaseTag = "docker-tiny-1-30-v1".parse().unwrap();
    let pushed = source
        .push(&tag, &files("a"), BTreeMap::new())
        .await
        .unwrap();
    let Pushed::Created(digest) = pushed else {
        panic!("the tag is new")
    };
    let again = source
        .push(&tag, &files("a"), BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(again, Pushed::Unchanged(digest.clone()));
    let other = source.push(&tag, &files("b"), BTreeMap::new()).await;
    assert!(matches!(other, Err(Error::TagMoved { .. })));

    let listed = source.list_tags().await.unwrap().releases;
    assert_eq!(listed, [tag.clone()].into());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(Cache::open(folder.path(), 1 << 20, Limits::default()).unwrap());
    let bundle = store.pull(&source, &tag, None).await.unwrap();
    assert_eq!((bundle.digest(), bundle.files()), (&digest, &files("a")));

    drop(bundle);
    let before = registry.requests().len();
    store.pull(&source, &tag, Some(&digest)).await.unwrap();
    assert_eq!(
        registry.requests().len(),
        before,
        "pinned content at hand needs no registry"
    );
}
