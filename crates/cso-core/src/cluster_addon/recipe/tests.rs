//! A stage before and after its record is stored, and when all memory is lost.

use helm_engine::{Chart, ChartFile};
use serde_json::json;

use super::*;
use crate::effect::Plan;
use crate::manifests::{Applied, Kind, LiveObject, Manifest, Scope};
use crate::retry::Retry;

/// A release whose chart generates nothing.
const PLAIN: &str = "plain";
const TEMPLATE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {password: '{{ randAlphaNum 12 }}', \
    monitored: '{{ .Capabilities.APIVersions.Has \"monitoring/v1\" }}', size: '{{ .Values.size }}'}\n";

fn chart(release: &str) -> Arc<StageChart> {
    let file = |name: &str, text: &str| ChartFile {
        name: name.to_owned(),
        data: text.into(),
    };
    let template = if release == PLAIN {
        TEMPLATE.replace("{{ randAlphaNum 12 }}", "none")
    } else {
        TEMPLATE.to_owned()
    };
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        file("templates/m.yaml", &template),
    ];
    Arc::new(StageChart {
        stage: "web".to_owned(),
        release: Digest::of(release.as_bytes()),
        chart: Chart::from_files(files).unwrap(),
        values: Some((
            "overwrite.yaml",
            Arc::from(&b"size: '{{ .Cluster.size }}'"[..]),
        )),
    })
}

fn capabilities(monitored: bool) -> Capabilities {
    Capabilities {
        api_versions: monitored
            .then_some("monitoring/v1".into())
            .into_iter()
            .collect(),
        ..Capabilities::default()
    }
}

fn sources(cluster: &Value) -> ValueSources {
    ValueSources {
        v1beta1: Fetched::Missing,
        v1beta2: Fetched::Found(cluster.clone()),
        control_plane: Fetched::Missing,
        infra_cluster: Fetched::Missing,
    }
}

fn recipe(release: &str, live: &Capabilities, known: &KnownStage) -> StageRecipe {
    let kinds: Kinds = [(Kind::new("", "ConfigMap"), Scope::Namespaced)]
        .into_iter()
        .collect();
    let chart = chart(release);
    let values = sources(&json!({"size": "small"}))
        .values(&chart, Timestamp::UNIX_EPOCH)
        .unwrap();
    let tag = "docker-scs-1-33-v1".parse().unwrap();
    StageRecipe::of(&tag, &chart, values, (live, &Arc::new(kinds)), known)
}

fn objects(
    release: &str,
    live: &Capabilities,
    known: &mut KnownStage,
    seed: u8,
) -> Arc<StageObjects> {
    let recipe = recipe(release, live, known);
    if let Some(objects) = recipe.rendered(known) {
        return objects;
    }
    let ambient = Ambient::seeded(Timestamp::UNIX_EPOCH, [seed; 32]);
    let rendered = recipe.render(ambient).unwrap();
    let objects = Arc::clone(&rendered.objects);
    known.keep(rendered);
    objects
}

fn told(objects: &StageObjects, field: &str) -> String {
    let body = objects.manifests[0].body();
    body["data"][field].as_str().unwrap().to_owned()
}

fn store(manifest: &Manifest, known: &mut KnownStage) {
    let mut execution = Plan::wave(vec![Effect::ApplyObject(manifest.clone())], Retry::Now).start();
    let wave = execution.next_wave().unwrap().into_iter();
    let live = LiveObject::of(&manifest.body());
    let done = Outcome::Applied(Applied::of(manifest, &live));
    execution.settle(wave.map(|ticket| ticket.settle(done.clone())).collect());
    known.learn(&execution.finish());
}

#[test]
fn a_stage_sees_what_is_served_when_it_runs_and_not_when_it_was_first_looked_at() {
    let (without, with) = (capabilities(false), capabilities(true));
    let mut known = KnownStage::default();
    let early = objects("v1", &without, &mut known, 1);
    assert_eq!(told(&early, "monitored"), "false");
    let password = told(&early, "password");
    // An earlier stage has brought the API meanwhile.
    let now = objects("v1", &with, &mut known, 2);
    assert_eq!(told(&now, "monitored"), "true");
    assert_eq!(told(&now, "password"), password);
    store(&now.record, &mut known);
    let later = objects("v1", &without, &mut known, 3);
    assert_eq!(told(&later, "monitored"), "true", "what was applied stays");
    let upgraded = objects("v2", &without, &mut known, 4);
    assert_eq!(
        told(&upgraded, "monitored"),
        "false",
        "the next release looks anew"
    );
    assert_eq!(told(&upgraded, "password"), password);
}

#[test]
fn one_render_serves_every_cluster_unless_it_took_something_from_clock_or_randomness() {
    let serves_all = |release| {
        let recipe = recipe(release, &capabilities(true), &KnownStage::default());
        let ambient = Ambient::seeded(Timestamp::UNIX_EPOCH, [1; 32]);
        recipe.is_closed(&recipe.render(ambient).unwrap())
    };
    assert!(serves_all(PLAIN));
    assert!(!serves_all("v1"));
}

#[test]
fn a_stored_record_gives_the_same_objects_to_who_remembers_nothing() {
    let mut known = KnownStage::default();
    let first = objects("v1", &capabilities(true), &mut known, 1);
    let stored = StageRecord::read("web", &first.record.body()).unwrap();
    let mut anew = KnownStage::of(Some(stored));
    assert_eq!(objects("v1", &capabilities(false), &mut anew, 2), first);
    assert!(KnownStage::of(None).is_unknown());
}

#[test]
fn a_release_that_is_only_looked_at_makes_nobody_forget_what_was_generated() {
    let (live, mut known) = (capabilities(true), KnownStage::default());
    let first = objects("v1", &live, &mut known, 1);
    store(&first.record, &mut known);
    let plain = objects(PLAIN, &live, &mut known, 2);
    assert_eq!(told(&plain, "password"), "none");
    let next = objects("v2", &live, &mut known, 3);
    assert_eq!(told(&next, "password"), told(&first, "password"));
}

#[test]
fn values_are_not_made_of_objects_that_could_not_be_read() {
    let mut sources = sources(&json!({"size": "small"}));
    let failure = Failure::new(Cause::Unreachable, "no answer");
    sources.control_plane = Fetched::Failed(failure.clone());
    let values = sources.values(&chart("v1"), Timestamp::UNIX_EPOCH);
    assert_eq!(values, Err(failure));
}

#[test]
fn values_see_the_old_shape_of_a_cluster_as_long_as_it_is_served() {
    let mut sources = sources(&json!({"size": "new"}));
    sources.v1beta1 = Fetched::Found(json!({"size": "old"}));
    let values = sources.values(&chart("v1"), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(
        values.get(b"size".as_slice()),
        Some(&helm_engine::Data::Str("old".into()))
    );
}
