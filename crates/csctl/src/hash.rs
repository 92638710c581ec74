//! Decides the hashes of a stack: Go's `dirhash` "h1" of folders, SHA-256 of files, cleaned as upstream cleans them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster_stack::{Digest, file};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::tree::{Tree, below};

/// The content of `hashes.json`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hashes {
    pub(crate) cluster_stack: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster_addon_dir: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster_addon_values: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_image_dir: Option<String>,
}

impl Hashes {
    /// The hashes of a source folder. The folder of node images is looked for as `node-image`, upstream's rule.
    pub(crate) fn of(tree: &Tree) -> Self {
        let folder = |name| {
            Some(below(tree, name))
                .filter(|files| !files.is_empty())
                .map(|files| of_tree(&files))
        };
        Self {
            cluster_stack: of_tree(tree),
            cluster_addon_dir: folder("cluster-addon"),
            cluster_addon_values: tree
                .get(file::CLUSTER_ADDON_VALUES)
                .map(|bytes| clean(&STANDARD.encode(Sha256::digest(bytes)))),
            node_image_dir: folder("node-image"),
        }
    }

    /// The first seven characters of the stack's hash, the word of a hash version.
    pub(crate) fn short(&self) -> String {
        self.cluster_stack.chars().take(7).collect()
    }
}

/// Hash1 of `golang.org/x/mod/sumdb/dirhash` with an empty prefix, cleaned.
fn of_tree(tree: &Tree) -> String {
    let mut lines = String::new();
    for (path, bytes) in tree {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{}  {path}", Digest::of(bytes).hex());
    }
    clean(&STANDARD.encode(Sha256::digest(lines.as_bytes())))
}

fn clean(base64: &str) -> String {
    base64
        .chars()
        .filter(|c| !matches!(c, '/' | '=' | '+'))
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hash_as_gos_dirhash_does() {
        let tree = [("a", "x"), ("b.d", "z"), ("b/c", "y")]
            .map(|(path, bytes)| (path.to_owned(), bytes.into()));
        // Computed with golang.org/x/mod/sumdb/dirhash v0.32.0: h1:sFpzdHQG4fo3vqXM6J8UMrzO2BlaijE0gELiijkbJvE=
        assert_eq!(
            of_tree(&Tree::from(tree)),
            "sfpzdhqg4fo3vqxm6j8umrzo2blaije0geliijkbjve"
        );
    }
}
