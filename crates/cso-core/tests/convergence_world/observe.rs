//! What the operator sees of the world; some reads fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use cso_core::cluster_stack::{self, Remote};
use cso_core::cluster_stack_release::{self, Artifact};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kind, Kinds, Scope};

use super::{NAMESPACE, NO_ANSWER, World, execute};
use crate::random::Random;

fn down() -> Failure {
    Failure::new(Cause::Unreachable, NO_ANSWER)
}

fn kinds() -> Kinds {
    [
        (
            Kind::new("cluster.x-k8s.io", "ClusterClass"),
            Scope::Namespaced,
        ),
        (Kind::new("x", "Template"), Scope::Namespaced),
        (Kind::new("", "Namespace"), Scope::Cluster),
        (Kind::new("", "Secret"), Scope::Namespaced),
    ]
    .into_iter()
    .collect()
}

impl World {
    pub(crate) fn observe_stack(
        &mut self,
        name: &str,
        random: &mut Random,
    ) -> Option<cluster_stack::Observed> {
        let stack = self.stacks.get(name)?.clone();
        let siblings = self
            .stacks
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(_, stack)| Arc::new(stack.clone()))
            .collect();
        let releases = if self.read_fails(random) {
            Err(down())
        } else {
            Ok(self.releases.values().cloned().map(Arc::new).collect())
        };
        let clusters = if self.read_fails(random) {
            Err(down())
        } else {
            Ok(self.uses())
        };
        let remote = match random.below(1000) {
            _ if !self.read_fails(random) => Remote::Tags(self.tags.keys().cloned().collect()),
            number if number < 500 => Remote::NotListed,
            _ => Remote::Failed(down()),
        };
        Some(cluster_stack::Observed {
            stack,
            siblings,
            releases,
            remote,
            clusters,
            provider_template: Fetched::Missing,
            provider_objects: BTreeMap::new(),
            classes: Ok(Vec::new()),
            now: self.now(),
        })
    }

    pub(crate) fn observe_release(
        &mut self,
        name: &str,
        random: &mut Random,
    ) -> Option<cluster_stack_release::Observed> {
        let release = self.releases.get(name)?.clone();
        let artifact = match self.cache.get(name) {
            None => Artifact::NotPulled,
            Some(digest) if self.broken.contains(digest) => Artifact::Broken {
                digest: digest.clone(),
                failure: Failure::new(Cause::BrokenArchive, "broken"),
            },
            Some(digest) => Artifact::Sound {
                digest: digest.clone(),
                kubernetes_version: "v1.33.4".to_owned(),
                dependencies: Vec::new(),
            },
        };
        let rendered = match &artifact {
            Artifact::Sound { digest, .. } => {
                let tag = name.parse().expect("every release of this world is a tag");
                let documents = execute::documents(digest, name);
                Some(
                    cluster_stack_release::objects(&documents, &tag, NAMESPACE, &kinds())
                        .map(Arc::new),
                )
            }
            _ => None,
        };
        let mut observed = cluster_stack_release::Observed {
            release,
            stack: Fetched::Missing,
            artifact,
            remote_digest: self.tags.get(name).cloned(),
            provider: Fetched::Missing,
            rendered,
            kinds: kinds(),
            live: BTreeMap::new(),
            applied: self
                .applied
                .iter()
                .filter(|((release, _), _)| release == name)
                .map(|((_, id), applied)| (id.clone(), applied.clone()))
                .collect(),
            clusters: if self.read_fails(random) {
                Err(down())
            } else {
                Ok(self.uses())
            },
            now: self.now(),
        };
        let live = cluster_stack_release::reads(&observed)
            .into_keys()
            .map(|id| {
                let fetched = match self.objects.get(&id) {
                    _ if self.read_fails(random) => Fetched::Failed(down()),
                    Some(live) => Fetched::Found(live.clone()),
                    None => Fetched::Missing,
                };
                (id, fetched)
            });
        observed.live = live.collect();
        debug_assert_eq!(
            observed.release.metadata.namespace.as_deref(),
            Some(NAMESPACE)
        );
        Some(observed)
    }
}
