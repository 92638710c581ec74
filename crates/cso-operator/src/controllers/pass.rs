//! What every pass has in common: a fresh object, a status that is written only when it differs, events, the next date.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use cso_core::effect::{Conclusion, Effect, Event, Executed, Severity};
use cso_core::failure::Failure;
use cso_core::retry::Retry;
use kube::api::{Patch, PatchParams};
use kube::core::NamespaceResourceScope;
use kube::runtime::controller::Action;
use kube::runtime::events::{Event as Occurrence, EventType};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::Instant;

use super::Next;
use crate::context::Context;
use crate::execute::of_api;
use crate::memory::Written;
use crate::metrics::{Kind, KindReason};
use crate::tracker::ReleaseKey;

/// One pass over one object.
pub(crate) struct Pass<'a> {
    context: &'a Context,
    kind: &'static str,
    key: ReleaseKey,
    began: Instant,
}

/// After so many rounds others have their turn; what is planned again and again must not keep a place for ever.
const ROUNDS: usize = 32;

/// How a pass goes on.
pub(crate) enum Step<K> {
    /// At once, with the object as it is now: as the API server answered, without asking again.
    Again(Arc<K>),
    /// Not now.
    End(Action),
}

/// Namespace and name of an object.
pub(crate) fn key_of<K: Resource>(object: &K) -> ReleaseKey {
    let meta = object.meta();
    (
        meta.namespace.clone().unwrap_or_default(),
        meta.name.clone().unwrap_or_default(),
    )
}

impl<'a> Pass<'a> {
    pub(crate) fn begin<K: Resource>(context: &'a Context, kind: &'static str, object: &K) -> Self {
        Self {
            context,
            kind,
            key: key_of(object),
            began: Instant::now(),
        }
    }

    pub(crate) fn key(&self) -> &ReleaseKey {
        &self.key
    }

    /// The object as it is now: the watched state, unless the last pass wrote it and the watch may be behind.
    /// `None` if it is gone.
    pub(crate) async fn fresh<K>(&self, watched: Arc<K>) -> Result<Option<Arc<K>>, Failure>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
        K: Clone + Debug + DeserializeOwned,
    {
        let (memory, key) = (&self.context.memory, self.memory_key());
        let version = watched.meta().resource_version.as_deref();
        if !memory.written(&key).is_newer_than(version) {
            return Ok(Some(watched));
        }
        let found = self.api::<K>().get_opt(&self.key.1).await;
        let found = found.map_err(|error| self.failure("read", &error))?;
        let version = found
            .as_ref()
            .and_then(|object: &K| object.meta().resource_version.clone());
        memory.wrote(&key, Written::answered(version.as_deref()));
        Ok(found.map(Arc::new))
    }

    /// Goes on, round after round, as long as there is more to do that waits for nothing.
    pub(crate) async fn rounds<K, F>(
        &self,
        mut object: Arc<K>,
        mut round: impl FnMut(Arc<K>) -> F,
    ) -> Next
    where
        F: Future<Output = Step<K>>,
    {
        for _ in 0..ROUNDS {
            match round(object).await {
                Step::Again(newest) => object = newest,
                Step::End(action) => return Ok(action),
            }
        }
        Ok(self.end(Retry::Now))
    }

    /// Ends a pass that could not observe.
    pub(crate) fn failed(&self, failure: &Failure) -> Action {
        tracing::warn!(
            kind = self.kind,
            namespace = self.key.0,
            name = self.key.1,
            reason = failure.cause.reason(),
            message = failure.message,
            "pass failed"
        );
        self.count(failure);
        self.end(Retry::Backoff)
    }

    /// Writes status and events; then the pass ends, or goes on if there is more to do that waits for nothing.
    ///
    /// A state older than what was written must not be gone by: a status is answered with its version, of a finalizer
    /// it is only known that it was written.
    pub(crate) async fn conclude<K, S>(
        &self,
        object: Arc<K>,
        conclusion: Conclusion<S>,
        executed: &Executed,
    ) -> Step<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
        K: Clone + Debug + DeserializeOwned,
        S: Serialize,
    {
        for event in &conclusion.events {
            self.publish(object.as_ref(), event).await;
        }
        let mut retry = conclusion.retry;
        let uid = object.meta().uid.clone();
        let mut newest = Some(object);
        let is_own = |effect: &Effect| {
            matches!(effect, Effect::AddFinalizer(_) | Effect::RemoveFinalizer(_))
        };
        if executed.settled().any(|(effect, _)| is_own(effect)) {
            self.remember(Written::Unknown);
            newest = None;
        }
        if let Some(status) = &conclusion.status
            && *self.context.writing.borrow()
        {
            // The uid makes sure that it is not the status of a namesake; status is ours alone, so it is replaced whole.
            let patch = json!([
                {"op": "test", "path": "/metadata/uid", "value": uid},
                {"op": "add", "path": "/status", "value": status},
            ]);
            let patch = serde_json::from_value(patch)
                .expect("a JSON patch of two operations is well formed");
            let written = self
                .api::<K>()
                .patch_status(
                    &self.key.1,
                    &PatchParams::default(),
                    &Patch::Json::<()>(patch),
                )
                .await;
            newest = None;
            match written {
                Ok(answer) => {
                    let version = answer.meta().resource_version.as_deref();
                    self.remember(Written::answered(version));
                    newest = Some(Arc::new(answer));
                }
                Err(error) => retry = self.not_written(&error, retry),
            }
        }
        match newest {
            Some(newest) if retry == Retry::Now => Step::Again(newest),
            _ => Step::End(self.end(retry)),
        }
    }

    /// When to look again after a status was not written; that of an object that is gone need not be.
    fn not_written(&self, error: &kube::Error, retry: Retry) -> Retry {
        self.remember(Written::Unknown);
        if matches!(error, kube::Error::Api(status) if status.code == 404) {
            return retry;
        }
        let failure = self.failure("write the status of", error);
        self.count(&failure);
        tracing::warn!(
            kind = self.kind,
            namespace = self.key.0,
            name = self.key.1,
            message = failure.message,
            "status not written"
        );
        retry.sooner(Retry::Backoff)
    }

    fn remember(&self, written: Written) {
        self.context.memory.wrote(&self.memory_key(), written);
    }

    /// Counts a failure under its reason.
    pub(crate) fn count(&self, failure: &Failure) {
        let labels = KindReason {
            kind: self.kind,
            reason: failure.cause.reason().to_owned(),
        };
        self.context.metrics.errors.get_or_create(&labels).inc();
    }

    /// Ends the pass.
    pub(crate) fn end(&self, retry: Retry) -> Action {
        let took = self.began.elapsed();
        self.context
            .metrics
            .reconcile
            .get_or_create(&Kind { kind: self.kind })
            .observe(took.as_secs_f64());
        tracing::debug!(
            kind = self.kind,
            namespace = self.key.0,
            name = self.key.1,
            ?retry,
            "pass ended"
        );
        let key = (self.kind, self.key.0.clone(), self.key.1.clone());
        self.context.attempts.next(key, retry)
    }

    async fn publish<K>(&self, object: &K, event: &Event)
    where
        K: Resource<DynamicType = ()>,
    {
        if !*self.context.writing.borrow() {
            return;
        }
        tracing::info!(
            kind = self.kind,
            namespace = self.key.0,
            name = self.key.1,
            reason = event.reason,
            message = event.message,
            "event"
        );
        let occurrence = Occurrence {
            type_: match event.severity {
                Severity::Normal => EventType::Normal,
                Severity::Warning => EventType::Warning,
            },
            reason: event.reason.clone(),
            note: Some(shortened(&event.message)),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        // The condition says the same; an event that is lost is no fault of the object.
        if let Err(error) = self
            .context
            .recorder
            .publish(&occurrence, &object.object_ref(&()))
            .await
        {
            tracing::debug!(%error, "event not published");
        }
    }

    fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.context.management.client.clone(), &self.key.0)
    }

    fn failure(&self, verb: &str, error: &kube::Error) -> Failure {
        let id = cso_core::manifests::ObjectId {
            kind: cso_core::manifests::Kind::new(cso_api::GROUP, self.kind),
            namespace: Some(self.key.0.clone()),
            name: self.key.1.clone(),
        };
        of_api(verb, &id, error)
    }

    fn memory_key(&self) -> ReleaseKey {
        memory_key(self.kind, &self.key)
    }
}

/// Stacks and releases share one memory of what was written: their names cannot meet behind the kind.
pub(crate) fn memory_key(kind: &str, key: &ReleaseKey) -> ReleaseKey {
    match kind {
        "ClusterStackRelease" => key.clone(),
        kind => (key.0.clone(), format!("{kind}/{}", key.1)),
    }
}

/// The API server takes notes of at most 1 kB.
fn shortened(message: &str) -> String {
    const LONGEST: usize = 1000;
    if message.len() <= LONGEST {
        return message.to_owned();
    }
    let end = (0..=LONGEST)
        .rev()
        .find(|end| message.is_char_boundary(*end))
        .unwrap_or_default();
    format!("{}…", &message[..end])
}
