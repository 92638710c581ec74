//! Which files are read, tolerated and refused.
use super::*;

const FILE: &str = "apiVersion: clusteraddonconfig.x-k8s.io/v1alpha1
clusterAddonVersion: clusteraddons.clusterstack.x-k8s.io/v1alpha1
addonStages:
  AfterControlPlaneInitialized:
  - {name: cni, action: apply}
  - name: dns
    action: apply
    waitForPreCondition:
      objects: [{key: ds, apiVersion: apps/v1, kind: DaemonSet, name: cilium, namespace: kube-system}]
      conditions: ds.status.numberReady > 0
  BeforeClusterUpgrade:
  - {name: old, action: delete}
  AfterClusterUpgrade:
";

fn error(from: &str, to: &str) -> String {
    assert!(FILE.contains(from));
    let error = AddonConfig::parse(FILE.replace(from, to).as_bytes()).unwrap_err();
    format!("{error}: {:?}", std::error::Error::source(&error))
}

#[test]
fn stages_keep_their_order_and_hooks_may_be_empty() {
    let config = AddonConfig::parse(FILE.as_bytes()).unwrap();
    let names: Vec<&str> = config
        .stages_of("AfterControlPlaneInitialized")
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    assert_eq!(names, ["cni", "dns"]);
    assert!(
        config.stages_of("AfterClusterUpgrade").is_empty() && config.stages_of("Other").is_empty()
    );
    assert_eq!(config.applied(), BTreeSet::from(["cni", "dns"]));
    assert!(config.unknown_fields.is_empty());
    let wait = config.stages["AfterControlPlaneInitialized"][1]
        .wait_for_pre_condition
        .as_ref()
        .unwrap();
    assert_eq!(wait.objects[0].namespace.as_deref(), Some("kube-system"));
}

#[test]
fn a_misspelt_field_is_tolerated_and_reported() {
    let file = FILE.replace("waitForPreCondition", "waitForPrecondition");
    let config = AddonConfig::parse(file.as_bytes()).unwrap();
    assert_eq!(
        config.unknown_fields,
        ["addonStages.AfterControlPlaneInitialized[1].waitForPrecondition"]
    );
}

#[test]
fn stages_that_could_not_run_are_refused() {
    assert!(error("action: delete", "action: remove").contains("remove"));
    assert!(error("name: old", "name: ../old").contains("not a folder name"));
    assert!(error("name: dns", "name: cni").contains("appears twice"));
    assert!(error("key: ds", "key: my-ds").contains("not a CEL identifier"));
    assert!(error("ds.status.numberReady > 0", "''").contains("conditions is empty"));
}
