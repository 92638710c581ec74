//! A version: how it is read, leniently, and how two compare.

use std::cmp::Ordering;
use std::fmt;

const MAX_LENGTH: usize = 256;

/// A semantic version. Missing numbers are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

impl Version {
    /// `NewVersion`: a leading `v`, missing numbers and leading zeros are accepted.
    ///
    /// # Errors
    /// Go's message.
    pub(crate) fn parse(s: &str) -> Result<Self, String> {
        if s.len() > MAX_LENGTH {
            return Err(format!(
                "version string is too long (max {MAX_LENGTH} bytes)"
            ));
        }
        let Some(parts) = Parts::of(s) else {
            return Err("invalid semantic version".to_owned());
        };
        let version = Self {
            major: number(parts.numbers[0])?,
            minor: number(parts.numbers[1])?,
            patch: number(parts.numbers[2])?,
            pre: parts.pre.to_owned(),
            metadata: parts.metadata.to_owned(),
            original: s.to_owned(),
        };
        check_prerelease(&version.pre)?;
        Ok(version)
    }

    /// Orders by number and prerelease; metadata does not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |v: &Self| (v.major, v.minor, v.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.pre.as_str(), other.pre.as_str()) {
                ("", "") => Ordering::Equal,
                ("", _) => Ordering::Greater,
                (_, "") => Ordering::Less,
                (a, b) => compare_prerelease(a, b),
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// The parts of a version, as written; what is missing is empty.
#[derive(Debug, PartialEq)]
struct Parts<'s> {
    numbers: [&'s str; 3],
    pre: &'s str,
    metadata: &'s str,
}

impl<'s> Parts<'s> {
    /// `v1.2.3-pre.1+metadata`, of which only the first number must be there.
    fn of(s: &'s str) -> Option<Self> {
        let s = s.strip_prefix('v').unwrap_or(s);
        let (s, metadata) = s.split_once('+').map_or((s, None), |(s, m)| (s, Some(m)));
        let (s, pre) = s
            .split_once('-')
            .map_or((s, None), |(s, pre)| (s, Some(pre)));
        let mut numbers = [""; 3];
        for (i, part) in s.split('.').enumerate() {
            let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            *numbers.get_mut(i).filter(|_| is_number)? = part;
        }
        Some(Self {
            numbers,
            pre: identifiers(pre)?,
            metadata: identifiers(metadata)?,
        })
    }
}

/// Words of letters, digits and `-` with points between them; empty if there are none.
fn identifiers(words: Option<&str>) -> Option<&str> {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match words {
        None => Some(""),
        Some(words) => words.split('.').all(is_word).then_some(words),
    }
}

fn number(digits: &str) -> Result<u64, String> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().map_err(|_| {
        format!("error parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range")
    })
}

/// Numeric identifiers must not begin with 0.
pub(crate) fn check_prerelease(pre: &str) -> Result<(), String> {
    let numeric = |id: &str| id.bytes().all(|b| b.is_ascii_digit());
    if pre
        .split('.')
        .any(|id| id.len() > 1 && id.starts_with('0') && numeric(id))
    {
        return Err("version segment starts with 0".to_owned());
    }
    Ok(())
}

/// Identifier by identifier; a missing one sorts first.
pub(crate) fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => match compare_identifier(x.unwrap_or(""), y.unwrap_or("")) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}

/// Numbers sort before words. Numbers too large for 64 bits are words.
fn compare_identifier(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if a.is_empty() || b.is_empty() {
        return a.len().min(1).cmp(&b.len().min(1));
    }
    let number = |s: &str| {
        let digits = s.bytes().all(|b| b.is_ascii_digit());
        if digits { s.parse::<u64>().ok() } else { None }
    };
    match (number(a), number(b)) {
        (None, None) => a.cmp(b),
        (None, Some(_)) => Ordering::Greater,
        (Some(a), Some(b)) if a > b => Ordering::Greater,
        _ => Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    fn pattern() -> ::regex::Regex {
        let pattern = concat!(
            r"^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?",
            r"(?:-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?",
            r"(?:\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?$",
        );
        ::regex::Regex::new(pattern).unwrap()
    }

    /// What Masterminds' pattern finds.
    fn found(pattern: &::regex::Regex, s: &str) -> Option<[String; 5]> {
        let found = pattern.captures(s)?;
        let part = |group| found.get(group).map_or("", |m| m.as_str()).to_owned();
        Some([1, 2, 3, 4, 5].map(part))
    }

    #[test]
    fn versions_come_apart_as_the_pattern_says() {
        let pattern = pattern();
        let pieces = ["v", "1", "02", ".", "-", "+", "a", "x-y", " ", "\n", "é"];
        for count in 0..=4_u32 {
            for choice in 0..pieces.len().pow(count) {
                let piece = |place| pieces[choice / pieces.len().pow(place) % pieces.len()];
                let text: String = (0..count).map(piece).collect();
                for text in [text.clone(), format!("1.2{text}"), format!("1.2.3-a{text}")] {
                    let parts = Parts::of(&text).map(|parts| {
                        let [major, minor, patch] = parts.numbers;
                        [major, minor, patch, parts.pre, parts.metadata].map(str::to_owned)
                    });
                    assert_eq!(parts, found(&pattern, &text), "{text:?}");
                }
            }
        }
    }
}
