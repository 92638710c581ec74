//! Decides what identifies content: the SHA-256 digest of its bytes, as the OCI image specification writes it.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_sha256(Sha256::digest(bytes).as_ref())
    }

    /// The digest of a named set of files: that of the sorted lines `<hex of the file>  <name>\n`.
    ///
    /// Identity of a release from a source that has no manifest (GitHub, a local folder).
    pub fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut lines: Vec<String> = files
            .into_iter()
            .map(|(name, bytes)| format!("{}  {name}\n", Self::of(bytes).hex()))
            .collect();
        lines.sort_unstable();
        Self::of(lines.concat().as_bytes())
    }

    /// The digest of a finished SHA-256 computation (32 bytes).
    pub fn from_sha256(hash: &[u8]) -> Self {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in hash {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The hexadecimal digits without the algorithm: a safe file name.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }

    /// The whole text, `sha256:…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let is_hex = |hex: &str| {
            hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        match text.strip_prefix("sha256:") {
            Some(hex) if is_hex(hex) => Ok(Self(text.to_owned())),
            _ => Err(DigestError {
                text: text.chars().take(80).collect(),
            }),
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a digest: expected sha256: and 64 hexadecimal digits")]
pub struct DigestError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_only_in_its_canonical_form() {
        let empty = Digest::of(b"");
        assert_eq!(
            empty.as_str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(empty.as_str().parse(), Ok(empty.clone()));
        for text in [
            "",
            "sha256:",
            "sha512:00",
            "sha256:../../../etc/passwd",
            &empty.as_str().to_uppercase(),
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_digest_of_files_ignores_their_order_and_sees_their_names() {
        let files = [("a", &b"1"[..]), ("b", b"2")];
        let reversed = [files[1], files[0]];
        assert_eq!(Digest::of_files(files), Digest::of_files(reversed));
        assert_ne!(
            Digest::of_files(files),
            Digest::of_files([("a", &b"2"[..]), ("b", b"1")])
        );
    }
}
