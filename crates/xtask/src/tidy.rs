//! The rules of the repository that no compiler checks.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::files;

const MAP: &str = "crates/README.md";

/// Top-level entries of the repository; anything else needs a decision.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "Makefile",
    "README.md",
    "rust-toolchain.toml",
    "charts",
    "config",
    "crates",
    "examples",
    "kind",
    "tests",
];

/// Fails with one line per broken rule, each naming the file and what to do.
pub(crate) fn check() -> Result<()> {
    let files = files::all()?;
    let map = files::read(Path::new(MAP))?;
    let (mut problems, mut sources) = (Vec::new(), String::new());
    for file in &files {
        problems.extend(misplaced(file));
        if is_text(file) {
            let text = files::read(file)?;
            if file.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&text);
            }
            problems.extend(without_header(file, &text));
            problems.extend(registry_hosts(file, &text));
        }
    }
    problems.extend(unlisted_crates(&files, &map));
    problems.extend(missing_from_map(&map));
    problems.extend(missing_tests(&map, &sources));
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

fn is_text(file: &Path) -> bool {
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    file.file_name().is_some_and(|name| name != "Cargo.lock")
        && !["tgz", "gz", "png"].contains(&extension)
}

fn misplaced(file: &Path) -> Option<String> {
    let top = file.components().next()?.as_os_str().to_str()?;
    (!top.starts_with('.') && !TOP_LEVEL.contains(&top)).then(|| {
        format!(
            "{}: `{top}` is not part of the fixed top level",
            file.display()
        )
    })
}

fn without_header(file: &Path, text: &str) -> Option<String> {
    (file.extension().is_some_and(|extension| extension == "rs") && !text.starts_with("//!")).then(
        || {
            format!(
                "{}: must open with a `//!` line that says what it decides",
                file.display()
            )
        },
    )
}

/// Hosts of package registries: packages are named, never where they come from. Assembled, so that this file passes.
fn registry_hosts(file: &Path, text: &str) -> Vec<String> {
    [
        ["crates", ".io"],
        ["proxy.golang", ".org"],
        ["registry.npmjs", ".org"],
        ["pypi", ".org"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .filter(|host| text.contains(host.as_str()))
    .map(|host| {
        format!(
            "{}: names the package registry {host}; leave the host out",
            file.display()
        )
    })
    .collect()
}

fn unlisted_crates(files: &[PathBuf], map: &str) -> Vec<String> {
    files
        .iter()
        .filter(|file| {
            file.starts_with("crates")
                && file.ends_with("Cargo.toml")
                && file.components().count() == 3
        })
        .filter_map(|file| file.parent()?.file_name()?.to_str())
        .filter(|name| !map.contains(&format!("| `{name}` |")))
        .map(|name| format!("{MAP}: crate {name} is not in the code map"))
        .collect()
}

/// Paths of the tables and links of the map that do not exist.
fn missing_from_map(map: &str) -> Vec<String> {
    map.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains("/src/"))
        .map(|path| path.trim_start_matches("crates/"))
        .filter(|path| !files::root().join("crates").join(path).is_file())
        .map(|path| format!("{MAP}: names {path}, which does not exist"))
        .collect()
}

/// Tests that the map says keep a defect out and that do not exist. Their names are sentences: three words at least.
fn missing_tests(map: &str, sources: &str) -> Vec<String> {
    let is_sentence = |word: &&str| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        word.matches('_').count() >= 2 && word.chars().all(is_plain)
    };
    map.split('`')
        .skip(1)
        .step_by(2)
        .filter(is_sentence)
        .filter(|test| !sources.contains(&format!("fn {test}(")))
        .map(|test| format!("{MAP}: names the test {test}, which does not exist"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        check().unwrap();
    }

    #[test]
    fn a_source_without_a_header_is_named() {
        assert!(without_header(Path::new("a.rs"), "fn main() {}").is_some());
        assert!(without_header(Path::new("a.rs"), "//! Decides.\n").is_none());
        assert!(without_header(Path::new("a.md"), "text").is_none());
    }

    #[test]
    fn a_registry_host_is_named() {
        let text = ["see https://crates", ".io/crates/x"].concat();
        assert_eq!(registry_hosts(Path::new("a.md"), &text).len(), 1);
    }

    #[test]
    fn a_test_that_does_not_exist_is_named() {
        let map = "| 1 | `a_test_that_is_gone` |\n| 2 | `a_test_that_exists`, `no_test` |";
        let problems = missing_tests(map, "fn a_test_that_exists() {}");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("a_test_that_is_gone"));
    }

    #[test]
    fn a_path_that_does_not_exist_is_named() {
        let problems = missing_from_map("| q | `nowhere/src/lib.rs` |");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}
