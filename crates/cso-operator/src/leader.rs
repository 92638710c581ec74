//! Decides who writes: client-go's lease election. Compare-and-swap on the resourceVersion, expiry by the time *we*
//! saw the lease change, release on shutdown; whoever cannot renew in time stops writing before the lease expires.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::time::Instant;

/// Upstream's lease id, so that both operators never write at once.
pub const LEASE: &str = "clusterstack.x-k8s.io";

/// client-go's names and defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Namespace of the lease.
    pub namespace: String,
    /// Who we are; unique per process.
    pub identity: String,
    /// How long others wait after they last saw the lease change.
    pub lease_duration: Duration,
    /// How long we write without a successful renewal.
    pub renew_deadline: Duration,
    /// Pause between two attempts.
    pub retry_period: Duration,
}

impl Settings {
    /// 15 s, 10 s and 2 s, as controller-runtime.
    pub fn new(namespace: String, identity: String) -> Self {
        Self {
            namespace,
            identity,
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        }
    }
}

/// A candidate.
#[derive(Debug)]
pub struct Candidate {
    api: Api<Lease>,
    settings: Settings,
    seen: Option<(LeaseSpec, Instant)>,
}

impl Candidate {
    /// A candidate that has seen nothing yet.
    pub fn new(client: Client, settings: Settings) -> Self {
        Self {
            api: Api::namespaced(client, &settings.namespace),
            settings,
            seen: None,
        }
    }

    /// Waits until we hold the lease.
    pub async fn acquire(&mut self) {
        loop {
            match self.attempt().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "failed to ask for the lease"),
            }
            tokio::time::sleep(self.settings.retry_period).await;
        }
    }

    /// Renews the lease; returns when it could not be renewed within the renew deadline, or is another's.
    pub async fn hold(&mut self) {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep_until(Instant::now() + self.settings.retry_period).await;
            let deadline = renewed + self.settings.renew_deadline;
            let began = Instant::now();
            match tokio::time::timeout_at(deadline, self.attempt()).await {
                Ok(Ok(true)) => renewed = began,
                Ok(Ok(false)) if self.is_anothers() => return,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "failed to renew the lease"),
                Err(_) => return,
            }
            if Instant::now() >= deadline.max(renewed + self.settings.renew_deadline) {
                return;
            }
        }
    }

    /// Gives the lease back, so that the next candidate need not wait for its expiry.
    pub async fn release(&mut self) {
        let released = async {
            loop {
                match self.give_back().await {
                    // A renewal that was on its way when holding ended arrived in between.
                    Err(kube::Error::Api(status)) if status.code == 409 => {}
                    ended => return ended,
                }
            }
        };
        match tokio::time::timeout(self.settings.renew_deadline, released).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "failed to release the lease"),
            Err(_) => tracing::warn!("failed to release the lease in time"),
        }
    }

    async fn give_back(&self) -> Result<(), kube::Error> {
        let Some(mut lease) = self.api.get_opt(LEASE).await? else {
            return Ok(());
        };
        let held = lease
            .spec
            .as_ref()
            .and_then(|spec| spec.holder_identity.as_deref());
        if held != Some(self.settings.identity.as_str()) {
            return Ok(());
        }
        let now = MicroTime(Timestamp::now());
        lease.spec = Some(LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(1),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            lease_transitions: lease.spec.as_ref().and_then(|spec| spec.lease_transitions),
            ..LeaseSpec::default()
        });
        self.api
            .replace(LEASE, &PostParams::default(), &lease)
            .await
            .map(|_| ())
    }

    /// One attempt to take or renew the lease; `false` when another holds it or was faster.
    async fn attempt(&mut self) -> Result<bool, kube::Error> {
        let Some(mut lease) = self.api.get_opt(LEASE).await? else {
            let fresh = Lease {
                metadata: ObjectMeta {
                    name: Some(LEASE.to_owned()),
                    ..ObjectMeta::default()
                },
                spec: Some(self.record(None)),
            };
            return self.won(self.api.create(&PostParams::default(), &fresh).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != spec) {
            self.seen = Some((spec.clone(), Instant::now()));
        }
        if self.is_anothers() && !self.is_expired() {
            return Ok(false);
        }
        lease.spec = Some(self.record(Some(&spec)));
        // The resourceVersion that was read goes along: a change in between is a conflict.
        let answer = self
            .api
            .replace(LEASE, &PostParams::default(), &lease)
            .await;
        self.won(answer)
    }

    fn won(&mut self, answer: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
        match answer {
            Ok(lease) => {
                self.seen = Some((lease.spec.unwrap_or_default(), Instant::now()));
                Ok(true)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn is_anothers(&self) -> bool {
        let holder = self
            .seen
            .as_ref()
            .and_then(|(spec, _)| spec.holder_identity.as_deref())
            .unwrap_or_default();
        !holder.is_empty() && holder != self.settings.identity
    }

    fn is_expired(&self) -> bool {
        self.seen.as_ref().is_some_and(|(spec, at)| {
            let seconds = spec.lease_duration_seconds.unwrap_or_default().max(0);
            at.elapsed() >= Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
        })
    }

    fn record(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let ours = before.and_then(|spec| spec.holder_identity.as_deref())
            == Some(self.settings.identity.as_str());
        let transitions = before
            .and_then(|spec| spec.lease_transitions)
            .unwrap_or_default();
        LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: i32::try_from(self.settings.lease_duration.as_secs()).ok(),
            acquire_time: before
                .filter(|_| ours)
                .and_then(|spec| spec.acquire_time.clone())
                .or_else(|| Some(now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(if ours || before.is_none() {
                transitions
            } else {
                transitions + 1
            }),
            ..LeaseSpec::default()
        }
    }
}

#[cfg(test)]
mod tests;
