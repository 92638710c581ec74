//! Decides where a render goes and what it looks like: Helm's order and separators, one stream or a file per template.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use helm_engine::Rendered;
use helm_engine::chart::path_match;
use helm_engine::manifest::split_documents;

use super::file::{self, Mode};
use crate::args::Template;

/// A piece of the output and the template it came from.
struct Section<'r> {
    source: &'r str,
    content: &'r str,
}

/// Prints the render, or writes it below `--output-dir`.
pub(super) fn put(rendered: &Rendered, args: &Template, release: &str) -> Result<()> {
    let crds: Vec<(&str, String)> = rendered
        .crds
        .iter()
        .filter(|_| args.include_crds)
        .map(|(path, content)| (path.as_str(), content.to_str_lossy().into_owned()))
        .collect();
    let crds = crds
        .iter()
        .map(|(source, content)| Section { source, content });
    let manifests = rendered.manifests.iter().map(|manifest| Section {
        source: &manifest.source,
        content: &manifest.content,
    });
    let hooks = rendered
        .hooks
        .iter()
        .filter(|hook| !(args.no_hooks || args.skip_tests && hook.is_test()))
        .map(|hook| Section {
            source: &hook.manifest.source,
            content: &hook.manifest.content,
        });
    let Some(folder) = &args.output_dir else {
        let mut text = String::new();
        crds.chain(manifests).for_each(|s| s.push_to(&mut text));
        let mut text = format!("{}\n", text.trim());
        hooks.for_each(|section| section.push_to(&mut text));
        return super::super::print(&picked(text, &args.show_only)?);
    };
    let mut files = Files::default();
    for section in crds {
        files.write(folder, &section)?;
    }
    let inner = if args.release_name {
        folder.join(release)
    } else {
        folder.clone()
    };
    for section in manifests.chain(hooks) {
        files.write(&inner, &section)?;
    }
    // What Helm prints of the manifests it did not print.
    super::super::print(&picked("\n".to_owned(), &args.show_only)?)
}

impl Section<'_> {
    fn push_to(&self, text: &mut String) {
        let Self { source, content } = self;
        // Writing to a String cannot fail.
        let _ = write!(text, "---\n# Source: {source}\n{content}\n");
    }
}

/// The files written so far: a template with several documents makes one file.
#[derive(Default)]
struct Files(BTreeSet<PathBuf>);

impl Files {
    fn write(&mut self, folder: &Path, section: &Section<'_>) -> Result<()> {
        let path = folder.join(section.source);
        let mut text = String::new();
        section.push_to(&mut text);
        let mode = if self.0.insert(path.clone()) {
            Mode::Anew
        } else {
            Mode::Append
        };
        file::write(&path, &text, mode)?;
        super::super::print(&format!("wrote {}\n", path.display()))
    }
}

/// What `--show-only` leaves of the text.
fn picked(whole: String, patterns: &[String]) -> Result<String> {
    if patterns.is_empty() {
        return Ok(whole);
    }
    let documents = split_documents(&whole);
    let mut text = String::new();
    for pattern in patterns {
        let before = text.len();
        for document in &documents {
            let matches = template_of(document)
                .is_some_and(|path| path_match(pattern, path).unwrap_or(false));
            if matches {
                // Writing to a String cannot fail.
                let _ = write!(text, "---\n{document}\n");
            }
        }
        if text.len() == before {
            bail!("could not find template {pattern} in chart");
        }
    }
    Ok(text)
}

/// The path in the chart, which the first comment about the source tells.
fn template_of(document: &str) -> Option<&str> {
    document.lines().find_map(|line| {
        let (_, source) = line.split_once("# Source: ")?;
        let (chart, path) = source.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then_some(path)
    })
}
