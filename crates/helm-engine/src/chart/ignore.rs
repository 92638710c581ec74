//! Decides which files of a chart's folder are not part of the chart: `.helmignore`, as Helm's `pkg/ignore`.

use super::load::ChartFile;
use super::path_match::{PatternError, path_match};

/// A `.helmignore` that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// `**` is not supported by Helm.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A rule that is no pattern.
    #[error(transparent)]
    Pattern(PatternError),
}

/// The rules of a `.helmignore`, with the one Helm always adds.
#[derive(Clone, Debug)]
pub struct IgnoreRules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    scope: Scope,
    negated: bool,
    directories_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    WholePath,
    BaseName,
}

impl Default for IgnoreRules {
    fn default() -> Self {
        let hidden_templates = Rule {
            pattern: "templates/.?*".into(),
            scope: Scope::WholePath,
            negated: false,
            directories_only: false,
        };
        Self(vec![hidden_templates])
    }
}

impl IgnoreRules {
    /// Reads a `.helmignore`.
    ///
    /// # Errors
    /// A rule with `**` or that is no pattern.
    pub fn parse(text: &str) -> Result<Self, IgnoreError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for line in text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            rules.push(Rule::parse(line)?);
        }
        rules.append(&mut Self::default().0);
        Ok(Self(rules))
    }

    /// Whether the file or directory, its path relative to the chart, is to be left out. A negated rule leaves out
    /// everything it does not match, as Helm's does.
    pub fn ignores(&self, path: &str, kind: PathKind) -> bool {
        for rule in &self.0 {
            let wrong_kind = rule.directories_only && kind == PathKind::File;
            if rule.negated {
                if wrong_kind || !rule.matches(path) {
                    return true;
                }
            } else if !wrong_kind && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file.
    File,
    /// A directory: when ignored, all that is in it is.
    Directory,
}

impl Rule {
    fn parse(line: &str) -> Result<Self, IgnoreError> {
        if line.contains("**") {
            return Err(IgnoreError::DoubleStar);
        }
        path_match(line, "abc").map_err(IgnoreError::Pattern)?;
        let (negated, rule) = line.strip_prefix('!').map_or((false, line), |r| (true, r));
        let (directories_only, rule) = rule.strip_suffix('/').map_or((false, rule), |r| (true, r));
        let scope = if rule.contains('/') {
            Scope::WholePath
        } else {
            Scope::BaseName
        };
        let pattern = rule.strip_prefix('/').unwrap_or(rule).to_owned();
        Ok(Self {
            pattern,
            scope,
            negated,
            directories_only,
        })
    }

    fn matches(&self, path: &str) -> bool {
        let subject = match self.scope {
            Scope::WholePath => path,
            Scope::BaseName => path.rsplit('/').next().unwrap_or(path),
        };
        path_match(&self.pattern, subject).unwrap_or(false)
    }
}

/// The files that Helm would read of a chart's folder: its `.helmignore` hides the others, also those in a hidden folder.
///
/// # Errors
/// A `.helmignore` that cannot be used.
pub fn not_ignored(files: &[ChartFile]) -> Result<Vec<ChartFile>, IgnoreError> {
    let rules = match files.iter().find(|file| file.name == ".helmignore") {
        Some(file) => IgnoreRules::parse(&file.data.to_str_lossy())?,
        None => IgnoreRules::default(),
    };
    let is_hidden = |name: &str| {
        let mut folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        folders.any(|folder| rules.ignores(folder, PathKind::Directory))
            || rules.ignores(name, PathKind::File)
    };
    let seen = files.iter().filter(|file| !is_hidden(&file.name));
    Ok(seen.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_without_a_slash_look_at_the_base_name_and_a_trailing_slash_asks_for_a_directory() {
        let rules = IgnoreRules::parse("# comment\n*.tmp\nsecret/\n/top.txt\n").unwrap();
        assert!(rules.ignores("a/b.tmp", PathKind::File));
        assert!(rules.ignores("secret", PathKind::Directory));
        assert!(!rules.ignores("secret", PathKind::File));
        assert!(rules.ignores("top.txt", PathKind::File));
        assert!(!rules.ignores("sub/top.txt", PathKind::File));
        assert!(rules.ignores("templates/.hidden", PathKind::File));
    }

    #[test]
    fn double_star_is_refused() {
        assert_eq!(
            IgnoreRules::parse("a/**").unwrap_err(),
            IgnoreError::DoubleStar
        );
    }
}
