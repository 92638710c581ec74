//! What Cluster API does with a Cluster: brings it up, asks hooks, rolls upgrades out.

use cso_core::hooks::{Hook, Request};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::NAMESPACE;
use crate::random::Random;

/// How far an upgrade is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    /// There is none.
    None,
    /// It may not begin before `BeforeClusterUpgrade` is answered.
    Asked,
    /// The control plane goes from minor to minor.
    ControlPlane,
    /// Machines are being replaced.
    Machines,
    /// `AfterClusterUpgrade` is to be answered.
    After,
}

/// The Cluster and the memory of its controller.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a world may have or not"
)]
pub(crate) struct ClusterApi {
    pub(crate) class: String,
    pub(crate) version: String,
    pub(crate) is_old_shape: bool,
    /// Its conditions are of v1beta1, which know no generation.
    pub(crate) has_old_conditions: bool,
    /// With the feature gate of the runtime SDK.
    pub(crate) asks_hooks: bool,
    pub(crate) is_paused: bool,
    pub(crate) is_deleting: bool,
    pub(crate) is_initialized: bool,
    /// `status.version` of the control plane.
    pub(crate) control_plane: Option<String>,
    pub(crate) upgrade: Upgrade,
    /// `AfterClusterUpgrade` is still to be asked.
    is_pending: bool,
    generation: u64,
    reconciled: u64,
}

fn minor(version: &str) -> u64 {
    let text = version.split('.').nth(1).unwrap_or_default();
    text.parse().expect("made by this world")
}

impl ClusterApi {
    pub(crate) fn new(class: &str, version: &str, random: &mut Random) -> Self {
        Self {
            class: class.to_owned(),
            version: version.to_owned(),
            is_old_shape: random.chance(40),
            has_old_conditions: random.chance(30),
            asks_hooks: random.chance(80),
            is_paused: false,
            is_deleting: false,
            is_initialized: false,
            control_plane: None,
            upgrade: Upgrade::None,
            is_pending: false,
            generation: 1,
            reconciled: 0,
        }
    }

    /// It runs since long.
    pub(crate) fn aged(mut self) -> Self {
        self.is_initialized = true;
        self.control_plane = Some(self.version.clone());
        self.reconciled = 1;
        self
    }

    /// Cluster API refuses another version until the upgrade to the last one is complete.
    pub(crate) fn may_change_version(&self) -> bool {
        self.is_initialized
            && self.upgrade == Upgrade::None
            && self.control_plane.as_ref() == Some(&self.version)
    }

    pub(crate) fn change(&mut self, class: &str, version: &str, random: &mut Random) {
        class.clone_into(&mut self.class);
        version.clone_into(&mut self.version);
        self.generation += 1;
        if self.has_old_conditions {
            // They do not tell for which generation they were made: nobody could see that they are old.
            self.tick(100, random);
        }
    }

    /// Whether every machine has what the topology says.
    pub(crate) fn is_rolled_out(&self) -> bool {
        self.is_initialized
            && self.reconciled == self.generation
            && self.control_plane.as_ref() == Some(&self.version)
            && matches!(self.upgrade, Upgrade::None | Upgrade::After)
    }

    /// The hook it asks now.
    pub(crate) fn asks(&self) -> Option<Hook> {
        match self.upgrade {
            _ if !self.asks_hooks || self.is_paused || self.is_deleting => None,
            Upgrade::Asked => Some(Hook::BeforeClusterUpgrade),
            Upgrade::After => Some(Hook::AfterClusterUpgrade),
            _ => None,
        }
    }

    /// The hook was answered "go".
    pub(crate) fn goes_on(&mut self) {
        self.upgrade = match self.upgrade {
            Upgrade::Asked => Upgrade::ControlPlane,
            Upgrade::After => Upgrade::None,
            other => other,
        };
    }

    /// One step. Whether something changed.
    pub(crate) fn tick(&mut self, percent: u64, random: &mut Random) -> bool {
        if self.is_paused || self.is_deleting || !random.chance(percent) {
            return false;
        }
        let before = (self.upgrade, self.reconciled, self.control_plane.clone());
        if !self.is_initialized {
            self.is_initialized = true;
            self.control_plane = Some(self.version.clone());
        } else if self.reconciled != self.generation && self.upgrade == Upgrade::None {
            let is_upgrade = self.control_plane.as_ref() != Some(&self.version);
            self.is_pending = is_upgrade && self.asks_hooks;
            self.upgrade = match (is_upgrade, self.asks_hooks) {
                (true, true) => Upgrade::Asked,
                (true, false) => Upgrade::ControlPlane,
                (false, _) => Upgrade::Machines,
            };
        } else {
            self.roll_out();
        }
        self.reconciled = self.generation;
        before != (self.upgrade, self.reconciled, self.control_plane.clone())
    }

    fn roll_out(&mut self) {
        let found = self.control_plane.clone().unwrap_or_default();
        match self.upgrade {
            Upgrade::ControlPlane if found != self.version => {
                let (next, last) = (minor(&found) + 1, minor(&self.version));
                self.control_plane = Some(if next >= last {
                    self.version.clone()
                } else {
                    format!("v1.{next}.9")
                });
            }
            Upgrade::ControlPlane => self.upgrade = Upgrade::Machines,
            Upgrade::Machines if self.is_pending => self.upgrade = Upgrade::After,
            Upgrade::Machines => self.upgrade = Upgrade::None,
            Upgrade::None | Upgrade::Asked | Upgrade::After => {}
        }
    }

    /// The Cluster as an API server shows it.
    pub(crate) fn object(&self) -> DynamicObject {
        let class = if self.is_old_shape {
            json!({"class": self.class, "version": self.version})
        } else {
            json!({"classRef": {"name": self.class}, "version": self.version})
        };
        let version = if self.is_old_shape {
            "v1beta1"
        } else {
            "v1beta2"
        };
        let mut object = json!({
            "apiVersion": format!("cluster.x-k8s.io/{version}"), "kind": "Cluster",
            "metadata": {"name": "c1", "namespace": NAMESPACE, "uid": "cluster", "generation": self.generation},
            "spec": {"topology": class, "paused": self.is_paused},
            "status": {},
        });
        if self.is_deleting {
            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        let mut conditions = vec![self.topology()];
        if self.has_old_conditions {
            let status = if self.is_initialized { "True" } else { "False" };
            conditions.push(json!({"type": "ControlPlaneInitialized", "status": status}));
        } else {
            object["status"]["initialization"] =
                json!({"controlPlaneInitialized": self.is_initialized});
            let rolling = matches!(self.upgrade, Upgrade::ControlPlane | Upgrade::Machines);
            let status = if rolling { "True" } else { "False" };
            conditions.push(json!({"type": "RollingOut", "status": status}));
        }
        object["status"]["observedGeneration"] = json!(self.reconciled);
        let list = if self.is_old_shape && !self.has_old_conditions {
            &mut object["status"]["v1beta2"]["conditions"]
        } else {
            &mut object["status"]["conditions"]
        };
        *list = Value::from(conditions);
        serde_json::from_value(object).expect("made by this world")
    }

    fn topology(&self) -> Value {
        let (status, message) = match self.upgrade {
            Upgrade::None if self.reconciled > 0 => ("True", ""),
            Upgrade::None => ("False", ""),
            Upgrade::Asked => (
                "False",
                "Following hooks are blocking upgrade: BeforeClusterUpgrade: not yet",
            ),
            Upgrade::ControlPlane | Upgrade::Machines => ("False", "Cluster is upgrading"),
            Upgrade::After => (
                "False",
                "Following hooks are blocking upgrade: AfterClusterUpgrade: not yet",
            ),
        };
        let mut condition =
            json!({"type": "TopologyReconciled", "status": status, "message": message});
        if !self.has_old_conditions {
            condition["observedGeneration"] = json!(self.reconciled);
        }
        condition
    }

    /// What it asks: a Cluster without status.
    pub(crate) fn request(&self, hook: Hook) -> Request {
        let mut cluster = self.object();
        if let Some(body) = cluster.data.as_object_mut() {
            body.remove("status");
        }
        Request {
            hook,
            cluster,
            from: self.control_plane.clone(),
            to: Some(self.version.clone()),
            control_plane_upgrades: Vec::new(),
            workers_upgrades: Vec::new(),
            settings: std::collections::BTreeMap::new(),
        }
    }
}
