//! Decides what a channel is: the stream of versions that one subscribes to.

use std::fmt;
use std::str::FromStr;

/// A stream of versions: `stable`, or the word of a pre-release version (`sha`, `custom`, `git`, …).
///
/// Any lower-case word is a channel; upstream's API knew only `stable` and `custom`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(String);

impl Channel {
    /// The channel of versions without a suffix.
    pub const STABLE: &'static str = "stable";

    /// The channel of versions that are named by the hash of their sources (`csctl create --mode hash`).
    pub const HASH: &'static str = "sha";

    /// The channel of versions without a suffix.
    pub fn stable() -> Self {
        Self(Self::STABLE.to_owned())
    }

    /// The word itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the channel of versions without a suffix.
    pub fn is_stable(&self) -> bool {
        self.0 == Self::STABLE
    }
}

impl FromStr for Channel {
    type Err = ChannelError;

    fn from_str(text: &str) -> Result<Self, ChannelError> {
        if is_word(text) && text.starts_with(|c: char| c.is_ascii_lowercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ChannelError {
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Object names and tags allow lower-case letters and digits, so a version that is not made of these could not be
/// the name of a `ClusterStackRelease`.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The text is not a lower-case word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a channel: write a lower-case word such as stable, custom or beta")]
pub struct ChannelError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_lower_case_word_is_a_channel() {
        for text in ["stable", "custom", "beta", "sha", "rc1"] {
            assert_eq!(text.parse::<Channel>().unwrap().as_str(), text);
        }
        for text in ["", "Beta", "1", "my-channel", "a.b", "ä"] {
            assert!(text.parse::<Channel>().is_err(), "{text:?}");
        }
    }
}
