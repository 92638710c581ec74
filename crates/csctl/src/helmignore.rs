//! Decides which files of a chart are packed: the rules of Helm's `.helmignore`.

/// The rules of one file, in order.
pub(crate) struct Ignore(Vec<Rule>);

struct Rule {
    pattern: String,
    negate: bool,
    folder_only: bool,
}

impl Ignore {
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        // Helm always leaves out hidden templates.
        Self(lines.chain(["templates/.?*"]).map(Rule::parse).collect())
    }

    /// Whether a file is left out, by itself or with one of its folders.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(end, _)| (&path[..end], true));
        folders
            .chain([(path, false)])
            .any(|(path, is_folder)| self.matches(path, is_folder))
    }

    fn matches(&self, path: &str, is_folder: bool) -> bool {
        self.0
            .iter()
            .any(|rule| match (rule.negate, rule.folder_only && !is_folder) {
                // Helm's negation leaves out whatever the rest of the line does not match.
                (true, wrong_kind) => wrong_kind || !rule.covers(path),
                (false, wrong_kind) => !wrong_kind && rule.covers(path),
            })
    }
}

impl Rule {
    fn parse(line: &str) -> Self {
        let (negate, line) = line
            .strip_prefix('!')
            .map_or((false, line), |rest| (true, rest));
        let (folder_only, line) = line
            .strip_suffix('/')
            .map_or((false, line), |rest| (true, rest));
        Self {
            pattern: line.to_owned(),
            negate,
            folder_only,
        }
    }

    fn covers(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        match self.pattern.strip_prefix('/') {
            Some(anchored) => glob(anchored.as_bytes(), path.as_bytes()),
            None if self.pattern.contains('/') => glob(self.pattern.as_bytes(), path.as_bytes()),
            None => glob(self.pattern.as_bytes(), name.as_bytes()),
        }
    }
}

/// Shell patterns as Go's `filepath.Match`, without character ranges' escapes: `*` and `?` stop at `/`.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            glob(rest, text)
                || text
                    .split_first()
                    .is_some_and(|(c, more)| *c != b'/' && glob(pattern, more))
        }
        (Some((b'?', rest)), Some((c, more))) => *c != b'/' && glob(rest, more),
        (Some((b'[', rest)), Some((c, more))) => match rest.iter().skip(1).position(|b| *b == b']')
        {
            Some(end) => class(&rest[..=end], *c) && glob(&rest[end + 2..], more),
            None => false,
        },
        (Some((p, rest)), Some((c, more))) => p == c && glob(rest, more),
        _ => false,
    }
}

fn class(set: &[u8], c: u8) -> bool {
    let (negate, set) = set
        .strip_prefix(b"^")
        .map_or((false, set), |rest| (true, rest));
    let range = set
        .windows(3)
        .any(|w| w[1] == b'-' && (w[0]..=w[2]).contains(&c));
    (range || set.contains(&c)) != negate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_left_out_as_helm_does() {
        let ignore = Ignore::parse("# comment\n*.swp\n.git/\n/root.txt\ndocs/*.md\n[ab].x\n");
        for path in [
            "a.swp",
            "templates/a.swp",
            ".git/config",
            "sub/.git/x",
            "root.txt",
            "docs/a.md",
            "b.x",
            "templates/.hidden",
        ] {
            assert!(ignore.excludes(path), "{path}");
        }
        for path in [
            "Chart.yaml",
            "sub/root.txt",
            "docs/sub/a.md",
            "c.x",
            ".github/x",
            "charts/a.tgz",
        ] {
            assert!(!ignore.excludes(path), "{path}");
        }
    }
}
