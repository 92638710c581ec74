//! Sources over the wire: what registries and GitHub answer, rightly or wrongly, and what becomes of it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod auth;
mod content;
mod dependencies;
mod faults;
mod github;
mod redirects;
mod round_trip;
mod tags;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use cluster_stack::{Digest, Files, ReleaseTag};
use cso_source::{Access, Cache, Limits, OciRepository, Pushed, Source, SourceSpec, Store};
use cso_testing::registry::Registry;

const REPOSITORY: &str = "kaas/stacks";

fn tag() -> ReleaseTag {
    "docker-tiny-1-30-v1".parse().unwrap()
}

fn place(host: &str) -> SourceSpec {
    let mut place = OciRepository::parse(&format!("{host}/{REPOSITORY}")).unwrap();
    place.plain_http = true;
    SourceSpec::Oci(place)
}

fn source(host: &str) -> Source {
    Source::new(place(host), Access::default()).unwrap()
}

fn limited(host: &str, limits: Limits) -> Source {
    Source::with_limits(place(host), Access::default(), limits).unwrap()
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

/// A registry that holds one release.
async fn stocked() -> (Registry, Digest) {
    let registry = Registry::start().await.unwrap();
    let pushed = source(&registry.host())
        .push(&tag(), &files("a"), BTreeMap::new())
        .await;
    let Pushed::Created(digest) = pushed.unwrap() else {
        panic!("the tag is new")
    };
    (registry, digest)
}

/// A store over an empty folder, and how many entries the folder has.
struct Shelf {
    folder: tempfile::TempDir,
    store: Store,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Cache::open(folder.path(), 1 << 20, Limits::default()).unwrap());
        Self { folder, store }
    }

    fn entries(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

/// Serves a few routes on loopback as long as the test's runtime lives.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    host
}
