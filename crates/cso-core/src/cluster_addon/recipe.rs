//! Decides what a stage is rendered with: values from live objects, capabilities and randomness live or as recorded.
//!
//! A release sees the workload cluster as it was when the release came; the next one sees it anew. What was generated once
//! is generated again with the same result, whatever the release.

use std::sync::Arc;

use cluster_stack::{Digest, ReleaseTag};
use helm_engine::{Ambient, Capabilities, Record, Timestamp};
use serde_json::Value;

use super::{
    Objects, RELEASE_NAMESPACE, StageChart, StageInput, StageObjects, StageRecord, Values,
    addon_owner, record_name, render_identity, render_stage, values,
};
use crate::effect::{Effect, Executed, Outcome};
use crate::failure::{Cause, Failure};
use crate::fetched::Fetched;
use crate::manifests::{Kind, Kinds, ObjectId};

/// A Cluster in every shape that is served, and what it refers to, for the values of its add-ons.
#[derive(Clone, Debug)]
pub struct ValueSources {
    /// In the shape of v1beta1, if that is served.
    pub v1beta1: Fetched<Value>,
    /// In the shape of v1beta2, if that is served.
    pub v1beta2: Fetched<Value>,
    /// What `spec.controlPlaneRef` names.
    pub control_plane: Fetched<Value>,
    /// What `spec.infrastructureRef` names.
    pub infra_cluster: Fetched<Value>,
}

impl ValueSources {
    /// The first look-up that failed: without it values would be those of another cluster.
    fn failure(&self) -> Option<&Failure> {
        let all = [
            &self.v1beta1,
            &self.v1beta2,
            &self.control_plane,
            &self.infra_cluster,
        ];
        all.into_iter().find_map(Fetched::failure)
    }

    /// The values of a stage. The clock of their template stands still at `born`.
    ///
    /// # Errors
    /// A look-up failed, or the template is wrong or needs what the objects do not have yet.
    pub fn values(&self, chart: &StageChart, born: Timestamp) -> Result<Values, Failure> {
        let Some((file, template)) = &chart.values else {
            return Ok(Values::new());
        };
        if let Some(failure) = self.failure() {
            return Err(failure.clone());
        }
        let none = Value::Null;
        let newest = self.v1beta2.found();
        let objects = Objects {
            cluster: self.v1beta1.found().or(newest).unwrap_or(&none),
            cluster_v1beta2: newest,
            control_plane: self.control_plane.found(),
            infra_cluster: self.infra_cluster.found(),
        };
        values(file, template, &objects, born).map_err(|error| {
            let cause = if error.may_pass() {
                Cause::Conflict
            } else {
                Cause::Template
            };
            Failure::new(cause, format!("stage {}: {error}", chart.stage))
        })
    }
}

/// What is remembered of a stage of one Cluster between passes. Forgetting is safe: the record lies in the workload
/// cluster.
#[derive(Clone, Debug, Default)]
pub struct KnownStage {
    /// The record in the workload cluster.
    stored: Option<Arc<StageRecord>>,
    /// The last render, applied or not.
    rendered: Option<RenderedStage>,
}

/// A rendered stage.
#[derive(Clone, Debug)]
pub struct RenderedStage {
    identity: Digest,
    kinds: Arc<Kinds>,
    /// How it came about.
    pub record: Arc<StageRecord>,
    /// Its objects.
    pub objects: Arc<StageObjects>,
}

impl KnownStage {
    /// What is known after the record was looked up in the workload cluster.
    pub fn of(stored: Option<StageRecord>) -> Self {
        Self {
            stored: stored.map(Arc::new),
            rendered: None,
        }
    }

    /// Whether nothing is known: the record is to be looked up.
    pub fn is_unknown(&self) -> bool {
        self.stored.is_none() && self.rendered.is_none()
    }

    /// Takes in a render.
    pub fn keep(&mut self, rendered: RenderedStage) {
        self.rendered = Some(rendered);
    }

    /// Takes in what a pass wrote: from the moment its record is stored, the render is what the stage was applied as. With
    /// its record a stage is forgotten.
    pub fn learn(&mut self, executed: &Executed) {
        for (effect, outcome) in executed.settled() {
            match (effect, outcome) {
                (Effect::ApplyObject(written), Outcome::Applied(_)) => {
                    let last = self.rendered.as_ref();
                    if let Some(last) = last.filter(|last| last.objects.record == *written) {
                        self.stored = Some(Arc::clone(&last.record));
                    }
                }
                (Effect::DeleteObject(target), Outcome::Done) if self.is_record(&target.id) => {
                    *self = Self::default();
                }
                _ => {}
            }
        }
    }

    fn is_record(&self, id: &ObjectId) -> bool {
        let last = self.rendered.as_ref().map(|last| &last.record);
        let mut known = last.into_iter().chain(&self.stored);
        id.kind == Kind::new("", "Secret")
            && id.namespace.as_deref() == Some(RELEASE_NAMESPACE)
            && known.any(|record| record_name(&record.stage) == id.name)
    }

    /// The randomness that is given again: that of the stored record, and what the last render needed besides. A release
    /// that was only looked at takes nothing away.
    fn ambient(&self) -> Record {
        let [stored, last] = [
            self.stored.as_ref(),
            self.rendered.as_ref().map(|last| &last.record),
        ]
        .map(|record| record.map_or_else(Record::default, |record| record.ambient.clone()));
        stored.or(&last)
    }
}

/// Everything a stage is rendered with.
#[derive(Clone, Debug)]
pub struct StageRecipe {
    tag: ReleaseTag,
    chart: Arc<StageChart>,
    values: Values,
    capabilities: Capabilities,
    replayed: Record,
    kinds: Arc<Kinds>,
}

impl StageRecipe {
    /// What a stage of this release is rendered with in a workload cluster that now has these capabilities and kinds.
    pub fn of(
        tag: &ReleaseTag,
        chart: &Arc<StageChart>,
        values: Values,
        (live, kinds): (&Capabilities, &Arc<Kinds>),
        known: &KnownStage,
    ) -> Self {
        // A render that was not applied yet binds nobody: the stages before this one may bring what it asks for.
        let stored = known.stored.as_deref();
        let recorded = stored.filter(|record| record.digest == chart.release);
        Self {
            tag: tag.clone(),
            chart: Arc::clone(chart),
            values,
            capabilities: recorded.map_or(live, |record| &record.capabilities).clone(),
            replayed: known.ambient(),
            kinds: Arc::clone(kinds),
        }
    }

    /// The objects of the last render, if this one would give the same.
    pub fn rendered(&self, known: &KnownStage) -> Option<Arc<StageObjects>> {
        let last = known.rendered.as_ref()?;
        let is_same = last.kinds == self.kinds && last.identity == self.identity();
        is_same.then(|| Arc::clone(&last.objects))
    }

    /// Renders the stage; `ambient` gives what is not recorded.
    ///
    /// # Errors
    /// See [`render_stage`]; or the record is too large to be stored.
    pub fn render(&self, ambient: Ambient) -> Result<RenderedStage, Failure> {
        let render = render_stage(StageInput {
            chart: &self.chart,
            values: &self.values,
            capabilities: &self.capabilities,
            kinds: &self.kinds,
            ambient: ambient.replaying(self.replayed.clone()),
        })?;
        let record = StageRecord {
            stage: self.chart.stage.clone(),
            release: self.tag.dash(),
            digest: self.chart.release.clone(),
            manifest: render.digest.clone(),
            values: self.values.clone(),
            capabilities: self.capabilities.clone(),
            ambient: render.record.clone(),
        };
        let objects = StageObjects::of(&render, &record, &addon_owner(&self.tag))?;
        Ok(self.as_rendered(Arc::new(record), Arc::new(objects)))
    }

    /// A render of the same recipe for another Cluster, as one for this Cluster.
    pub fn as_rendered(
        &self,
        record: Arc<StageRecord>,
        objects: Arc<StageObjects>,
    ) -> RenderedStage {
        RenderedStage {
            identity: self.identity(),
            kinds: Arc::clone(&self.kinds),
            record,
            objects,
        }
    }

    /// Whether the render took nothing from clock or randomness but what was recorded: it serves every Cluster of the same
    /// recipe.
    pub fn is_closed(&self, rendered: &RenderedStage) -> bool {
        rendered.record.ambient == self.replayed
    }

    /// The kinds that are served.
    pub fn kinds(&self) -> &Arc<Kinds> {
        &self.kinds
    }

    /// Tells recipes apart that differ in anything but the kinds that are served.
    pub fn exactly(&self) -> Digest {
        render_identity(
            &self.chart,
            &self.values,
            &self.capabilities,
            &self.replayed,
        )
    }

    /// What is replayed does not count: it always holds what the last render took.
    fn identity(&self) -> Digest {
        let nothing = Record::default();
        render_identity(&self.chart, &self.values, &self.capabilities, &nothing)
    }
}

#[cfg(test)]
mod tests;
