//! Decides that the charts of cluster classes render to the very bytes of `helm template`.
//!
//! The cases lie beside the workspace, in `../shared/corpus/helm`; they come from the Sovereign Cloud Stack's releases.
#![allow(
    clippy::disallowed_methods,
    reason = "the cases are read from a folder"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, KubeVersion, Limits, Release, RenderInput, Timestamp,
    render,
};
use serde_json::Value as Json;

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/helm");
    if root.join("cases.json").exists() {
        return Some(root);
    }
    assert!(
        std::env::var("CI").is_err(),
        "{} is missing: check out the shared material beside the workspace",
        root.display()
    );
    None
}

fn files(folder: &Path, prefix: &str, found: &mut Vec<ChartFile>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push(ChartFile::new(path, &fs::read(entry.path()).unwrap()));
        }
    }
}

fn text<'c>(case: &'c Json, key: &str) -> Option<&'c str> {
    case.get(key).and_then(Json::as_str)
}

fn rendered(root: &Path, case: &Json) -> String {
    let mut found = Vec::new();
    files(&root.join(text(case, "chart").unwrap()), "", &mut found);
    let chart = Chart::from_files(found).unwrap();
    let folder = root.join(text(case, "dir").unwrap());
    let values = fs::read(folder.join(text(case, "values").unwrap())).unwrap();
    let mut capabilities = Capabilities::default();
    if let Some(version) = text(case, "kube_version").filter(|version| !version.is_empty()) {
        capabilities.kube_version = KubeVersion::parse(version).unwrap();
    }
    let versions = case.get("api_versions").and_then(Json::as_array);
    capabilities.api_versions.extend(
        versions
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(|version| version.to_owned().into()),
    );
    let input = RenderInput {
        release: Release {
            name: text(case, "release").unwrap().to_owned(),
            namespace: text(case, "namespace").unwrap().to_owned(),
            revision: 1,
            is_upgrade: case.get("is_upgrade") == Some(&Json::Bool(true)),
        },
        values: helm_engine::values::parse_values(&values).unwrap(),
        capabilities,
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits::default(),
    };
    let rendered = render(&chart, input).unwrap_or_else(|error| panic!("{}", error.text()));
    rendered
        .manifests
        .iter()
        .fold(String::new(), |mut text, m| {
            write!(text, "---\n# Source: {}\n{}\n", m.source, m.content).unwrap();
            text
        })
}

#[test]
fn every_cluster_class_renders_to_helms_bytes() {
    let Some(root) = corpus() else { return };
    let index: BTreeMap<String, Json> =
        serde_json::from_slice(&fs::read(root.join("cases.json")).unwrap()).unwrap();
    let cases: Vec<&Json> = index["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| text(case, "chart").is_some_and(|chart| chart.contains("cluster-class")))
        .collect();
    assert!(cases.len() >= 18, "only {} cases", cases.len());
    for case in cases {
        let folder = root.join(text(case, "dir").unwrap());
        let expected = fs::read_to_string(folder.join(text(case, "expected").unwrap())).unwrap();
        let id = text(case, "id").unwrap();
        assert_eq!(rendered(&root, case).trim(), expected.trim(), "case {id}");
    }
}
