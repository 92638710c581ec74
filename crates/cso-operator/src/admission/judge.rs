//! Puts the question of each kind to core, with the facts it goes by.

use std::future::{Ready, ready};
use std::sync::Arc;

use cso_api::{ClusterAddon, ClusterStack, ClusterStackRelease};
use cso_core::admission::Ruling;
use cso_core::cluster::{self, ClassUse, Question};
use cso_core::failure::Failure;
use cso_core::{cluster_addon, cluster_stack, cluster_stack_release};
use kube::api::{DynamicObject, ObjectMeta};

use super::facts::Facts;
use crate::api_server::ApiServer;
use crate::config::Config;

/// An object before and after a write: only after for a creation, only before for a removal.
#[derive(Debug)]
pub(super) struct Change<K> {
    pub(super) old: Option<K>,
    pub(super) new: Option<K>,
}

/// Rules on writes.
#[derive(Clone)]
pub(crate) struct Judge {
    facts: Facts,
    config: Arc<Config>,
}

impl Judge {
    /// One that reads facts from this API server.
    pub(crate) fn new(management: &ApiServer, config: Arc<Config>) -> Self {
        let facts = Facts {
            client: management.client.clone(),
            kinds: management.kinds.clone(),
        };
        Self { facts, config }
    }

    pub(super) async fn stack(self, change: Change<ClusterStack>) -> Ruling {
        let stack = change.new.as_ref().or(change.old.as_ref());
        if !stack.is_some_and(|stack| self.minds_stack(&stack.metadata)) {
            return Ruling::FINE;
        }
        match (change.old, change.new) {
            (None, Some(new)) => cluster_stack::may_create(&new),
            (Some(old), Some(new)) => cluster_stack::may_update(&old, &new),
            (Some(old), None) => {
                let namespace = old.metadata.namespace.as_deref().unwrap_or_default();
                match self.releases_and_uses(namespace).await {
                    Ok((releases, uses)) => cluster_stack::may_delete(&old, &releases, &uses),
                    Err(failure) => Ruling::Unknown(failure.message),
                }
            }
            (None, None) => Ruling::FINE,
        }
    }

    pub(super) async fn release(self, change: Change<ClusterStackRelease>) -> Ruling {
        match change {
            Change {
                old: Some(old),
                new: None,
            } if self.minds(old.metadata.namespace.as_deref()) => {
                match self.facts.class_uses().await {
                    Ok(uses) => cluster_stack_release::may_delete(&old, &uses),
                    Err(failure) => Ruling::Unknown(failure.message),
                }
            }
            _ => Ruling::FINE,
        }
    }

    pub(super) fn addon(self, change: Change<ClusterAddon>) -> Ready<Ruling> {
        let is_ours = |addon: &ClusterAddon| self.minds(addon.metadata.namespace.as_deref());
        ready(match (change.old, change.new.filter(is_ours)) {
            (None, Some(new)) => cluster_addon::may_create(&new),
            (Some(old), Some(new)) => cluster_addon::may_update(&old, &new),
            _ => Ruling::FINE,
        })
    }

    pub(super) async fn cluster(self, change: Change<DynamicObject>) -> Ruling {
        let question = change
            .new
            .and_then(|new| Question::of(change.old.as_ref(), &new))
            .filter(|question| self.minds(Some(&question.class.namespace)));
        let Some(question) = question else {
            return Ruling::FINE;
        };
        cluster::may_use(&question, &self.about(&question).await)
    }

    async fn about(&self, question: &Question) -> Result<cluster::Facts, Failure> {
        let mut releases = Vec::new();
        for namespace in question.namespaces() {
            releases.extend(self.facts.releases(namespace).await?);
        }
        let chain = match question.before {
            Some(_) => self.facts.chain(&question.class).await?,
            None => Vec::new(),
        };
        Ok(cluster::Facts { releases, chain })
    }

    async fn releases_and_uses(
        &self,
        namespace: &str,
    ) -> Result<(Vec<ClusterStackRelease>, Vec<ClassUse>), Failure> {
        let releases = self.facts.releases(namespace).await?;
        Ok((releases, self.facts.class_uses().await?))
    }

    /// Whether a namespace is ours to look at.
    fn minds(&self, namespace: Option<&str>) -> bool {
        let only = self.config.namespace.as_deref();
        only.is_none_or(|only| namespace == Some(only))
    }

    fn minds_stack(&self, metadata: &ObjectMeta) -> bool {
        let labels = metadata.labels.as_ref();
        let label = labels.and_then(|labels| labels.get(cso_api::labels::WATCH_FILTER_LABEL));
        let is_watched = match &self.config.watch_filter {
            Some(value) => label == Some(value),
            None => true,
        };
        is_watched && self.minds(metadata.namespace.as_deref())
    }
}
