//! Decides the Helm values of a stage: its `overwrite.yaml`, or `cluster-addon-values.yaml` of a release without stages, is
//! a Go template over the live Cluster, control plane and infrastructure.
//!
//! Templates have the functions of slim-sprig but those that look outside: no `env`, no network, and the clock is the
//! one given. Source of the format: the Go operator's `buildTemplateFromClusterAddonValues`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gotemplate::{Execution, FuncMap, Map, MissingKey, TemplateSet, Value as Go};
use helm_engine::{Ambient, Data, Limits, Str, Timestamp};
use serde_json::Value;

use crate::documents::data;

/// Helm values.
pub type Values = BTreeMap<Str, Data>;

/// What a values template may use up: far beyond any real one.
const LIMITS: Limits = Limits {
    steps: 2_000_000,
    output: 4 << 20,
    depth: 100,
};

/// What Go prints for a field that is not there.
const NO_VALUE: &[u8] = b"<no value>";

/// The live objects of the management cluster a values template sees.
#[derive(Clone, Copy, Debug)]
pub struct Objects<'a> {
    /// `.Cluster`: in the shape of v1beta1 as long as it is served.
    pub cluster: &'a Value,
    /// `.ClusterV1Beta2`: the same Cluster in the shape of v1beta2, if that is served.
    pub cluster_v1beta2: Option<&'a Value>,
    /// `.ControlPlane`: what `spec.controlPlaneRef` names.
    pub control_plane: Option<&'a Value>,
    /// `.InfraCluster`: what `spec.infrastructureRef` names.
    pub infra_cluster: Option<&'a Value>,
}

/// Why a values template gives no values.
#[derive(Debug, thiserror::Error)]
pub enum ValuesError {
    /// No template, or it failed; Go's text.
    #[error("{file} cannot be rendered, correct it and publish a new version: {text}")]
    Template {
        /// The file.
        file: String,
        /// Go's text.
        text: String,
    },
    /// It rendered to something that is no YAML.
    #[error("{file} renders to something that is no YAML: {text}")]
    Yaml {
        /// The file.
        file: String,
        /// What is wrong.
        text: String,
    },
    /// It rendered to a list or a scalar.
    #[error(
        "{file} renders to {found}, but Helm values are a mapping: correct it and publish a new version"
    )]
    NotAMapping {
        /// The file.
        file: String,
        /// What it is.
        found: &'static str,
    },
    /// It names a field that the objects do not have, or not yet.
    #[error(
        "{file} needs a field that the Cluster's objects do not have (yet): value \"{path}\" is empty"
    )]
    NoValue {
        /// The file.
        file: String,
        /// Path of the value in the rendered values.
        path: String,
    },
}

impl ValuesError {
    /// Whether the Cluster may yet get what is missing: then it is a wait, not a defect of the release.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoValue { .. })
    }
}

/// The functions: slim-sprig's.
static EMPTY: LazyLock<TemplateSet> = LazyLock::new(|| {
    let mut functions = FuncMap::new();
    for function in sprig::slim() {
        functions.add(*function);
    }
    TemplateSet::new("cluster-addon-values", functions)
});

/// The values a template gives for these objects at that time. A mapping whose key `values` is a text holds the values
/// as text in there; otherwise the output is the values. An empty output gives none.
///
/// # Errors
/// The template or its output is wrong, exceeds the limits, or needs a field that is not there.
pub fn values(
    file: &str,
    template: &[u8],
    objects: &Objects<'_>,
    now: Timestamp,
) -> Result<Values, ValuesError> {
    let rendered = rendered(template, objects, now).map_err(|error| ValuesError::Template {
        file: file.to_owned(),
        text: error.to_string(),
    })?;
    let outer = mapping(file, &rendered)?;
    let values = match outer.get(b"values".as_slice()) {
        Some(Data::Str(text)) => mapping(file, text.as_bytes())?,
        _ => outer,
    };
    let missing = values
        .iter()
        .find_map(|(key, value)| no_value(value, &key.to_str_lossy()));
    match missing {
        Some(path) => Err(ValuesError::NoValue {
            file: file.to_owned(),
            path,
        }),
        None => Ok(values),
    }
}

fn rendered(
    template: &[u8],
    objects: &Objects<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, gotemplate::Error> {
    let mut set = EMPTY.clone();
    set.parse("cluster-addon-values", template)?;
    let given = Map::new();
    let give = |name: &'static str, object: Option<&Value>| {
        if let Some(object) = object {
            given.insert(name, Go::from(&data(object)));
        }
    };
    give("Cluster", Some(objects.cluster));
    give("ClusterV1Beta2", objects.cluster_v1beta2);
    give("ControlPlane", objects.control_plane);
    give("InfraCluster", objects.infra_cluster);
    Execution::new(&set)
        .missing_key(MissingKey::Default)
        .limits(LIMITS)
        // Nothing in slim-sprig is random; the seed is never used.
        .with_state(Ambient::seeded(now, [0; 32]))
        .execute("cluster-addon-values", &Go::Map(given))
}

fn mapping(file: &str, text: &[u8]) -> Result<Values, ValuesError> {
    let found = match goyaml::from_slice(text) {
        Ok(Data::Map(values)) => return Ok(values),
        Ok(Data::Null) => return Ok(Values::new()),
        Ok(Data::List(_)) => "a list",
        Ok(_) => "a scalar",
        Err(error) => {
            return Err(ValuesError::Yaml {
                file: file.to_owned(),
                text: error.to_string(),
            });
        }
    };
    Err(ValuesError::NotAMapping {
        file: file.to_owned(),
        found,
    })
}

/// Path of the first value that holds what Go prints for a missing field.
fn no_value(data: &Data, path: &str) -> Option<String> {
    match data {
        Data::Str(text) => {
            let mut windows = text.as_bytes().windows(NO_VALUE.len());
            windows
                .any(|window| window == NO_VALUE)
                .then(|| path.to_owned())
        }
        Data::List(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| no_value(item, &format!("{path}[{index}]"))),
        Data::Map(entries) => entries
            .iter()
            .find_map(|(key, value)| no_value(value, &format!("{path}.{}", key.to_str_lossy()))),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::json;
    use serde_json::json;

    fn rendered(template: &str) -> Result<Value, ValuesError> {
        let cluster = json!({
            "metadata": {"name": "c1"},
            "spec": {"controlPlaneEndpoint": {"host": "10.0.0.1", "port": 6443}},
        });
        let control_plane = json!({"spec": {"replicas": 3}});
        let objects = Objects {
            cluster: &cluster,
            cluster_v1beta2: None,
            control_plane: Some(&control_plane),
            infra_cluster: None,
        };
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        values("overwrite.yaml", template.as_bytes(), &objects, now)
            .map(|values| json(Data::Map(values)))
    }

    #[test]
    fn a_text_under_values_is_the_values() {
        let template = "values: |\n  a:\n    host: \"{{ .Cluster.spec.controlPlaneEndpoint.host }}\"\n    port: {{ .Cluster.spec.controlPlaneEndpoint.port }}\n";
        let expected = json!({"a": {"host": "10.0.0.1", "port": 6443.0}});
        assert_eq!(rendered(template).unwrap(), expected);
    }

    #[test]
    fn without_it_the_whole_output_is_the_values() {
        let template = "name: {{ .Cluster.metadata.name | upper }}\nvalues: {a: {{ .ControlPlane.spec.replicas }}}\n";
        assert_eq!(
            rendered(template).unwrap(),
            json!({"name": "C1", "values": {"a": 3.0}})
        );
        assert_eq!(rendered("# nothing\n").unwrap(), json!({}));
    }

    #[test]
    fn u8_a_template_cannot_read_the_environment_nor_the_network() {
        for function in ["env \"PATH\"", "expandenv \"$PATH\"", "getHostByName \"a\""] {
            let error = rendered(&format!("a: {{{{ {function} }}}}")).unwrap_err();
            assert!(error.to_string().contains("not defined"), "{error}");
        }
    }

    #[test]
    fn the_clock_is_the_given_one() {
        let values = rendered("year: '{{ now | date \"2006-01-02\" }}'").unwrap();
        assert_eq!(values, json!({"year": "2026-01-02"}));
    }

    #[test]
    fn a_field_that_is_not_there_is_waited_for_and_named() {
        let error = rendered("values: |\n  a: [{b: '{{ .Cluster.status.x }}'}]\n").unwrap_err();
        assert!(error.may_pass());
        assert!(error.to_string().contains("\"a[0].b\""), "{error}");
        let default = rendered("a: {{ .Cluster.status.x | default \"d\" }}").unwrap();
        assert_eq!(default, json!({"a": "d"}));
    }

    #[test]
    fn output_that_is_no_mapping_is_an_error() {
        for template in ["- a", "text", "a: [", "values: '- a'"] {
            assert!(!rendered(template).unwrap_err().may_pass(), "{template}");
        }
    }

    #[test]
    fn a_hostile_template_reaches_a_limit() {
        for template in [
            "{{ range until 100000000 }}{{ end }}",
            "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
            "a: {{ repeat 100000000 \"x\" }}",
        ] {
            let error = rendered(template).unwrap_err();
            assert!(matches!(error, ValuesError::Template { .. }), "{error}");
        }
    }

    #[test]
    fn there_is_no_field_but_those_of_the_objects() {
        assert!(
            rendered("a: '{{ .InfraCluster.spec.x }}'")
                .unwrap_err()
                .may_pass()
        );
    }
}
