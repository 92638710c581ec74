//! Decides what is applied in each cluster: add-ons of one stage, whose values tell one cluster from another or not.

use serde_json::{Value, json};

use crate::release::{Release, archive};

/// Objects of the add-ons.
pub(crate) const COUNT: usize = 50;

/// Whether the add-ons of a cluster differ from those of another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// They bear the cluster's name.
    Own,
    /// They are the same everywhere.
    Equal,
}

impl Values {
    fn template(self) -> &'static str {
        match self {
            Self::Own => "values: |\n  cluster: \"{{ .Cluster.metadata.name }}\"\n",
            Self::Equal => "values: |\n  cluster: any\n",
        }
    }
}

/// A release whose add-ons are the stage `all`.
pub(crate) fn release(tag: &str, values: Values) -> Release {
    let release = Release::small(tag);
    let file = |name: &str| format!("all/{name}");
    let mut entries = vec![
        (
            file("Chart.yaml"),
            "apiVersion: v2\nname: all\nversion: 1.0.0\n".to_owned(),
        ),
        (file("overwrite.yaml"), values.template().to_owned()),
    ];
    entries.extend(
        objects("{{ .Values.cluster }}")
            .into_iter()
            .enumerate()
            .map(
                // JSON is YAML.
                |(number, object)| {
                    (
                        file(&format!("templates/{number}.yaml")),
                        object.to_string(),
                    )
                },
            ),
    );
    let config = json!({"addonStages": {
        "AfterControlPlaneInitialized": [{"name": "all", "action": "apply"}],
    }});
    let addon = release.tag.cluster_addon_archive(&release.tag.version);
    release
        .with(&addon, Some(&archive(&entries)))
        .with("clusteraddon.yaml", Some(config.to_string().as_bytes()))
}

/// The objects of one cluster.
pub(crate) fn objects(cluster: &str) -> Vec<Value> {
    (0..COUNT).map(|number| object(number, cluster)).collect()
}

fn object(number: usize, cluster: &str) -> Value {
    let metadata = json!({
        "name": format!("addon-{number}"), "namespace": "kube-system",
        "labels": {"app.kubernetes.io/part-of": "bench"}, "annotations": {"cluster": cluster},
    });
    match number % 5 {
        0 => json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
        1 => json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list", "watch"]}],
        }),
        _ => {
            let lines: Vec<String> = (0..20)
                .map(|line| format!("setting-{line} = value of object {number}"))
                .collect();
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                "data": {"settings.conf": lines.join("\n")},
            })
        }
    }
}
