//! The link to one workload cluster: it is asked whether it answers, and not asked again before its time when it did not.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cso_core::failure::{Cause, Failure};
use cso_core::retry;
use futures::channel::mpsc::UnboundedSender;
use helm_engine::Capabilities;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::capabilities::capabilities;
use crate::api_server::ApiServer;
use crate::discovery::Catalogue;
use crate::tracker::ReleaseKey;
use crate::watches::Definitions;

/// How long an answer vouches for the next call.
const FRESH: Duration = Duration::from_secs(10);
/// Longest time all calls of one look at a cluster may take together.
const LOOK: Duration = Duration::from_mins(2);

/// A workload cluster that answered lately. Clones share what they know.
#[derive(Clone)]
pub struct Workload {
    /// Its API server.
    pub server: ApiServer,
    name: Arc<str>,
    deadline: Duration,
    /// Whom to tell when it comes back, or serves other kinds.
    owner: ReleaseKey,
    due: UnboundedSender<ReleaseKey>,
    definitions: Definitions,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// When it answered last.
    answered: Option<Instant>,
    /// Why it is not asked now.
    silent: Option<Failure>,
    /// Watches its definitions, since it answered first.
    watching: Option<AbortHandle>,
    /// Asks again, while it is silent.
    asking: Option<AbortHandle>,
    ended: bool,
    /// What charts are told, and the catalogue that was made from.
    told: Option<(Arc<Catalogue>, Arc<Capabilities>)>,
}

impl Workload {
    pub(super) fn new(
        server: ApiServer,
        name: &str,
        owner: ReleaseKey,
        due: UnboundedSender<ReleaseKey>,
        deadline: Duration,
    ) -> Self {
        Self {
            definitions: Definitions::new(server.client.clone(), server.kinds.clone()),
            server,
            name: name.into(),
            deadline,
            owner,
            due,
            state: Arc::default(),
        }
    }

    /// What charts are told about it: asked anew whenever discovery is, as after every loss of its watch.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn capabilities(&self) -> Result<Arc<Capabilities>, Failure> {
        self.definitions.watched().await;
        let catalogue = self.server.kinds.all().await;
        let catalogue = catalogue.map_err(|error| self.failure(&error))?;
        let told = self.lock().told.clone();
        if let Some((_, known)) = told.filter(|(of, _)| Arc::ptr_eq(of, &catalogue)) {
            return Ok(known);
        }
        let version = self.server.client.apiserver_version().await;
        let version = version.map_err(|error| self.failure(&error))?;
        let found = capabilities(&version.git_version, &catalogue).ok_or_else(|| {
            let message = format!(
                "the API server of cluster {} tells a version that cannot be read",
                self.name
            );
            Failure::new(Cause::Rejected, message)
        })?;
        let found = self.server.kinds.in_common(found);
        self.lock().told = Some((catalogue, Arc::clone(&found)));
        Ok(found)
    }

    /// The result of several calls, given up when they take too long together: then it is asked first whether it still
    /// answers.
    ///
    /// # Errors
    /// They take too long.
    pub async fn look<T>(&self, calls: impl Future<Output = T>) -> Result<T, Failure> {
        if let Ok(result) = tokio::time::timeout(LOOK, calls).await {
            return Ok(result);
        }
        self.doubt();
        Err(Failure::new(
            Cause::Unreachable,
            format!("the API server of cluster {} is too slow", self.name),
        ))
    }

    /// Makes the next look begin with the question whether it answers: a call failed.
    pub fn doubt(&self) {
        self.lock().answered = None;
    }

    /// Whether it answers, asking at most now and then.
    pub(super) async fn answers(&self) -> Result<(), Failure> {
        {
            let state = self.lock();
            if let Some(failure) = &state.silent {
                return Err(failure.clone());
            }
            if state.answered.is_some_and(|at| at.elapsed() < FRESH) {
                return Ok(());
            }
        }
        match self.ask().await {
            Ok(()) => {
                self.answered();
                Ok(())
            }
            Err(failure) => {
                self.fell_silent(failure.clone());
                Err(failure)
            }
        }
    }

    /// Ends everything that runs for it.
    pub(super) fn end(&self) {
        self.server.tracker.stop();
        let mut state = self.lock();
        state.ended = true;
        for task in [state.watching.take(), state.asking.take()] {
            task.inspect(AbortHandle::abort);
        }
    }

    async fn ask(&self) -> Result<(), Failure> {
        let request = http::Request::get("/readyz")
            .body(Vec::new())
            .map_err(|_| Failure::new(Cause::Internal, "the path /readyz is refused"))?;
        let asked = self.server.client.request_text(request);
        // The client's deadline ends with the head of the answer.
        match tokio::time::timeout(self.deadline, asked).await {
            Ok(answer) => answer.map(drop).map_err(|error| self.failure(&error)),
            Err(_) => Err(self.no_answer()),
        }
    }

    fn answered(&self) {
        let mut state = self.lock();
        state.answered = Some(Instant::now());
        if state.watching.is_some() || state.ended {
            return;
        }
        let workload = self.clone();
        let task = tokio::spawn(async move {
            let mut changes = workload.definitions.subscribe();
            let told = async {
                while changes.changed().await.is_ok() {
                    workload.tell();
                }
            };
            futures::join!(workload.definitions.run(), told);
        });
        state.watching = Some(task.abort_handle());
    }

    /// Nobody waits for it any more; a task asks until it answers.
    fn fell_silent(&self, failure: Failure) {
        let mut state = self.lock();
        if state.silent.is_some() || state.ended {
            return;
        }
        tracing::info!(cluster = %self.name, message = failure.message, "cluster is not asked for a while");
        state.answered = None;
        state.silent = Some(failure);
        let workload = self.clone();
        let task = tokio::spawn(async move {
            let mut attempt = 0;
            loop {
                tokio::time::sleep(retry::delay(attempt)).await;
                match workload.ask().await {
                    Ok(()) => break,
                    Err(failure) => workload.lock().silent = Some(failure),
                }
                attempt = attempt.saturating_add(1);
            }
            workload.lock().silent = None;
            workload.answered();
            tracing::info!(cluster = %workload.name, "cluster answers again");
            workload.tell();
        });
        state.asking = Some(task.abort_handle());
    }

    fn tell(&self) {
        // The receiver lives as long as the operator; after that nobody is to be told.
        let _ended = self.due.unbounded_send(self.owner.clone());
    }

    fn failure(&self, error: &kube::Error) -> Failure {
        let kube::Error::Api(status) = error else {
            return self.no_answer();
        };
        let (cause, problem) = match status.code {
            401 => (
                Cause::WrongCredentials,
                "does not accept the credentials of its kubeconfig",
            ),
            403 => (
                Cause::Forbidden,
                "does not allow the user of its kubeconfig what is needed",
            ),
            _ => (Cause::Unreachable, "is not ready"),
        };
        Failure::new(
            cause,
            format!("the API server of cluster {} {problem}", self.name),
        )
    }

    fn no_answer(&self) -> Failure {
        Failure::new(
            Cause::Unreachable,
            format!("the API server of cluster {} gives no answer", self.name),
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
