//! Renders the stages of a release for one workload cluster; what with is decided in `cso_core::cluster_addon`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster_stack::ObjectRef;
use cso_core::cluster_addon::{
    KnownStage, RenderedStage, StageChart, StageObjects, StageRecipe, StageRecord, ValueSources,
    record_name,
};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kinds, ObjectId};
use helm_engine::{Ambient, Capabilities, Timestamp};

use super::memory::Addons;
use super::shared::Known;
use crate::context::Context;
use crate::execute::internal;
use crate::tracker::ReleaseKey;
use crate::workload::Workload;

/// What the stages of one Cluster are rendered for.
pub(super) struct Target<'a> {
    pub(super) context: &'a Context,
    pub(super) owner: &'a ReleaseKey,
    pub(super) sources: &'a ValueSources,
    pub(super) workload: &'a Workload,
    pub(super) capabilities: &'a Capabilities,
    pub(super) kinds: &'a Arc<Kinds>,
    /// The clock of value templates: it stands still.
    pub(super) born: Timestamp,
}

/// Every stage, rendered or why not.
pub(super) type Stages = BTreeMap<String, Result<Arc<StageObjects>, Failure>>;

impl Target<'_> {
    pub(super) async fn stages(&self, addons: &Addons) -> Stages {
        let mut stages = Stages::new();
        for (name, chart) in &addons.charts {
            let objects = match chart {
                Ok(chart) => self.stage(addons, chart).await,
                Err(failure) => Err(failure.clone()),
            };
            stages.insert(name.clone(), objects);
        }
        stages
    }

    /// What the charts of another release bring, as far as they can be rendered. Nothing of it is remembered.
    pub(super) async fn objects_of(&self, addons: &Addons) -> BTreeSet<ObjectId> {
        let mut objects = BTreeSet::new();
        for chart in addons.charts.values().flatten() {
            let Ok(recipe) = self.recipe(addons, chart, &KnownStage::default()) else {
                continue;
            };
            if let Ok(rendered) = self.rendered(recipe).await {
                let all = rendered.objects.all();
                objects.extend(all.map(|manifest| manifest.id().clone()));
            }
        }
        objects
    }

    async fn stage(
        &self,
        addons: &Addons,
        chart: &Arc<StageChart>,
    ) -> Result<Arc<StageObjects>, Failure> {
        let memory = &self.context.addon_memory;
        let mut known = memory.stage(self.owner, &chart.stage);
        if known.is_unknown() {
            known = KnownStage::of(self.recorded(&chart.stage).await?);
        }
        let recipe = self.recipe(addons, chart, &known)?;
        if let Some(objects) = recipe.rendered(&known) {
            return Ok(objects);
        }
        let rendered = self.common(recipe).await?;
        let objects = Arc::clone(&rendered.objects);
        known.keep(rendered);
        memory.learn(self.owner, &chart.stage, known);
        Ok(objects)
    }

    fn recipe(
        &self,
        addons: &Addons,
        chart: &Arc<StageChart>,
        known: &KnownStage,
    ) -> Result<StageRecipe, Failure> {
        let values = self.sources.values(chart, self.born)?;
        let seen = (self.capabilities, self.kinds);
        let tag = addons.bundle.tag();
        Ok(StageRecipe::of(tag, chart, values, seen, known))
    }

    /// The render of this recipe: another Cluster's if it serves this one, too.
    async fn common(&self, recipe: StageRecipe) -> Result<RenderedStage, Failure> {
        let slot = self.context.addon_memory.shared.slot(&recipe.exactly());
        let mut known = slot.lock().await;
        if let Some(rendered) = known.common(&recipe) {
            return Ok(rendered);
        }
        if matches!(*known, Known::Own) {
            drop(known);
            return self.rendered(recipe).await;
        }
        let rendered = self.rendered(recipe.clone()).await?;
        *known = Known::after(&rendered, &recipe);
        Ok(rendered)
    }

    /// What the workload cluster remembers of a stage.
    async fn recorded(&self, stage: &str) -> Result<Option<StageRecord>, Failure> {
        let secret = ObjectRef {
            key: "record".to_owned(),
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            name: record_name(stage),
            namespace: Some(cso_core::cluster_addon::RELEASE_NAMESPACE.to_owned()),
        };
        match self.workload.fetch(&secret).await {
            Fetched::Found(secret) => StageRecord::read(stage, &secret)
                .map(Some)
                .map_err(|error| Failure::new(Cause::Rejected, error.to_string())),
            Fetched::Missing => Ok(None),
            Fetched::Failed(failure) => Err(failure),
        }
    }

    async fn rendered(&self, recipe: StageRecipe) -> Result<RenderedStage, Failure> {
        let ambient = Ambient::new(Timestamp::now())
            .map_err(|_| internal("the system has no randomness to give"))?;
        let processors = &self.context.processors;
        let rendering = processors.run("rendering a stage", move || recipe.render(ambient));
        let (rendered, took) = rendering.await?;
        self.context.metrics.step("render", took);
        rendered
    }
}
