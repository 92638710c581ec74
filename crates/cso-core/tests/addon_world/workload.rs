//! A workload cluster: its objects, what it serves, its controllers, and the people who change things in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use cso_api::labels;
use cso_core::effect::{Outcome, Target};
use cso_core::failure::{Cause, Failure};
use cso_core::manifests::{Applied, Kind, Kinds, LiveObject, Manifest, ObjectId, Scope};
use serde_json::{Value, json};

use crate::random::Random;

/// An object.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) live: LiveObject,
    pub(crate) body: Value,
    /// Its finalizers hold it when it is deleted.
    is_slow: bool,
}

impl Stored {
    /// An object of which only the metadata counts.
    fn of(metadata: &Value) -> Self {
        let body = json!({"metadata": metadata});
        Self {
            live: LiveObject::of(&body),
            body,
            is_slow: false,
        }
    }

    /// Takes in that the metadata was changed.
    pub(crate) fn reread(&mut self) {
        let is_deleting = self.live.deleting;
        self.live = LiveObject::of(&self.body);
        self.live.deleting = is_deleting;
    }
}

/// The cluster.
#[derive(Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a world may have or not"
)]
pub(crate) struct Workload {
    pub(crate) objects: BTreeMap<ObjectId, Stored>,
    /// Objects of others, which nobody may touch.
    pub(crate) foreign: BTreeSet<ObjectId>,
    pub(crate) is_silent: bool,
    pub(crate) has_kubeconfig: bool,
    pub(crate) serves_gadgets: bool,
    /// Somebody has defined the kind that charts define, too.
    pub(crate) others_define_widgets: bool,
    /// The objects conditions look at.
    pub(crate) open: [bool; 3],
    next: u64,
}

pub(crate) fn id(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectId {
    ObjectId {
        kind: Kind::new(group, kind),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

/// The object of a kind and name that charts of this world bring.
pub(crate) fn brought(kind: &str, name: &str) -> ObjectId {
    match kind {
        "Namespace" => id("", kind, None, name),
        "CustomResourceDefinition" => id("apiextensions.k8s.io", kind, None, name),
        "Widget" => id("x.example", kind, None, name),
        "Gadget" => id("y.example", kind, Some("kube-system"), name),
        "Deployment" => id("apps", kind, Some("kube-system"), name),
        "Job" => id("batch", kind, Some("kube-system"), name),
        _ if name == "content" => id("", kind, Some("space"), name),
        _ => id("", kind, Some("kube-system"), name),
    }
}

pub(crate) fn failed(cause: Cause, message: &str) -> Outcome {
    Outcome::Failed(Failure::new(cause, message))
}

impl Workload {
    pub(crate) fn random(random: &mut Random) -> Self {
        Self {
            has_kubeconfig: random.chance(80),
            serves_gadgets: random.chance(50),
            open: [true; 3].map(|_| random.chance(50)),
            ..Self::default()
        }
    }

    pub(crate) fn serves_widgets(&self) -> bool {
        let definition = brought("CustomResourceDefinition", "widgets.x.example");
        self.others_define_widgets || self.objects.contains_key(&definition)
    }

    pub(crate) fn kinds(&self) -> Kinds {
        let mut kinds = vec![
            (Kind::new("", "ConfigMap"), Scope::Namespaced),
            (Kind::new("", "Secret"), Scope::Namespaced),
            (Kind::new("", "Namespace"), Scope::Cluster),
            (Kind::new("apps", "Deployment"), Scope::Namespaced),
            (Kind::new("batch", "Job"), Scope::Namespaced),
            (
                Kind::new("apiextensions.k8s.io", "CustomResourceDefinition"),
                Scope::Cluster,
            ),
        ];
        if self.serves_widgets() {
            kinds.push((Kind::new("x.example", "Widget"), Scope::Cluster));
        }
        if self.serves_gadgets {
            kinds.push((Kind::new("y.example", "Gadget"), Scope::Namespaced));
        }
        kinds.into_iter().collect()
    }

    pub(crate) fn api_versions(&self) -> Vec<Cow<'static, str>> {
        let mut versions = vec!["v1".into(), "apps/v1".into()];
        if self.serves_widgets() {
            versions.push("x.example/v1".into());
        }
        versions
    }

    fn version(&mut self) -> String {
        self.next += 1;
        self.next.to_string()
    }

    pub(crate) fn apply(&mut self, manifest: &Manifest) -> Outcome {
        let id = manifest.id();
        if self.kinds().scope(&id.kind).is_none() {
            return failed(Cause::KindUnknown, &format!("{id}: its kind is not served"));
        }
        let space = id
            .namespace
            .as_deref()
            .filter(|space| *space != "kube-system");
        if let Some(space) = space
            && self
                .objects
                .get(&brought("Namespace", space))
                .is_none_or(|space| space.live.deleting)
        {
            return failed(
                Cause::Rejected,
                &format!("{id}: there is no such namespace"),
            );
        }
        let version = self.version();
        let known = self.objects.get(id);
        let mut body = manifest.body();
        let uid = known.map_or_else(|| format!("uid-{version}"), |one| one.live.uid.clone());
        let mut fields = vec![json!({
            "manager": labels::FIELD_MANAGER, "operation": "Apply", "fieldsV1": {manifest.digest().hex(): {}},
        })];
        // Entries of other managers stay.
        let others = known.and_then(|one| one.body["metadata"]["managedFields"].as_array());
        let others = others.into_iter().flatten();
        fields.extend(
            others
                .filter(|entry| entry["manager"] != labels::FIELD_MANAGER)
                .cloned(),
        );
        body["metadata"]["uid"] = json!(uid);
        body["metadata"]["resourceVersion"] = json!(version);
        body["metadata"]["managedFields"] = Value::from(fields);
        body["status"] = known.map_or(Value::Null, |one| one.body["status"].clone());
        let may_be_slow = !id.name.starts_with("cluster-addon.");
        let is_slow = known.map_or(may_be_slow && self.next.is_multiple_of(7), |one| {
            one.is_slow
        });
        let mut live = LiveObject::of(&body);
        live.deleting = known.is_some_and(|one| one.live.deleting);
        let applied = Applied::of(manifest, &live);
        let stored = Stored {
            live,
            body,
            is_slow,
        };
        self.objects.insert(id.clone(), stored);
        Outcome::Applied(applied)
    }

    pub(crate) fn delete(&mut self, target: &Target) -> Outcome {
        match self.objects.get_mut(&target.id) {
            Some(found) if found.live.uid != target.uid => failed(Cause::Conflict, "replaced"),
            Some(found) if found.is_slow => {
                found.live.deleting = true;
                Outcome::Done
            }
            _ => {
                self.remove(&target.id);
                Outcome::Done
            }
        }
    }

    fn remove(&mut self, id: &ObjectId) {
        self.objects.remove(id);
        let (kind, name) = (id.kind.kind.as_str(), id.name.clone());
        let serves_widgets = self.serves_widgets();
        self.objects.retain(|id, _| match kind {
            "Namespace" => id.namespace.as_ref() != Some(&name),
            "CustomResourceDefinition" => serves_widgets || id.kind.kind != "Widget",
            _ => true,
        });
    }

    /// Controllers do a bit of work. Whether something changed.
    pub(crate) fn tick(&mut self, percent: u64, random: &mut Random) -> bool {
        let mut changed = false;
        let mut gone = Vec::new();
        for (id, object) in &mut self.objects {
            if object.live.deleting && random.chance(percent) {
                gone.push(id.clone());
            }
            let status = match id.kind.kind.as_str() {
                "Deployment" => json!({"updatedReplicas": 1, "availableReplicas": 1}),
                "Job" => json!({"conditions": [{"type": "Complete", "status": "True"}]}),
                _ => continue,
            };
            if object.body["status"] != status && random.chance(percent) {
                object.body["status"] = status;
                changed = true;
            }
        }
        changed |= !gone.is_empty();
        for id in &gone {
            self.remove(id);
        }
        changed
    }

    /// Somebody changes a field of ours, which their manager owns from then on.
    pub(crate) fn edit(&mut self, random: &mut Random) {
        let place = random.below(self.objects.len().max(1) as u64) as usize;
        let Some((id, object)) = self.objects.iter_mut().nth(place) else {
            return;
        };
        if self.foreign.contains(id) || id.name.starts_with("cluster-addon.") {
            return;
        }
        object.body["data"] = json!({"edited": "yes"});
        object.body["metadata"]["managedFields"] =
            json!([{"manager": "somebody", "operation": "Update"}]);
        if random.chance(20) {
            object.body["metadata"]["labels"] = json!({});
        }
        object.reread();
    }

    /// Somebody deletes an object. Which one.
    pub(crate) fn lose(&mut self, random: &mut Random) -> Option<ObjectId> {
        let place = random.below(self.objects.len().max(1) as u64) as usize;
        let id = self.objects.keys().nth(place)?.clone();
        if self.foreign.contains(&id) {
            return None;
        }
        self.remove(&id);
        Some(id)
    }

    /// Somebody else's object: beside ours, or with the name of one and claimed by another release.
    pub(crate) fn stranger(&mut self, random: &mut Random) {
        let uid = self.version();
        let is_marked = random.chance(50);
        let labels = if is_marked {
            json!({labels::OWNED_LABEL: labels::OWNED, labels::RELEASE_LABEL: "other"})
        } else {
            json!({})
        };
        let name = match random.below(8) {
            0 if is_marked => "settings-0".to_owned(),
            number => format!("stranger-{number}"),
        };
        let id = brought("ConfigMap", &name);
        if self.objects.contains_key(&id) {
            return;
        }
        self.foreign.insert(id.clone());
        let metadata = json!({"uid": uid, "resourceVersion": "1", "labels": labels});
        self.objects.insert(id, Stored::of(&metadata));
    }

    /// What upstream left: an object with its mark, of its field manager.
    pub(crate) fn upstream(&mut self, id: ObjectId) {
        let uid = self.version();
        let fields =
            json!({"f:metadata": {"f:labels": {format!("f:{}", labels::OWNED_LABEL): {}}}});
        let metadata = json!({
            "uid": uid, "resourceVersion": "1", "labels": {labels::OWNED_LABEL: labels::OWNED},
            "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": fields}],
        });
        self.objects.insert(id, Stored::of(&metadata));
    }

    /// An object whole, as a condition sees it.
    pub(crate) fn whole(&self, id: &ObjectId) -> Option<Value> {
        if let Some(number) = id.name.strip_prefix("gate-") {
            let number: usize = number.parse().ok()?;
            let open = if self.open[number] { "yes" } else { "no" };
            return Some(json!({"data": {"open": open}}));
        }
        Some(self.objects.get(id)?.body.clone())
    }
}
