//! Decides how a source folder is read: all files by relative path, sorted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Content by path, `/` between segments.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// Reads a folder with everything below it; links are followed to files, not to folders.
pub(crate) fn read(folder: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    walk(folder, "", &mut tree)?;
    Ok(tree)
}

fn walk(folder: &Path, prefix: &str, tree: &mut Tree) -> Result<()> {
    for entry in fs::read_dir(folder)
        .with_context(|| format!("failed to read folder {}", folder.display()))?
    {
        let entry = entry.with_context(|| format!("failed to read folder {}", folder.display()))?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!(
                "{} is not named in UTF-8: rename it",
                entry.path().display()
            );
        };
        let path = format!("{prefix}{name}");
        if entry
            .file_type()
            .with_context(|| format!("failed to read {path}"))?
            .is_dir()
        {
            walk(&entry.path(), &format!("{path}/"), tree)?;
        } else {
            let bytes = fs::read(entry.path())
                .with_context(|| format!("failed to read {}", entry.path().display()))?;
            tree.insert(path, bytes);
        }
    }
    Ok(())
}

/// The part of a tree below a folder, paths relative to it.
pub(crate) fn below(tree: &Tree, folder: &str) -> Tree {
    let relative = |(path, bytes): (&String, &Vec<u8>)| {
        Some((
            path.strip_prefix(folder)?.strip_prefix('/')?.to_owned(),
            bytes.clone(),
        ))
    };
    tree.iter().filter_map(relative).collect()
}
