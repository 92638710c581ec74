//! Every values file and every rendered manifest of the Helm corpus, where it is at hand.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that reads fixtures"
)]

use std::path::{Path, PathBuf};

/// The corpus beside the repository. In CI it has to be there.
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/helm");
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").is_err(),
        "the Helm corpus is missing: {}",
        path.display()
    );
    None
}

fn files(dir: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, name, found);
        } else if path.file_name().is_some_and(|n| n == name) {
            found.push(path);
        }
    }
}

/// Reads a document, writes it and reads it again.
fn round_trip(text: &[u8], what: &Path) {
    let data = goyaml::from_slice(text).unwrap_or_else(|e| panic!("{}: {e}", what.display()));
    let written = goyaml::data_to_vec(&data).unwrap_or_else(|e| panic!("{}: {e}", what.display()));
    assert!(
        goyaml::from_slice(&written).unwrap() == data,
        "{} changed",
        what.display()
    );
}

#[test]
fn every_values_file_survives_a_round_trip() {
    let Some(corpus) = corpus() else { return };
    let mut paths = Vec::new();
    files(&corpus.join("charts"), "values.yaml", &mut paths);
    assert!(paths.len() > 100);
    for path in paths {
        let text = std::fs::read(&path).unwrap();
        // Some charts are there for their broken values.
        if goyaml::from_slice(&text).is_ok() {
            round_trip(&text, &path);
        }
    }
}

#[test]
fn every_manifest_that_helm_printed_survives_a_round_trip() {
    let Some(corpus) = corpus() else { return };
    let mut paths = Vec::new();
    files(&corpus.join("cases"), "expected.yaml", &mut paths);
    assert!(paths.len() > 100);
    let mut refused = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        for document in text.split("\n---\n") {
            if goyaml::from_slice(document.as_bytes()).is_ok() {
                round_trip(document.as_bytes(), &path);
            } else {
                refused += 1;
            }
        }
    }
    assert!(
        refused < 100,
        "{refused} documents are no YAML; the corpus has a few that are none on purpose"
    );
}
