//! Decides nothing: reads the releases and stack sources of the Sovereign Cloud Stack kept beside the workspace.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its fixtures from disk"
)]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};

use cluster_stack::{AddonConfig, AddonLayout, Bundle, Digest, Files};

/// The folder of real stacks, or `None` on a machine without it; a build server must have it.
fn stacks() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/stacks");
    let present = path.is_dir();
    assert!(
        present || std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing",
        path.display()
    );
    present.then_some(path)
}

fn find(folder: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, name, found);
        } else if path.ends_with(name) {
            found.push(path);
        }
    }
}

#[test]
fn every_real_release_is_a_bundle() {
    let Some(stacks) = stacks() else { return };
    let mut stages = 0;
    for entry in std::fs::read_dir(stacks.join("releases/cluster-stacks")).unwrap() {
        let folder = entry.unwrap().path();
        let files: Files = std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| {
                (
                    path.file_name().unwrap().to_str().unwrap().to_owned(),
                    std::fs::read(&path).unwrap().into(),
                )
            })
            .collect();
        let tag = folder
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        let digest = Digest::of_files(
            files
                .iter()
                .map(|(name, bytes)| (name.as_str(), &bytes[..])),
        );
        let bundle = Bundle::new(tag, digest, files).unwrap();
        stages += usize::from(matches!(bundle.addon(), AddonLayout::Stages(_)));
    }
    assert_eq!(stages, 1, "one of the four releases has stages");
}

#[test]
fn every_real_clusteraddon_file_is_read_without_unknown_fields() {
    let Some(stacks) = stacks() else { return };
    let mut files = Vec::new();
    find(&stacks.join("sources"), "clusteraddon.yaml", &mut files);
    assert!(!files.is_empty());
    for file in files {
        let config = AddonConfig::parse(&std::fs::read(&file).unwrap());
        let config = config.unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        assert_eq!(
            config.unknown_fields,
            Vec::<String>::new(),
            "{}",
            file.display()
        );
    }
}
