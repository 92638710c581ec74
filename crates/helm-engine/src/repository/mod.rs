//! What a chart lacks and what a chart repository offers: Helm's rules of `dependency build`, without asking anybody.

mod index;
mod wanted;

pub use index::{Index, IndexError, Offer};
pub use wanted::{Wanted, WantedError, wanted};

use std::cmp::Ordering;

/// The newest of these versions that lies in the range; of equal ones the first. What is no version is passed over, a
/// prerelease is taken only where the range names one: Masterminds' rules, which are Helm's.
pub fn newest<'a>(versions: impl IntoIterator<Item = &'a str>, range: &str) -> Option<&'a str> {
    versions
        .into_iter()
        .filter(|version| satisfies(version, range))
        .reduce(|best, next| {
            let is_newer = sprig::compare_versions(next, best) == Some(Ordering::Greater);
            if is_newer { next } else { best }
        })
}

/// Whether a version lies in a range.
pub fn satisfies(version: &str, range: &str) -> bool {
    sprig::version_satisfies(version, range)
}

/// Whether the text is one version and no range: it can be asked for without knowing what there is.
pub fn is_exact(range: &str) -> bool {
    sprig::is_version(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_the_range_is_taken_whatever_the_order() {
        let versions = [
            "1.2.0",
            "v1.10.0",
            "nonsense",
            "1.9.9",
            "2.0.0",
            "1.11.0-rc.1",
        ];
        assert_eq!(newest(versions, "^1.2"), Some("v1.10.0"));
        assert_eq!(newest(versions, "*"), Some("2.0.0"));
        assert_eq!(newest(versions, ">=1.10.0-0 <2"), Some("1.11.0-rc.1"));
        assert_eq!(newest(versions, "1.2"), Some("1.2.0"));
        assert_eq!(newest(versions, "~3"), None);
        assert_eq!(newest(versions, ""), None);
    }
}
