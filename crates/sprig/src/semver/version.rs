//! A version: how it is read, leniently, and how two compare.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use ::regex::Regex;

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
        static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(concat!(
                r"^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?",
                r"(?:-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?",
                r"(?:\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?$",
            ))
            .expect("the pattern is constant and valid")
        });
        if s.len() > MAX_LENGTH {
            return Err(format!(
                "version string is too long (max {MAX_LENGTH} bytes)"
            ));
        }
        let Some(found) = PATTERN.captures(s) else {
            return Err("invalid semantic version".to_owned());
        };
        let part = |group: usize| found.get(group).map_or("", |m| m.as_str());
        let version = Self {
            major: number(part(1))?,
            minor: number(part(2))?,
            patch: number(part(3))?,
            pre: part(4).to_owned(),
            metadata: part(5).to_owned(),
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
