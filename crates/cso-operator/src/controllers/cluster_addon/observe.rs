//! Reads what a pass over the add-ons of a Cluster has to know, from the management and from the workload cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster_stack::{Bundle, ObjectRef};
use cso_api::capi::ClusterView;
use cso_api::{ClusterAddon, ClusterStackRelease};
use cso_core::cluster::{is_class_of, tag_of};
use cso_core::cluster_addon::{
    Observed, ValueSources, awaited, looks_back, may_look, reads, workloads,
};
use cso_core::cluster_stack_release;
use cso_core::failure::Failure;
use cso_core::fetched::Fetched;
use cso_core::manifests::ObjectId;
use helm_engine::Timestamp;
use kube::core::DynamicObject;

use super::KIND;
use tokio::sync::OnceCell;

use super::facts;
use super::left_behind::left_behind;
use super::memory::Addons;
use super::stages::Target;
use crate::context::Context;
use crate::controllers::pass::{key_of, memory_key};
use crate::execute::internal;
use crate::workload::Workload;

/// What is known, and the workload cluster it is known of.
pub(super) struct Seen {
    pub(super) observed: Observed,
    pub(super) workload: Option<Workload>,
}

/// What is read once for all rounds of a pass: a change of it makes another pass due.
#[derive(Default)]
pub(super) struct Scene {
    cluster: OnceCell<Fetched<DynamicObject>>,
    sources: OnceCell<ValueSources>,
    workload: OnceCell<Fetched<Workload>>,
}

pub(super) async fn observe(context: &Context, scene: &Scene, addon: &ClusterAddon) -> Seen {
    let owner = key_of(addon);
    let name = addon.spec.cluster_ref.name.clone().unwrap_or_default();
    let read = || facts::cluster(&context.management, &owner.0, &name);
    let cluster = scene.cluster.get_or_init(read).await;
    let release = release(context, cluster);
    let addons = match &release {
        Some(release) => unpacked(context, release).await,
        None => Ok(None),
    };
    let mut observed = Observed {
        addon: addon.clone(),
        cluster: cluster.clone(),
        control_plane_version: None,
        release,
        bundle: addons
            .as_ref()
            .map(|addons| addons.as_ref().map(|one| Arc::clone(&one.bundle)))
            .map_err(Clone::clone),
        workload: Fetched::Missing,
        stages: BTreeMap::new(),
        objects: BTreeMap::new(),
        health: BTreeMap::new(),
        kinds: Arc::default(),
        live: BTreeMap::new(),
        left_behind: None,
        applied: context.memory.applied(&memory_key(KIND, &owner)),
        now: Timestamp::now(),
    };
    let (Ok(Some(addons)), Some(cluster), true) = (addons, cluster.found(), may_look(&observed))
    else {
        return Seen {
            observed,
            workload: None,
        };
    };
    let read = || facts::sources(&context.management, cluster);
    let sources = scene.sources.get_or_init(read).await;
    let control_plane = sources.control_plane.found();
    let version = control_plane.and_then(|found| found.pointer("/status/version")?.as_str());
    observed.control_plane_version = version.map(str::to_owned);
    let connect = || context.workloads.connect(&owner, &name);
    let workload = match scene.workload.get_or_init(connect).await.clone() {
        Fetched::Found(workload) => workload,
        Fetched::Missing => {
            return Seen {
                observed,
                workload: None,
            };
        }
        Fetched::Failed(failure) => {
            observed.workload = Fetched::Failed(failure);
            return Seen {
                observed,
                workload: None,
            };
        }
    };
    let looked = workload.look(look(context, &mut observed, sources, &addons, &workload));
    match looked.await {
        Ok(Ok(())) => observed.workload = Fetched::Found(()),
        Ok(Err(failure)) | Err(failure) => {
            workload.doubt();
            observed.workload = Fetched::Failed(failure);
        }
    }
    let workload = observed.workload.found().map(|()| workload);
    Seen { observed, workload }
}

/// The part of the observation that the workload cluster answers.
async fn look(
    context: &Context,
    observed: &mut Observed,
    sources: &ValueSources,
    addons: &Addons,
    workload: &Workload,
) -> Result<(), Failure> {
    let capabilities = workload.capabilities().await?;
    let kinds = workload
        .server
        .kinds
        .scopes()
        .await
        .map_err(|_| internal("the kinds of the workload cluster cannot be discovered"))?;
    observed.kinds = Arc::clone(&kinds);
    let created = observed.addon.metadata.creation_timestamp.as_ref();
    let target = Target {
        context,
        owner: &key_of(&observed.addon),
        sources,
        workload,
        capabilities: &capabilities,
        kinds: &kinds,
        born: created.map_or(Timestamp::UNIX_EPOCH, |time| time.0),
    };
    observed.stages = target.stages(addons).await;
    // From here on the plan may ask what the cluster said.
    observed.workload = Fetched::Found(());
    if let Some(condition) = awaited(observed) {
        for object in &condition.objects {
            let found = workload.fetch(object).await;
            observed.objects.insert(object.key.clone(), found);
        }
    }
    for (id, version) in workloads(observed) {
        let found = workload.fetch(&reference(&id, &version)).await;
        observed.health.insert(id, found);
    }
    if looks_back(observed) {
        let left_behind = Box::pin(left_behind(&target, observed)).await;
        observed.left_behind = Some(left_behind);
    }
    observed.live = workload.server.tracker.look_up(&reads(observed)).await;
    Ok(())
}

fn reference(id: &ObjectId, version: &str) -> ObjectRef {
    let api_version = if id.kind.group.is_empty() {
        version.to_owned()
    } else {
        format!("{}/{version}", id.kind.group)
    };
    ObjectRef {
        key: String::new(),
        api_version,
        kind: id.kind.kind.clone(),
        name: id.name.clone(),
        namespace: id.namespace.clone(),
    }
}

/// The release the class of the Cluster belongs to.
fn release(context: &Context, cluster: &Fetched<DynamicObject>) -> Option<ClusterStackRelease> {
    let class = ClusterView(cluster.found()?).class()?;
    let found = context
        .stores
        .releases
        .find(|release| is_class_of(&class, release))?;
    Some(found.as_ref().clone())
}

/// The add-ons of a release once it is pulled, from memory, store or source.
pub(super) async fn unpacked(
    context: &Context,
    release: &ClusterStackRelease,
) -> Result<Option<Arc<Addons>>, Failure> {
    let metadata = &release.metadata;
    let tag = tag_of(release);
    let pinned = release.status.as_ref().and_then(cluster_stack_release::pin);
    let (Some(tag), Some(pinned)) = (tag, pinned) else {
        return Ok(None);
    };
    if let Some(known) = context.addon_memory.release(&pinned.digest) {
        return Ok(Some(known));
    }
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let source = release.spec.source.as_ref();
    let bundle: Arc<Bundle> = context
        .sources
        .bundle(namespace, &tag, source, Some(&pinned))
        .await?;
    let unpacking = format!("unpacking {tag}");
    let unpacking = context
        .processors
        .run(&unpacking, || Addons::unpack(bundle));
    let (unpacked, _) = unpacking.await?;
    Ok(Some(context.addon_memory.keep(unpacked?)))
}
