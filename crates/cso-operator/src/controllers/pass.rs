//! What every pass has in common: a fresh object, a status that is written only when it differs, events, the next date.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cso_core::effect::{Conclusion, Effect, Event, Executed, Plan, Severity};
use cso_core::failure::Failure;
use cso_core::retry::Retry;
use kube::api::{Patch, PatchParams};
use kube::core::NamespaceResourceScope;
use kube::core::object::HasStatus;
use kube::runtime::controller::Action;
use kube::runtime::events::{Event as Occurrence, EventType};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::Instant;

use super::news::fingerprint;
use super::{Next, RELEASE};
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
    /// Whether the object at hand has a status that is not written yet.
    unwritten: AtomicBool,
}

/// An object this program keeps the status of.
pub(crate) trait Ours:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()>
    + HasStatus
    + Clone
    + Debug
    + DeserializeOwned
{
}

impl<K> Ours for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + HasStatus
        + Clone
        + Debug
        + DeserializeOwned
{
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
            unwritten: AtomicBool::new(false),
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
        K: Ours,
        K::Status: Serialize,
    {
        for _ in 0..ROUNDS {
            match round(Arc::clone(&object)).await {
                Step::Again(newest) => object = newest,
                Step::End(action) => return Ok(self.told(&object, action).await),
            }
        }
        let action = self.end(Retry::Now);
        Ok(self.told(&object, action).await)
    }

    /// How a pass ends that has written its last status, or does so now.
    async fn told<K>(&self, object: &Arc<K>, action: Action) -> Action
    where
        K: Ours,
        K::Status: Serialize,
    {
        match self.write(object).await {
            Ok(_) => action,
            Err(retry) => self.end(retry),
        }
    }

    /// Writes the status of the rounds before, if this one is to change anything: who ends in the middle of it must find
    /// what was decided. The next round goes by what was answered.
    pub(crate) async fn tell_first<K>(&self, object: &Arc<K>, plan: &Plan) -> Option<Step<K>>
    where
        K: Ours,
        K::Status: Serialize,
    {
        if plan.is_empty() {
            return None;
        }
        match self.write(object).await {
            Ok(None) => None,
            Ok(Some(newest)) => Some(Step::Again(newest)),
            Err(retry) => Some(Step::End(self.end(retry))),
        }
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

    /// Publishes events and takes in the status; then the pass ends, or goes on if there is more to do that waits for
    /// nothing. A status is written at the end of the pass, or before the next effects: a state of which nobody was to act
    /// is told to nobody.
    ///
    /// A state older than what was written must not be gone by: a status is answered with its version, of a finalizer
    /// it is only known that it was written.
    pub(crate) async fn conclude<K>(
        &self,
        object: Arc<K>,
        conclusion: Conclusion<K::Status>,
        executed: &Executed,
    ) -> Step<K>
    where
        K: Ours,
        K::Status: Serialize,
    {
        for event in &conclusion.events {
            self.publish(object.as_ref(), event).await;
        }
        let is_own = |effect: &Effect| {
            matches!(effect, Effect::AddFinalizer(_) | Effect::RemoveFinalizer(_))
        };
        let is_stale = executed.settled().any(|(effect, _)| is_own(effect));
        if is_stale {
            self.remember(Written::Unknown);
        }
        let mut object = object;
        if let Some(status) = conclusion.status {
            *Arc::make_mut(&mut object).status_mut() = Some(status);
            self.unwritten.store(true, Ordering::Relaxed);
        }
        if conclusion.retry == Retry::Now && !is_stale {
            return Step::Again(object);
        }
        let retry = self.write(&object).await.err();
        let retry = retry.map_or(conclusion.retry, |retry| conclusion.retry.sooner(retry));
        Step::End(self.end(retry))
    }

    /// Writes the status, if it is not; what was answered. An error says when to look again.
    async fn write<K>(&self, object: &Arc<K>) -> Result<Option<Arc<K>>, Retry>
    where
        K: Ours,
        K::Status: Serialize,
    {
        let is_due = self.unwritten.swap(false, Ordering::Relaxed);
        let (true, true, Some(status)) = (is_due, *self.context.writing.borrow(), object.status())
        else {
            return Ok(None);
        };
        let memory = &self.context.memory;
        memory.writes(&self.memory_key(), fingerprint(status));
        // The uid makes sure that it is not the status of a namesake; status is ours alone, so it is replaced whole.
        let patch = json!([
            {"op": "test", "path": "/metadata/uid", "value": object.meta().uid},
            {"op": "add", "path": "/status", "value": status},
        ]);
        let patch =
            serde_json::from_value(patch).expect("a JSON patch of two operations is well formed");
        let (params, patch) = (PatchParams::default(), Patch::Json::<()>(patch));
        let written = self
            .api::<K>()
            .patch_status(&self.key.1, &params, &patch)
            .await;
        let answer = written.map_err(|error| self.not_written(&error))?;
        let version = answer.meta().resource_version.as_deref();
        self.remember(Written::answered(version));
        Ok(Some(Arc::new(answer)))
    }

    /// When to look again after a status was not written; that of an object that is gone need not be.
    fn not_written(&self, error: &kube::Error) -> Retry {
        self.remember(Written::Unknown);
        if matches!(error, kube::Error::Api(status) if status.code == 404) {
            return Retry::OnChange;
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
        Retry::Backoff
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
        RELEASE => key.clone(),
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
