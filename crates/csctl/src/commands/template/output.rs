//! Decides the text of a render: Helm's order and separators, and what `--show-only` picks.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use helm_engine::Rendered;
use helm_engine::chart::path_match;
use helm_engine::manifest::split_documents;

use crate::args::Template;

/// What is printed.
pub(super) fn text(rendered: &Rendered, args: &Template) -> Result<String> {
    let whole = whole(rendered, args);
    if args.show_only.is_empty() {
        Ok(whole)
    } else {
        picked(&whole, &args.show_only)
    }
}

/// CRDs, manifests, hooks: each below a line that names its source.
fn whole(rendered: &Rendered, args: &Template) -> String {
    let mut manifests = String::new();
    if args.include_crds {
        for (path, content) in &rendered.crds {
            section(&mut manifests, path, &content.to_str_lossy());
        }
    }
    for manifest in &rendered.manifests {
        section(&mut manifests, &manifest.source, &manifest.content);
    }
    let mut text = format!("{}\n", manifests.trim());
    if !args.no_hooks {
        let hooks = rendered
            .hooks
            .iter()
            .filter(|hook| !(args.skip_tests && hook.is_test()));
        for hook in hooks {
            section(&mut text, &hook.manifest.source, &hook.manifest.content);
        }
    }
    text
}

fn section(text: &mut String, source: &str, content: &str) {
    // Writing to a String cannot fail.
    let _ = write!(text, "---\n# Source: {source}\n{content}\n");
}

fn picked(whole: &str, patterns: &[String]) -> Result<String> {
    let documents = split_documents(whole);
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
