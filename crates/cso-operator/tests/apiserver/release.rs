//! Decides what the releases of these tests consist of: the files of a real release, small, with any templates.

use std::sync::Arc;

use cluster_stack::{Files, ReleaseTag};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// A release to publish.
#[derive(Clone)]
pub(crate) struct Release {
    pub(crate) tag: ReleaseTag,
    pub(crate) files: Files,
}

impl Release {
    /// A release whose cluster-class chart has these templates: file name and content.
    pub(crate) fn new(tag: &str, templates: &[(&str, &str)]) -> Self {
        let tag: ReleaseTag = tag.parse().unwrap();
        let version = tag.version.dot();
        let metadata = format!(
            "apiVersion: metadata.clusterstack.x-k8s.io/v1alpha1\nversions:\n  clusterStack: {version}\n  kubernetes: v{}.7\n  components:\n    clusterAddon: {version}\n",
            tag.kubernetes
        );
        let class = chart(&tag.cluster_class_chart(), &version, templates);
        let addon = chart(
            &tag.cluster_addon_chart(),
            &version,
            &[("none.yaml", "# nothing\n")],
        );
        let files = Files::from([
            ("metadata.yaml".to_owned(), metadata.into_bytes().into()),
            (tag.cluster_class_archive(), class),
            (tag.cluster_addon_archive(&tag.version), addon),
        ]);
        Self { tag, files }
    }

    /// A release with a class, the templates it refers to, and a `ConfigMap`.
    pub(crate) fn small(tag: &str) -> Self {
        Self::new(tag, &small())
    }

    /// The same release with add-ons: `clusteraddon.yaml`, and a chart of each stage as name and files (path and content).
    pub(crate) fn with_addons(
        self,
        config: &Value,
        stages: &[(&str, Vec<(String, String)>)],
    ) -> Self {
        let mut entries = Vec::new();
        for (stage, files) in stages {
            let chart = format!("apiVersion: v2\nname: {stage}\nversion: 1.0.0\n");
            entries.push((format!("{stage}/Chart.yaml"), chart));
            let files = files.iter().cloned();
            entries.extend(files.map(|(path, text)| (format!("{stage}/{path}"), text)));
        }
        let addon = self.tag.cluster_addon_archive(&self.tag.version);
        self.with(&addon, Some(&archive(&entries)))
            .with("clusteraddon.yaml", Some(config.to_string().as_bytes()))
    }

    /// The same release with add-ons as they were before there were stages: one chart, and a template of its values.
    pub(crate) fn with_legacy_addon(self, templates: &[(&str, &str)], values: &str) -> Self {
        let version = self.tag.version.dot();
        let addon = chart(&self.tag.cluster_addon_chart(), &version, templates);
        let archive = self.tag.cluster_addon_archive(&self.tag.version);
        self.with(&archive, Some(&addon))
            .with("cluster-addon-values.yaml", Some(values.as_bytes()))
    }

    /// The same release with other content of one file; without the file if `None`.
    pub(crate) fn with(mut self, name: &str, content: Option<&[u8]>) -> Self {
        match content {
            Some(content) => self.files.insert(name.to_owned(), content.into()),
            None => self.files.remove(name),
        };
        self
    }
}

/// Every object of [`small`] as kind and name, for the class `docker-demo-1-36-v1` and the like.
pub(crate) fn objects_of(class: &str) -> [(&'static str, &'static str, String); 4] {
    let infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1";
    [
        ("cluster.x-k8s.io/v1beta1", "ClusterClass", class.to_owned()),
        (infrastructure, "DockerClusterTemplate", class.to_owned()),
        (
            infrastructure,
            "DockerMachineTemplate",
            format!("{class}-machine"),
        ),
        ("v1", "ConfigMap", format!("{class}-notes")),
    ]
}

/// Templates of a small class.
pub(crate) fn small() -> [(&'static str, &'static str); 3] {
    [
        ("class.yaml", CLASS),
        ("templates.yaml", TEMPLATES),
        (
            "notes.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-{{ .Chart.Version }}-notes'}\ndata: {kubernetes: '{{ .Chart.AppVersion }}', colour: green}\n",
        ),
    ]
}

const CLASS: &str = "apiVersion: cluster.x-k8s.io/v1beta1
kind: ClusterClass
metadata:
  name: '{{ .Release.Name }}-{{ .Chart.Version }}'
  namespace: '{{ .Release.Namespace }}'
spec:
  infrastructure:
    ref:
      apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
      kind: DockerClusterTemplate
      name: '{{ .Release.Name }}-{{ .Chart.Version }}'
  controlPlane:
    ref:
      apiVersion: controlplane.cluster.x-k8s.io/v1beta1
      kind: KubeadmControlPlaneTemplate
      name: control-plane
    machineInfrastructure:
      ref:
        apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
        kind: DockerMachineTemplate
        name: '{{ .Release.Name }}-{{ .Chart.Version }}-machine'
";

const TEMPLATES: &str = "apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: DockerClusterTemplate
metadata: {name: '{{ .Release.Name }}-{{ .Chart.Version }}'}
spec: {template: {spec: {}}}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: DockerMachineTemplate
metadata: {name: '{{ .Release.Name }}-{{ .Chart.Version }}-machine'}
spec: {template: {spec: {customImage: node}}}
";

fn chart(name: &str, version: &str, templates: &[(&str, &str)]) -> Arc<[u8]> {
    let metadata =
        format!("apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: v1.36.7\n");
    let mut entries = vec![(format!("{name}/Chart.yaml"), metadata)];
    entries.extend(
        templates
            .iter()
            .map(|(file, text)| (format!("{name}/templates/{file}"), (*text).to_owned())),
    );
    archive(&entries)
}

/// A compressed archive of these files; paths are written as they are, also those that no archive should have.
pub(crate) fn archive(entries: &[(String, String)]) -> Arc<[u8]> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        if let Some(name) = header.as_old_mut().name.get_mut(..path.len()) {
            name.copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        } else {
            builder
                .append_data(&mut header, path, text.as_bytes())
                .unwrap();
        }
    }
    builder.into_inner().unwrap().finish().unwrap().into()
}
