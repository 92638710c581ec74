//! Renders the stages of a release for one workload cluster: values from live objects, capabilities and randomness as
//! they are recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster_stack::{Digest, ObjectRef};
use cso_core::cluster_addon::{
    Objects, StageChart, StageInput, StageObjects, StageRecord, Values, addon_owner, record_name,
    render_identity, render_stage, values,
};
use cso_core::failure::{Cause, Failure};
use cso_core::fetched::Fetched;
use cso_core::manifests::{Kinds, ObjectId};
use helm_engine::{Ambient, Capabilities, Record, Timestamp};
use serde_json::Value;

use super::facts::Facts;
use super::memory::{Addons, Rendered, Stage};
use super::shared::{Known, Render};
use crate::context::Context;
use crate::execute::internal;
use crate::tracker::ReleaseKey;
use crate::workload::Workload;

/// What the stages of one Cluster are rendered for.
pub(super) struct Target<'a> {
    pub(super) context: &'a Context,
    pub(super) owner: &'a ReleaseKey,
    pub(super) facts: &'a Facts,
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
        for chart in addons.charts.values() {
            let Ok(chart) = chart else { continue };
            let Ok(values) = self.values(chart) else {
                continue;
            };
            let given = (values, self.capabilities.clone(), Record::default());
            if let Ok(render) = self.rendered(addons, chart, given).await {
                objects.extend(render.objects.all().map(|manifest| manifest.id().clone()));
            }
        }
        objects
    }

    async fn stage(
        &self,
        addons: &Addons,
        chart: &StageChart,
    ) -> Result<Arc<StageObjects>, Failure> {
        let memory = &self.context.addon_memory;
        let mut known = memory.stage(self.owner, &chart.stage);
        if known.record.is_none() {
            known.record = self.recorded(&chart.stage).await?.map(Arc::new);
        }
        let values = self.values(chart)?;
        let record = known.record.as_deref();
        // A release sees the cluster as it was when the release came; the next one sees it anew.
        let capabilities = record
            .filter(|record| record.digest == chart.release)
            .map_or(self.capabilities, |record| &record.capabilities);
        let replayed = record.map_or_else(Record::default, |record| record.ambient.clone());
        let identity = render_identity(chart, &values, capabilities, &replayed);
        if let Some(rendered) = known
            .rendered
            .as_ref()
            .filter(|one| one.identity == identity && Arc::ptr_eq(&one.kinds, self.kinds))
        {
            return Ok(Arc::clone(&rendered.objects));
        }
        let given = (values, capabilities.clone(), replayed);
        let Render { record, objects } = self.common(addons, chart, identity, given).await?;
        let rendered = Rendered {
            identity: render_identity(chart, &record.values, &record.capabilities, &record.ambient),
            kinds: Arc::clone(self.kinds),
            objects: Arc::clone(&objects),
        };
        let known = Stage {
            record: Some(record),
            rendered: Some(rendered),
        };
        memory.learn(self.owner, &chart.stage, known);
        Ok(objects)
    }

    /// The render of this identity: another Cluster's if it serves this one, too.
    async fn common(
        &self,
        addons: &Addons,
        chart: &StageChart,
        identity: Digest,
        given: (Values, Capabilities, Record),
    ) -> Result<Render, Failure> {
        let slot = self.context.addon_memory.shared.slot(&identity);
        let mut known = slot.lock().await;
        if let Some(render) = known.common(self.kinds) {
            return Ok(render);
        }
        let replayed = given.2.clone();
        if matches!(*known, Known::Own) {
            drop(known);
            return self.rendered(addons, chart, given).await;
        }
        let render = self.rendered(addons, chart, given).await?;
        *known = Known::after(&render, self.kinds, &replayed);
        Ok(render)
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

    fn values(&self, chart: &StageChart) -> Result<Values, Failure> {
        let Some((file, template)) = &chart.values else {
            return Ok(Values::new());
        };
        let facts = self.facts;
        if let Some(failure) = facts.failure() {
            return Err(failure.clone());
        }
        let none = Value::Null;
        let newest = facts.v1beta2.found();
        let objects = Objects {
            cluster: facts.v1beta1.found().or(newest).unwrap_or(&none),
            cluster_v1beta2: newest,
            control_plane: facts.control_plane.found(),
            infra_cluster: facts.infra_cluster.found(),
        };
        values(file, template, &objects, self.born).map_err(|error| {
            let cause = if error.may_pass() {
                Cause::Conflict
            } else {
                Cause::Template
            };
            Failure::new(cause, format!("stage {}: {error}", chart.stage))
        })
    }

    async fn rendered(
        &self,
        addons: &Addons,
        chart: &StageChart,
        (values, capabilities, replayed): (Values, Capabilities, Record),
    ) -> Result<Render, Failure> {
        let (chart, kinds) = (chart.clone(), Arc::clone(self.kinds));
        let tag = addons.bundle.tag().clone();
        let ambient = Ambient::new(Timestamp::now())
            .map_err(|_| internal("the system has no randomness to give"))?
            .replaying(replayed);
        let began = tokio::time::Instant::now();
        let rendering = tokio::task::spawn_blocking(move || {
            let render = render_stage(StageInput {
                chart: &chart,
                values: &values,
                capabilities: &capabilities,
                kinds: &kinds,
                ambient,
            })?;
            let record = StageRecord {
                stage: chart.stage.clone(),
                release: tag.dash(),
                digest: chart.release.clone(),
                manifest: render.digest.clone(),
                values,
                capabilities,
                ambient: render.record.clone(),
            };
            let objects = StageObjects::of(&render, &record, &addon_owner(&tag))?;
            Ok(Render {
                record: Arc::new(record),
                objects: Arc::new(objects),
            })
        });
        let rendered = rendering
            .await
            .map_err(|_| internal("rendering a stage ended unexpectedly"))?;
        self.context.metrics.step("render", began.elapsed());
        rendered
    }
}
