//! What the operator sees of the world, in the order in which the shell looks; some reads fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::cluster_stack::ObjectRef;
use cso_api::capi::ClusterView;
use cso_core::cluster::is_class_of;
use cso_core::cluster_addon::{
    KnownStage, Observed, StageChart, StageObjects, StageRecipe, StageRecord, ValueSources,
    awaited, may_look, reads, record_name, workloads,
};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kinds, ObjectId};
use helm_engine::{Ambient, Capabilities, Timestamp};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::release::Published;
use super::{World, workload};
use crate::random::Random;

fn down() -> Failure {
    Failure::new(Cause::Unreachable, "no answer")
}

impl World {
    pub(crate) fn observe(&mut self, random: &mut Random) -> Option<Observed> {
        let addon = self.addon.clone()?;
        let cluster = self.read(random, || Fetched::Found(self.capi.object()));
        let published = self.published_of(&cluster);
        let release = published.map(|one| self.releases[one].release.clone());
        let bundle = match published.map(|one| &self.releases[one]) {
            Some(_) if self.fails(random) => Err(down()),
            Some(published) if published.is_pulled => Ok(Some(Arc::clone(&published.bundle))),
            _ => Ok(None),
        };
        let mut observed = Observed {
            addon,
            cluster,
            control_plane_version: self.control_plane(random).found().cloned(),
            release,
            bundle,
            workload: Fetched::Missing,
            stages: BTreeMap::new(),
            objects: BTreeMap::new(),
            health: BTreeMap::new(),
            kinds: Arc::default(),
            live: BTreeMap::new(),
            left_behind: None,
            applied: Arc::new(self.applied.clone()),
            now: self.now(),
        };
        if !may_look(&observed) || !self.workload.has_kubeconfig {
            return Some(observed);
        }
        if self.workload.is_silent || self.fails(random) {
            observed.workload = Fetched::Failed(down());
            return Some(observed);
        }
        self.look(&mut observed, published?, random);
        Some(observed)
    }

    fn look(&mut self, observed: &mut Observed, published: usize, random: &mut Random) {
        let kinds = Arc::new(self.workload.kinds());
        observed.kinds = Arc::clone(&kinds);
        let charts = self.releases[published].charts.clone();
        for (name, chart) in charts {
            let objects = chart.and_then(|chart| self.stage(published, &chart, &kinds, random));
            observed.stages.insert(name, objects);
        }
        observed.workload = Fetched::Found(());
        if let Some(condition) = awaited(observed) {
            for object in &condition.objects {
                let found = self.read(random, || self.fetch(&id_of(object)));
                observed.objects.insert(object.key.clone(), found);
            }
        }
        for id in workloads(observed).into_keys() {
            let found = self.read(random, || self.fetch(&id));
            observed.health.insert(id, found);
        }
        for id in reads(observed).into_keys() {
            let live = self.read(random, || match self.workload.objects.get(&id) {
                // Only objects with our label are watched.
                Some(found) if found.live.is_marked() => Fetched::Found(found.live.clone()),
                _ => Fetched::Missing,
            });
            observed.live.insert(id, live);
        }
    }

    fn stage(
        &mut self,
        published: usize,
        chart: &Arc<StageChart>,
        kinds: &Arc<Kinds>,
        random: &mut Random,
    ) -> Result<Arc<StageObjects>, Failure> {
        let mut known = self.known.get(&chart.stage).cloned().unwrap_or_default();
        if known.is_unknown() {
            known = KnownStage::of(self.recorded(&chart.stage, random)?);
        }
        let values = self.sources().values(chart, Timestamp::UNIX_EPOCH)?;
        let capabilities = self.capabilities();
        let tag = &self.releases[published].tag;
        let recipe = StageRecipe::of(tag, chart, values, (&capabilities, kinds), &known);
        if let Some(objects) = recipe.rendered(&known) {
            return Ok(objects);
        }
        let seed = [random.below(250) as u8; 32];
        let ambient = Ambient::seeded(Timestamp::UNIX_EPOCH, seed);
        let rendered = recipe.render(ambient)?;
        let objects = Arc::clone(&rendered.objects);
        known.keep(rendered);
        self.known.insert(chart.stage.clone(), known);
        Ok(objects)
    }

    fn recorded(&self, stage: &str, random: &mut Random) -> Result<Option<StageRecord>, Failure> {
        let secret = workload::brought("Secret", &record_name(stage));
        match self.read(random, || self.fetch(&secret)) {
            Fetched::Found(secret) => StageRecord::read(stage, &secret)
                .map(Some)
                .map_err(|error| Failure::new(Cause::Rejected, error.to_string())),
            Fetched::Missing => Ok(None),
            Fetched::Failed(failure) => Err(failure),
        }
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        Capabilities {
            api_versions: self.workload.api_versions(),
            ..Capabilities::default()
        }
    }

    fn sources(&self) -> ValueSources {
        let cluster = serde_json::to_value(self.capi.object()).expect("made by this world");
        let (v1beta1, v1beta2) = if self.capi.is_old_shape {
            (Fetched::Found(cluster), Fetched::Missing)
        } else {
            (Fetched::Missing, Fetched::Found(cluster))
        };
        ValueSources {
            v1beta1,
            v1beta2,
            control_plane: match &self.capi.control_plane {
                Some(version) => Fetched::Found(json!({"status": {"version": version}})),
                None => Fetched::Missing,
            },
            infra_cluster: Fetched::Missing,
        }
    }

    fn control_plane(&self, random: &mut Random) -> Fetched<String> {
        self.read(random, || match &self.capi.control_plane {
            Some(version) => Fetched::Found(version.clone()),
            None => Fetched::Missing,
        })
    }

    /// The release of the class of a Cluster.
    pub(crate) fn published_of(&self, cluster: &Fetched<DynamicObject>) -> Option<usize> {
        let class = ClusterView(cluster.found()?).class()?;
        let is_its = |one: &Published| is_class_of(&class, &one.release);
        self.releases.iter().position(is_its)
    }

    fn fetch(&self, id: &ObjectId) -> Fetched<Value> {
        match self.workload.whole(id) {
            Some(object) => Fetched::Found(object),
            None => Fetched::Missing,
        }
    }

    fn read<T>(&self, random: &mut Random, found: impl FnOnce() -> Fetched<T>) -> Fetched<T> {
        if self.fails(random) {
            Fetched::Failed(down())
        } else {
            found()
        }
    }

    fn fails(&self, random: &mut Random) -> bool {
        random.below(1000) < self.unreliable
    }
}

fn id_of(object: &ObjectRef) -> ObjectId {
    workload::brought(&object.kind, &object.name)
}
