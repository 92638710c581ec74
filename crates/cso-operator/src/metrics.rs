//! Decides which figures the operator tells about itself, and their labels (bounded: kinds, verbs, reasons, phases).

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Label `kind`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Kind {
    /// Kind of the reconciled object.
    pub kind: &'static str,
}

/// Labels `kind` and `reason`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindReason {
    /// Kind of the reconciled object.
    pub kind: &'static str,
    /// One of the reasons of the conditions.
    pub reason: String,
}

/// Labels of a request to the API server.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Request {
    /// Kubernetes verb.
    pub verb: &'static str,
    /// HTTP status, or `error`.
    pub code: String,
}

/// Label `step`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Step {
    /// `pull`, `render` or `apply` (the objects of a release, from the first request to the last answer).
    pub step: &'static str,
}

/// Labels `hook` and `result`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct HookResult {
    /// Name of the hook.
    pub hook: &'static str,
    /// `go`, `wait` or `refuse`.
    pub result: &'static str,
}

/// Label `hook`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct HookName {
    /// Name of the hook.
    pub hook: &'static str,
}

/// Labels `kind` and `result`.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct AdmissionResult {
    /// Kind of the object.
    pub kind: &'static str,
    /// `admitted`, `warned`, `invalid`, `in use` or `unknown`.
    pub result: &'static str,
}

/// Every metric. Clones share the same figures.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Duration of a pass.
    pub reconcile: Family<Kind, Histogram, fn() -> Histogram>,
    /// Failed effects and failed passes.
    pub errors: Family<KindReason, Counter>,
    /// Requests to the API server.
    pub requests: Family<Request, Counter>,
    /// Duration of the steps of a pass.
    pub steps: Family<Step, Histogram, fn() -> Histogram>,
    /// Objects found changed or deleted.
    pub drift: Counter,
    /// 1 while this replica holds the lease.
    pub leader: Gauge<f64, AtomicU64>,
    /// Hooks answered.
    pub hooks: Family<HookResult, Counter>,
    /// Writes ruled on.
    pub admissions: Family<AdmissionResult, Counter>,
    /// Time to answer a hook, without the network.
    pub hook_duration: Family<HookName, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let durations: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 15));
        let short: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_05, 2.0, 15));
        Self {
            reconcile: Family::new_with_constructor(durations),
            errors: Family::default(),
            requests: Family::default(),
            steps: Family::new_with_constructor(durations),
            drift: Counter::default(),
            leader: Gauge::default(),
            hooks: Family::default(),
            admissions: Family::default(),
            hook_duration: Family::new_with_constructor(short),
        }
    }
}

impl Metrics {
    /// The registry that `/metrics` shows.
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("cso");
        registry.register_with_unit(
            "reconcile_duration",
            "Duration of a pass by kind",
            Unit::Seconds,
            self.reconcile.clone(),
        );
        registry.register(
            "reconcile_errors",
            "Failures by kind and reason",
            self.errors.clone(),
        );
        registry.register(
            "api_requests",
            "Requests to the API server by verb and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "step_duration",
            "Duration of pulls, renders and applies",
            Unit::Seconds,
            self.steps.clone(),
        );
        registry.register(
            "drift_repairs",
            "Objects found changed or deleted by others",
            self.drift.clone(),
        );
        registry.register("leader", "1 while this replica writes", self.leader.clone());
        registry.register(
            "hook_requests",
            "Lifecycle hooks answered, by result",
            self.hooks.clone(),
        );
        registry.register(
            "admission_requests",
            "Writes ruled on, by kind and result",
            self.admissions.clone(),
        );
        registry.register_with_unit(
            "hook_duration",
            "Time to answer a lifecycle hook",
            Unit::Seconds,
            self.hook_duration.clone(),
        );
        registry
    }

    /// Records an answered hook.
    pub fn hook(&self, hook: &'static str, result: &'static str, time: Duration) {
        self.hooks.get_or_create(&HookResult { hook, result }).inc();
        self.hook_duration
            .get_or_create(&HookName { hook })
            .observe(time.as_secs_f64());
    }

    /// Records a ruling.
    pub fn admission(&self, kind: &'static str, result: &'static str) {
        self.admissions
            .get_or_create(&AdmissionResult { kind, result })
            .inc();
    }

    /// Records the duration of a step.
    pub fn step(&self, step: &'static str, time: Duration) {
        self.steps
            .get_or_create(&Step { step })
            .observe(time.as_secs_f64());
    }

    /// All requests so far, watches included.
    pub fn requests_of(&self, verb: &'static str) -> u64 {
        [200, 201, 404, 409, 403, 422]
            .iter()
            .map(|code| {
                self.requests
                    .get_or_create(&Request {
                        verb,
                        code: code.to_string(),
                    })
                    .get()
            })
            .sum()
    }
}
