//! Go strings: immutable bytes that are usually, but not necessarily, UTF-8. Cheap to clone and to share between threads.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A Go `string`. Go strings are byte sequences (`b64dec` may yield any bytes), so this is not a Rust `str`.
#[derive(Clone)]
pub struct Str(Bytes);

/// The longest string that lies in place: most keys of maps and many values do, and need no memory of their own.
const IN_PLACE: usize = 22;

#[derive(Clone)]
enum Bytes {
    InPlace { len: u8, bytes: [u8; IN_PLACE] },
    Shared(Arc<[u8]>),
}

/// The bytes as numbers of the same order: comparing these takes no loop. What is not used of the bytes is zero.
fn numbers(bytes: &[u8; IN_PLACE]) -> (u128, u64) {
    let mut head = [0; 16];
    head.copy_from_slice(&bytes[..16]);
    let mut tail = [0; 8];
    tail.copy_from_slice(&bytes[IN_PLACE - 8..]);
    (u128::from_be_bytes(head), u64::from_be_bytes(tail))
}

impl Str {
    /// The bytes of the string.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::InPlace { len, bytes } => &bytes[..usize::from(*len)],
            Bytes::Shared(bytes) => bytes,
        }
    }

    /// The string as UTF-8, if it is.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The string as UTF-8, with each invalid byte sequence replaced by U+FFFD.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        // Nearly all strings are UTF-8, and seeing that is faster than looking for what is not.
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(self.as_bytes()),
        }
    }

    /// Length in bytes, as Go's `len`.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether the string has no bytes.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl Default for Str {
    fn default() -> Self {
        Self::from("")
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (
                Bytes::InPlace { len, bytes },
                Bytes::InPlace {
                    len: other_len,
                    bytes: other,
                },
            ) => numbers(bytes)
                .cmp(&numbers(other))
                .then_with(|| len.cmp(other_len)),
            _ => self.as_bytes().cmp(other.as_bytes()),
        }
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl From<&str> for Str {
    fn from(s: &str) -> Self {
        Self::from(s.as_bytes())
    }
}

impl From<String> for Str {
    fn from(s: String) -> Self {
        Self::from(s.into_bytes())
    }
}

impl From<&[u8]> for Str {
    fn from(s: &[u8]) -> Self {
        if s.len() > IN_PLACE {
            return Self(Bytes::Shared(Arc::from(s)));
        }
        let mut bytes = [0; IN_PLACE];
        bytes[..s.len()].copy_from_slice(s);
        let len = s.len() as u8;
        Self(Bytes::InPlace { len, bytes })
    }
}

impl From<Vec<u8>> for Str {
    fn from(s: Vec<u8>) -> Self {
        Self::from(&*s)
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(s: Cow<'_, str>) -> Self {
        Self::from(s.as_bytes())
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_ordered_as_their_bytes_wherever_they_lie() {
        let ends: [&[u8]; 7] = [b"", b"\0", b"\0\0", b"a", b"b", b"\xff", b"\x80\0"];
        let bytes: Vec<Vec<u8>> = (0..IN_PLACE + 4)
            .flat_map(|length| ends.map(|end| [&vec![b'a'; length], end].concat()))
            .collect();
        for left in &bytes {
            let one = Str::from(&**left);
            assert_eq!(one.as_bytes(), left);
            for right in &bytes {
                let other = Str::from(right.clone());
                assert_eq!(one.cmp(&other), left.cmp(right), "{left:?} {right:?}");
                assert_eq!(one == other, left == right, "{left:?} {right:?}");
            }
        }
    }
}
