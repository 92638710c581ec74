//! Decides what a version such as `v1` or `v0-sha.abc1234` means, and which of two is newer.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::channel::{Channel, is_word};

/// Version of a cluster stack or one of its components: `v<number>`, or `v<number>-<channel>.<word>`.
///
/// Both spellings are read: the **dot form** `v0-sha.abc1234` (chart versions, class names, `spec.versions`) and the
/// **dash form** `v0-sha-abc1234` (tags, object names). [`Display`](fmt::Display) writes the dot form.
///
/// [`Ord`] is a total order for use in sets; versions of different channels are kept apart by it. Which of two
/// versions is *newer* is a question for [`Version::compare`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    number: u64,
    suffix: Option<(Channel, String)>,
}

impl Version {
    /// The stable version `v<number>`.
    pub fn stable(number: u64) -> Self {
        Self {
            number,
            suffix: None,
        }
    }

    /// The version `v<number>-<channel>.<word>`.
    ///
    /// # Errors
    /// When the channel is `stable` (which has no suffix) or the word is not of lower-case letters and digits.
    pub fn in_channel(number: u64, channel: Channel, word: &str) -> Result<Self, VersionError> {
        if channel.is_stable() || !is_word(word) {
            return Err(VersionError {
                text: format!("v{number}-{channel}.{word}"),
            });
        }
        Ok(Self {
            number,
            suffix: Some((channel, word.to_owned())),
        })
    }

    /// The number after `v`.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The stream this version belongs to.
    pub fn channel(&self) -> Channel {
        self.suffix
            .as_ref()
            .map_or_else(Channel::stable, |(channel, _)| channel.clone())
    }

    /// The word after the channel, `None` for stable versions.
    pub fn word(&self) -> Option<&str> {
        self.suffix.as_ref().map(|(_, word)| word.as_str())
    }

    /// Which of two versions is newer: `None` when the question has no answer.
    ///
    /// Versions compare within a channel only, first by number, then by word, and words only if both are numbers
    /// (`v1-alpha.10` is newer than `v1-alpha.9`; of two hashes none is newer). Upstream compares words as text.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.channel() != other.channel() {
            return None;
        }
        match self.number.cmp(&other.number) {
            Ordering::Equal => {
                compare_words(self.word().unwrap_or("0"), other.word().unwrap_or("0"))
            }
            unequal => Some(unequal),
        }
    }

    /// Whether every version of this one's channel has a place before or after it, so that "newest" has a meaning.
    ///
    /// True for stable versions and for words that are numbers; false for hashes.
    pub fn is_comparable(&self) -> bool {
        self.word().is_none_or(is_number)
    }

    /// The spelling of tags and object names: `v0-sha-abc1234`.
    pub fn dash(&self) -> String {
        self.spell('-')
    }

    /// The spelling of charts, classes and `spec.versions`: `v0-sha.abc1234`.
    pub fn dot(&self) -> String {
        self.spell('.')
    }

    fn spell(&self, separator: char) -> String {
        match &self.suffix {
            None => format!("v{}", self.number),
            Some((channel, word)) => format!("v{}-{channel}{separator}{word}", self.number),
        }
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        parse(text).ok_or_else(|| VersionError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dot())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let words = || compare_words(self.word().unwrap_or(""), other.word().unwrap_or(""));
        self.channel()
            .cmp(&other.channel())
            .then(self.number.cmp(&other.number))
            .then_with(|| words().unwrap_or(Ordering::Equal))
            .then_with(|| self.word().cmp(&other.word()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parse(text: &str) -> Option<Version> {
    let rest = text.strip_prefix('v')?;
    let (number, suffix) = match rest.split_once('-') {
        None => (rest, None),
        Some((number, suffix)) => (number, Some(suffix.split_once(['.', '-'])?)),
    };
    let number = canonical_number(number)?;
    match suffix {
        None => Some(Version::stable(number)),
        Some((channel, word)) => Version::in_channel(number, channel.parse().ok()?, word).ok(),
    }
}

/// A decimal number in the one spelling that prints back the same: digits only, no leading zero.
pub(crate) fn canonical_number<N: FromStr>(text: &str) -> Option<N> {
    let canonical = is_number(text) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Compares words of any length as numbers when both are, else only equality is known.
fn compare_words(left: &str, right: &str) -> Option<Ordering> {
    if left == right {
        return Some(Ordering::Equal);
    }
    if !is_number(left) || !is_number(right) {
        return None;
    }
    let (l, r) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    Some(
        l.len()
            .cmp(&r.len())
            .then_with(|| l.cmp(r))
            .then_with(|| left.cmp(right)),
    )
}

/// The text is not of the form `v<number>` or `v<number>-<channel>.<word>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a version: write v<number>, such as v1, or v<number>-<channel>.<word>, such as v0-sha.abc1234"
)]
pub struct VersionError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn both_spellings_are_the_same_version() {
        assert_eq!(version("v0-sha.rwvgrna"), version("v0-sha-rwvgrna"));
        assert_eq!(version("v0-sha-rwvgrna").dot(), "v0-sha.rwvgrna");
        assert_eq!(version("v0-sha.rwvgrna").dash(), "v0-sha-rwvgrna");
        assert_eq!(version("v12").dot(), version("v12").dash());
    }

    #[test]
    fn a_version_without_suffix_is_stable_and_others_name_their_channel() {
        assert!(version("v1").channel().is_stable());
        assert_eq!(version("v0-custom.1").channel().as_str(), "custom");
    }

    #[test]
    fn numbers_compare_as_numbers() {
        assert_eq!(
            version("v10").compare(&version("v9")),
            Some(Ordering::Greater)
        );
        assert_eq!(
            version("v1-alpha.10").compare(&version("v1-alpha.9")),
            Some(Ordering::Greater)
        );
        let huge = version("v0-ttl.99999999999999999999999999");
        assert_eq!(
            huge.compare(&version("v0-ttl.1712000000")),
            Some(Ordering::Greater)
        );
    }

    #[test]
    fn channels_and_hashes_do_not_compare() {
        assert_eq!(version("v2").compare(&version("v1-alpha.1")), None);
        assert_eq!(version("v0-sha.abc").compare(&version("v0-sha.abd")), None);
        assert_eq!(
            version("v0-sha.abc").compare(&version("v0-sha.abc")),
            Some(Ordering::Equal)
        );
        assert!(!version("v0-sha.abc").is_comparable());
        assert!(version("v3").is_comparable() && version("v0-git.17").is_comparable());
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in [
            "",
            "v",
            "1",
            "v01",
            "v-1",
            "v1-",
            "v1-alpha",
            "v1-alpha.",
            "v1-.1",
            "v1-Alpha.1",
            "v1-stable.1",
            "v1-alpha.1.2",
            "v1-alpha-1-2",
            "v1.alpha.1",
            "v1-alpha..1",
            "v99999999999999999999",
            "v1 ",
            "v１",
        ] {
            assert!(
                text.parse::<Version>().is_err(),
                "{text:?} was read as a version"
            );
        }
    }

    proptest! {
        #[test]
        fn a_version_prints_back_in_both_spellings(number: u64, suffix in proptest::option::of(("[a-z][a-z0-9]{0,6}", "[a-z0-9]{1,9}"))) {
            let version = match suffix {
                Some((channel, word)) if channel != Channel::STABLE => {
                    Version::in_channel(number, channel.parse().unwrap(), &word).unwrap()
                }
                _ => Version::stable(number),
            };
            prop_assert_eq!(&version.dot().parse::<Version>().unwrap(), &version);
            prop_assert_eq!(&version.dash().parse::<Version>().unwrap(), &version);
        }

        #[test]
        fn the_total_order_agrees_with_newer(a in "v[0-9]-[ab]\\.[0-9]{1,3}", b in "v[0-9]-[ab]\\.[0-9]{1,3}") {
            if let (Ok(a), Ok(b)) = (a.parse::<Version>(), b.parse::<Version>()) {
                if let Some(newer) = a.compare(&b) {
                    prop_assert_eq!(newer, a.cmp(&b));
                }
                prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
            }
        }
    }
}
