//! Everything that can be wrong with a source, a release or its objects: each has its own reason, says whether a person
//! must help, and is mended without a restart.

mod objects;
mod release;
mod source;

use cso_api::conditions::types;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::ListParams;

use crate::world::{World, find, source, wanting};

/// Of whom the release waits.
#[derive(Clone, Copy, PartialEq)]
enum Waits {
    /// `Stalled`.
    ForAPerson,
    /// `Reconciling`.
    ByItself,
}

/// Expects a stack of this tag, from that registry, to fail for that reason, with these words (object, cause, what to do);
/// nothing may be applied.
async fn fails(world: &World, tag: &str, host: &str, waits: Waits, reason: &str, says: &[&str]) {
    let mut spec = wanting(&[tag]);
    spec["source"] = source(host);
    world.stack(tag, spec).await;
    let release = world.told(tag, types::READY, reason).await;
    let (is, is_not) = match waits {
        Waits::ForAPerson => (types::STALLED, types::RECONCILING),
        Waits::ByItself => (types::RECONCILING, types::STALLED),
    };
    assert!(find(&release, is).is_some(), "{tag} is {is}: {release:#?}");
    assert!(find(&release, is_not).is_none(), "{tag} is not {is_not}");
    let ready = find(&release, types::READY).unwrap();
    let message = ready.message.as_deref().unwrap_or_default();
    for part in says {
        assert!(message.contains(part), "{tag} says {part}: {message}");
    }
    assert!(!release.status.as_ref().unwrap().ready);
    let owned = ListParams::default().labels(&format!("clusterstack.x-k8s.io/release={tag}"));
    let maps: Api<ConfigMap> = world.api();
    assert!(
        maps.list(&owned).await.unwrap().items.is_empty(),
        "{tag} applied something"
    );
}
