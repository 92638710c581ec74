//! Decides what `clusteraddon.yaml` says: which add-on stages run at which hook, and what each waits for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::yaml::{self, UnknownFields, YamlError};

/// The content of `clusteraddon.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddonConfig {
    /// Stages in order, by hook name (`AfterControlPlaneInitialized`, `BeforeClusterUpgrade`, `AfterClusterUpgrade`,
    /// or one that a later Cluster API knows).
    pub stages: BTreeMap<String, Vec<Stage>>,
    /// Paths of fields that nobody reads, such as `addonStages.BeforeClusterUpgrade[0].waitForX`: worth a warning,
    /// since most are misspelt.
    pub unknown_fields: Vec<String>,
}

/// One step: a chart folder of the add-on bundle that is applied or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Folder of the chart in the bundle.
    pub name: String,
    /// What to do with it.
    pub action: Action,
    /// Must hold before the action.
    pub wait_for_pre_condition: Option<WaitCondition>,
    /// Must hold after the action, before the next stage.
    pub wait_for_post_condition: Option<WaitCondition>,
}

/// What a stage does with its chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Install or update it.
    Apply,
    /// Remove it.
    Delete,
}

/// A CEL expression over objects of the workload cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitCondition {
    /// The objects the expression may name.
    pub objects: Vec<ObjectRef>,
    /// The CEL expression; must give a boolean.
    pub conditions: String,
}

/// An object of the workload cluster, bound to a variable of a wait condition.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// Name of the CEL variable.
    pub key: String,
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Namespace; absent for cluster-scoped kinds.
    pub namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "apiVersion")]
    _api_version: Option<IgnoredAny>,
    #[serde(rename = "clusterAddonVersion")]
    _cluster_addon_version: Option<IgnoredAny>,
    addon_stages: BTreeMap<String, Option<Vec<RawStage>>>,
    #[serde(flatten)]
    rest: UnknownFields,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawStage {
    name: String,
    action: Action,
    wait_for_pre_condition: Option<RawCondition>,
    wait_for_post_condition: Option<RawCondition>,
    #[serde(flatten)]
    rest: UnknownFields,
}

#[derive(Deserialize)]
struct RawCondition {
    objects: Option<Vec<ObjectRef>>,
    conditions: String,
    #[serde(flatten)]
    rest: UnknownFields,
}

impl AddonConfig {
    /// Reads the file.
    ///
    /// # Errors
    /// When the YAML is malformed, an action is neither `apply` nor `delete`, a stage name is not a plain folder name
    /// or is used twice in one hook, or a condition is empty or binds a variable twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, AddonConfigError> {
        let document: Document = yaml::read(bytes).map_err(AddonConfigError::Yaml)?;
        let mut unknown_fields: Vec<String> = document.rest.0;
        let mut stages = BTreeMap::new();
        for (hook, raw) in document.addon_stages {
            let stages_of_hook = raw
                .unwrap_or_default()
                .into_iter()
                .enumerate()
                .map(|(i, stage)| {
                    stage.check(
                        &hook,
                        &format!("addonStages.{hook}[{i}]"),
                        &mut unknown_fields,
                    )
                })
                .collect::<Result<Vec<Stage>, _>>()?;
            let mut names = BTreeSet::new();
            if let Some(twice) = stages_of_hook
                .iter()
                .find(|stage| !names.insert(&stage.name))
            {
                return Err(AddonConfigError::Twice {
                    hook,
                    stage: twice.name.clone(),
                });
            }
            stages.insert(hook, stages_of_hook);
        }
        Ok(Self {
            stages,
            unknown_fields,
        })
    }

    /// The stages of a hook in order; empty when the file does not name the hook.
    pub fn stages_of(&self, hook: &str) -> &[Stage] {
        self.stages.get(hook).map_or(&[], Vec::as_slice)
    }

    /// Names of all chart folders that any hook applies.
    pub fn applied(&self) -> BTreeSet<&str> {
        let all = self.stages.values().flatten();
        all.filter(|stage| stage.action == Action::Apply)
            .map(|stage| stage.name.as_str())
            .collect()
    }
}

impl RawStage {
    fn check(
        self,
        hook: &str,
        path: &str,
        unknown: &mut Vec<String>,
    ) -> Result<Stage, AddonConfigError> {
        let RawStage {
            name,
            action,
            wait_for_pre_condition,
            wait_for_post_condition,
            rest,
        } = self;
        unknown.extend(rest.0.into_iter().map(|field| format!("{path}.{field}")));
        if name.is_empty() || name.contains(['/', '\\', '\0']) || name == "." || name == ".." {
            return Err(AddonConfigError::Name {
                hook: hook.to_owned(),
                stage: name,
            });
        }
        let mut condition = |field, raw: Option<RawCondition>| {
            raw.map(|raw| raw.check(&format!("{path}.{field}"), &name, unknown))
                .transpose()
        };
        Ok(Stage {
            wait_for_pre_condition: condition("waitForPreCondition", wait_for_pre_condition)?,
            wait_for_post_condition: condition("waitForPostCondition", wait_for_post_condition)?,
            name,
            action,
        })
    }
}

impl RawCondition {
    fn check(
        self,
        path: &str,
        stage: &str,
        unknown: &mut Vec<String>,
    ) -> Result<WaitCondition, AddonConfigError> {
        let error = |problem: String| AddonConfigError::Condition {
            path: path.to_owned(),
            stage: stage.to_owned(),
            problem,
        };
        unknown.extend(
            self.rest
                .0
                .into_iter()
                .map(|field| format!("{path}.{field}")),
        );
        let objects = self.objects.unwrap_or_default();
        if self.conditions.trim().is_empty() {
            return Err(error(
                "conditions is empty: write a CEL expression or remove the wait".to_owned(),
            ));
        }
        let mut keys = BTreeSet::new();
        for object in &objects {
            if !is_identifier(&object.key) {
                return Err(error(format!(
                    "key \"{}\" is not a CEL identifier: use letters, digits and _",
                    object.key
                )));
            }
            if !keys.insert(&object.key) {
                return Err(error(format!("key \"{}\" names two objects", object.key)));
            }
        }
        Ok(WaitCondition {
            objects,
            conditions: self.conditions,
        })
    }
}

/// An identifier of the CEL grammar.
fn is_identifier(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| part(c) && !c.is_ascii_digit()) && text.chars().all(part)
}

/// What is wrong with a `clusteraddon.yaml`.
#[derive(Debug, thiserror::Error)]
pub enum AddonConfigError {
    /// Not YAML, a field is missing or has the wrong type.
    #[error("failed to read the add-on stages")]
    Yaml(#[source] YamlError),
    /// A stage name that cannot be a folder.
    #[error(
        "stage \"{stage}\" of hook {hook} is not a folder name: use the name of a chart folder in the add-on bundle"
    )]
    Name {
        /// The hook.
        hook: String,
        /// The offending name.
        stage: String,
    },
    /// The same stage twice under one hook.
    #[error("stage \"{stage}\" appears twice in hook {hook}: every stage may run once per hook")]
    Twice {
        /// The hook.
        hook: String,
        /// The stage.
        stage: String,
    },
    /// A wait condition that can never be evaluated.
    #[error("{path} of stage \"{stage}\": {problem}")]
    Condition {
        /// Path of the condition in the file.
        path: String,
        /// The stage.
        stage: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

#[cfg(test)]
mod tests;
