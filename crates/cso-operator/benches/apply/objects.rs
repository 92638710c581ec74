//! Decides what is applied: half small objects of the core, half templates whose schema is checked, and a class.

use serde_json::{Value, json};

use crate::release::small;

/// Objects of the release, the class and what it refers to included.
pub(crate) const COUNT: usize = 500;
/// Objects of the small release: the class, its templates, its notes.
const SMALL: usize = 4;

/// The objects that the release has beside those of a small one.
pub(crate) fn objects() -> Vec<Value> {
    (0..COUNT - SMALL)
        .map(|number| match number % 2 {
            0 => config(number),
            _ => template(number),
        })
        .collect()
}

/// The templates of a chart of [`COUNT`] objects: file names and contents.
pub(crate) fn templates() -> Vec<(String, String)> {
    let many = objects().into_iter().enumerate().map(|(number, object)| {
        // JSON is YAML.
        (format!("{number}.yaml"), object.to_string())
    });
    let small = small().map(|(name, text)| (name.to_owned(), text.to_owned()));
    many.chain(small).collect()
}

fn config(number: usize) -> Value {
    let lines: Vec<String> = (0..20)
        .map(|line| format!("setting-{line} = value of object {number}"))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("config-{number}"), "labels": {"app.kubernetes.io/part-of": "bench"}},
        "data": {"settings.conf": lines.join("\n")},
    })
}

fn template(number: usize) -> Value {
    let mounts: Vec<Value> = (0..10)
        .map(|mount| json!({"containerPath": format!("/mnt/{mount}"), "hostPath": format!("/srv/{number}/{mount}")}))
        .collect();
    json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DockerMachineTemplate",
        "metadata": {"name": format!("template-{number}"), "labels": {"app.kubernetes.io/part-of": "bench"}},
        "spec": {"template": {"spec": {"customImage": "node", "extraMounts": mounts}}},
    })
}
