//! What is generated from code, and whether the files still say the same.

mod crd;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::files;

/// A generated file: where it is, relative to the root, and what it says.
struct Generated {
    path: PathBuf,
    content: String,
}

/// Writes every generated file.
pub(crate) fn write() -> Result<()> {
    for file in crd::files()? {
        let path = files::root().join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("failed to create {}", folder.display()))?;
        }
        std::fs::write(&path, &file.content)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// Fails when a generated file differs from what the code says, showing the first line that does.
pub(crate) fn check() -> Result<()> {
    let mut stale = Vec::new();
    for file in crd::files()? {
        let found = std::fs::read_to_string(files::root().join(&file.path)).unwrap_or_default();
        if found != file.content {
            stale.push(format!(
                "{}: {}",
                file.path.display(),
                first_difference(&found, &file.content)
            ));
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "generated files are not current; run `make generate`\n  {}",
        stale.join("\n  ")
    )
}

fn first_difference(found: &str, wanted: &str) -> String {
    let mut wanted_lines = wanted.lines();
    for (number, line) in found.lines().enumerate() {
        let expected = wanted_lines.next().unwrap_or("(end of file)");
        if line != expected {
            return format!("line {}: {line:?} should be {expected:?}", number + 1);
        }
    }
    format!(
        "ends early, next is {:?}",
        wanted_lines.next().unwrap_or("(end of file)")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_current() {
        check().unwrap();
    }

    #[test]
    fn the_first_different_line_is_shown() {
        assert_eq!(
            first_difference("a\nb\n", "a\nc\n"),
            "line 2: \"b\" should be \"c\""
        );
        assert_eq!(
            first_difference("a\n", "a\nc\n"),
            "ends early, next is \"c\""
        );
    }
}
