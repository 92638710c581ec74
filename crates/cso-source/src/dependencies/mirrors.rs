//! Decides what is asked in the place of a declared repository.

use std::str::FromStr;

use crate::error::Error;

/// Replacements of addresses by their beginnings; the longest that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirrors(Vec<Mirror>);

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mirror {
    from: String,
    to: String,
}

/// Stands for every repository.
const ANY: &str = "*";

impl Mirrors {
    /// Reads replacements, each `<declared>=<mirror>`: the beginning of an address and what takes its place. `*` as declared
    /// stands for every repository. A mirror is `http://`, `https://`, `oci://`, `oci+http://` (a registry without
    /// TLS) or `file:///<folder>` with the archives in it.
    ///
    /// # Errors
    /// [`Error::Config`] that quotes the text which is none.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mirrors = texts
            .into_iter()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        mirrors.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// The address of a repository to ask.
    pub(super) fn of_repository(&self, address: &str) -> String {
        let any = || self.0.iter().find(|mirror| mirror.from == ANY);
        let named = self.named(address);
        named
            .or_else(|| any().map(|mirror| mirror.to.clone()))
            .unwrap_or_else(|| address.to_owned())
    }

    /// The address of an archive to ask, which an index has given in full.
    pub(super) fn of_archive(&self, address: &str) -> String {
        self.named(address).unwrap_or_else(|| address.to_owned())
    }

    fn named(&self, address: &str) -> Option<String> {
        let fitting = self
            .0
            .iter()
            .filter_map(|mirror| Some((mirror.from.len(), mirror.address(address)?)));
        let (_, found) = fitting.max_by_key(|(length, _)| *length)?;
        Some(found)
    }
}

impl Mirror {
    fn address(&self, address: &str) -> Option<String> {
        let rest = address.strip_prefix(self.from.trim_end_matches('/'))?;
        let ends_a_segment = rest.is_empty() || rest.starts_with('/');
        let rest = rest.trim_start_matches('/');
        let to = self.to.trim_end_matches('/');
        ends_a_segment.then(|| match rest {
            "" => self.to.clone(),
            rest => format!("{to}/{rest}"),
        })
    }
}

impl FromStr for Mirror {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = |address: &str, schemes: &[&str]| {
            schemes.iter().any(|scheme| address.starts_with(scheme))
        };
        match text.split_once('=') {
            Some((from, to))
                if (from == ANY || known(from, &["http://", "https://", "oci://"]))
                    && known(
                        to,
                        &["http://", "https://", "oci://", "oci+http://", "file:///"],
                    ) =>
            {
                Ok(Self {
                    from: from.to_owned(),
                    to: to.to_owned(),
                })
            }
            _ => Err(Error::Config {
                problem: format!(
                    "\"{text}\" is no mirror of a chart repository: write <repository>=<mirror>, such as https://charts.example.com=file:///charts"
                ),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_that_ends_a_segment_is_replaced() {
        let mirrors = Mirrors::parse([
            "https://charts.example.com=http://mirror.local/all",
            "https://charts.example.com/special/=file:///special",
            "oci://r.example/charts=oci+http://127.0.0.1:5000/c",
        ])
        .unwrap();
        for (declared, asked) in [
            ("https://charts.example.com", "http://mirror.local/all"),
            ("https://charts.example.com/", "http://mirror.local/all"),
            (
                "https://charts.example.com/a/b",
                "http://mirror.local/all/a/b",
            ),
            ("https://charts.example.com/special", "file:///special"),
            (
                "https://charts.example.community/a",
                "https://charts.example.community/a",
            ),
            ("oci://r.example/charts/x", "oci+http://127.0.0.1:5000/c/x"),
        ] {
            assert_eq!(mirrors.of_repository(declared), asked);
            assert_eq!(mirrors.of_archive(declared), asked);
        }
    }

    #[test]
    fn one_mirror_may_stand_for_all_and_an_own_one_counts_more() {
        let mirrors = Mirrors::parse(["*=file:///charts", "https://a.example=https://b.example"]);
        let mirrors = mirrors.unwrap();
        assert_eq!(
            mirrors.of_repository("https://a.example"),
            "https://b.example"
        );
        assert_eq!(
            mirrors.of_repository("oci://any.example/x"),
            "file:///charts"
        );
        let archive = "https://files.example/a-1.tgz";
        assert_eq!(mirrors.of_archive(archive), archive);
    }

    #[test]
    fn what_is_no_mirror_is_refused() {
        for text in [
            "https://a.example",
            "a=b",
            "https://a.example=ftp://b",
            "=file:///x",
        ] {
            let refused = Mirrors::parse([text]).unwrap_err();
            assert!(refused.to_string().contains(text), "{refused}");
        }
    }
}
