//! Which charts have to be fetched before a chart can be rendered, and in which version.

use super::is_exact;
use crate::chart::{Chart, Dependency};

/// A chart to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The range its version has to lie in; one version where a lock file says which.
    pub range: String,
    /// Where it is, as declared.
    pub repository: String,
}

/// Declarations that say not what to fetch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WantedError {
    /// The lock file belongs to other declarations.
    #[error(
        "the lock file ({file}) is out of sync with the dependencies the chart declares: run `helm dependency update` and publish the release again"
    )]
    OutOfSync {
        /// The lock file.
        file: &'static str,
    },
    /// The version of a dependency is neither a version nor a range.
    #[error(
        "dependency {name:?} has an invalid version/constraint format: {range:?}: write a version or a range such as ^1.2"
    )]
    Range {
        /// The dependency.
        name: String,
        /// What it says.
        range: String,
    },
}

/// The charts that are declared and not in `charts/`, each once. What is there counts by its name, whatever its
/// version, as for Helm; whether a condition turns it off plays no part either.
///
/// # Errors
/// A lock file of other declarations, a version that is no range.
pub fn wanted(chart: &Chart) -> Result<Vec<Wanted>, WantedError> {
    let missing = chart.missing_dependencies();
    let declared = &chart.metadata.dependencies;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    // Names of repositories stand in a configuration of Helm that is not here, and so does what was hashed of them.
    let is_named = |one: &Dependency| {
        one.repository.starts_with(['@']) || one.repository.starts_with("alias:")
    };
    let lock = chart
        .lock
        .as_ref()
        .filter(|_| !declared.iter().any(is_named));
    if let Some(lock) = lock.filter(|lock| !lock.is_in_sync(&chart.metadata)) {
        return Err(WantedError::OutOfSync { file: lock.file });
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for (place, dependency) in declared.iter().enumerate() {
        if !missing.contains(&dependency.name.as_str()) {
            continue;
        }
        let locked = lock.map(|lock| &lock.dependencies[place].version);
        let range = locked.unwrap_or(&dependency.version);
        if !is_exact(range) && !sprig::is_version_constraint(range) {
            return Err(WantedError::Range {
                name: dependency.name.clone(),
                range: range.clone(),
            });
        }
        let one = Wanted {
            name: dependency.name.clone(),
            range: range.clone(),
            repository: dependency.repository.clone(),
        };
        if !wanted.contains(&one) {
            wanted.push(one);
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChartFile;

    fn chart(dependencies: &str, more: &[(&str, &str)]) -> Chart {
        let metadata =
            format!("apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies: [{dependencies}]\n");
        let mut files = vec![ChartFile::new("Chart.yaml", metadata.as_bytes())];
        let more = more.iter();
        files.extend(more.map(|(name, text)| ChartFile::new(*name, text.as_bytes())));
        Chart::from_files(files).unwrap()
    }

    const A: &str = "{name: a, version: ^1, repository: 'https://r.example'}";

    #[test]
    fn what_is_vendored_is_not_wanted() {
        let vendored = [(
            "charts/a/Chart.yaml",
            "apiVersion: v2\nname: a\nversion: 0.1.0\n",
        )];
        assert_eq!(wanted(&chart(A, &vendored)), Ok(vec![]));
        let a = Wanted {
            name: "a".into(),
            range: "^1".into(),
            repository: "https://r.example".into(),
        };
        let twice = format!("{A}, {}", A.replace('}', ", alias: b}"));
        assert_eq!(wanted(&chart(&twice, &[])), Ok(vec![a]));
    }

    #[test]
    fn a_lock_of_other_declarations_is_an_error_only_where_something_is_missing() {
        let lock = ("Chart.lock", "dependencies: []\ndigest: sha256:00\n");
        let refused = wanted(&chart(A, &[lock])).unwrap_err();
        assert!(refused.to_string().contains("Chart.lock"), "{refused}");
        let vendored = (
            "charts/a/Chart.yaml",
            "apiVersion: v2\nname: a\nversion: 1.0.0\n",
        );
        assert_eq!(wanted(&chart(A, &[lock, vendored])), Ok(vec![]));
    }

    #[test]
    fn a_version_that_is_no_range_is_refused() {
        let refused = wanted(&chart("{name: a, version: latest, repository: r}", &[]));
        assert!(
            matches!(refused, Err(WantedError::Range { .. })),
            "{refused:?}"
        );
    }
}
