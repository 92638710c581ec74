//! Which versions a constraint accepts: `>=1.2 <2 || ~3.1`, hyphen ranges, wildcards; prereleases only where one is asked for.

use std::cmp::Ordering;
use std::sync::LazyLock;

use ::regex::Regex;

use super::version::{Version, compare_prerelease};
use crate::print;

const MAX_LENGTH: usize = 512;
const MAX_GROUPS: usize = 32;

const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
const VERSION: &str = concat!(
    r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?",
    r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?",
    r"(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?",
);
/// Go's `\s`.
const SPACE: &str = r"[\t\n\f\r ]";

fn compile(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\s", SPACE)).expect("the pattern is constant and valid")
}

static ONE: LazyLock<Regex> =
    LazyLock::new(|| compile(&format!(r"^\s*({OPERATORS})\s*({VERSION})\s*$")));
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| compile(&format!(r"\s*({VERSION})\s+-\s+({VERSION})\s*")));
static FIND: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"({OPERATORS})\s*({VERSION})")));
static GROUP: LazyLock<Regex> = LazyLock::new(|| {
    compile(&format!(
        r"^(\s*({OPERATORS})\s*({VERSION})\s*)((?:\s+|,\s*)({OPERATORS})\s*({VERSION})\s*)*$"
    ))
});

/// Alternatives, each a list of constraints that must all hold.
pub(crate) struct Constraints(Vec<Group>);

struct Group {
    constraints: Vec<Constraint>,
    has_prerelease: bool,
}

/// Up to which number the constraint says something: `1`, `1.2`, or all three.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Precision {
    /// A wildcard.
    Nothing,
    Major,
    Minor,
    Full,
}

struct Constraint {
    operator: String,
    version: Version,
    precision: Precision,
}

impl Constraints {
    /// # Errors
    /// Go's message.
    pub(crate) fn parse(s: &str) -> Result<Self, String> {
        if s.len() > MAX_LENGTH {
            return Err(format!(
                "constraint string is too long (max {MAX_LENGTH} bytes)"
            ));
        }
        let rewritten = rewrite_ranges(s);
        let alternatives: Vec<&str> = rewritten.split("||").collect();
        if alternatives.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups: Result<_, _> = alternatives.into_iter().map(Group::parse).collect();
        groups.map(Self)
    }

    pub(crate) fn check(&self, version: &Version) -> bool {
        self.0.iter().any(|group| {
            (version.pre.is_empty() || group.has_prerelease)
                && group.constraints.iter().all(|c| c.check(version))
        })
    }
}

/// `1.2 - 3.4` is `>= 1.2, <= 3.4`.
fn rewrite_ranges(s: &str) -> String {
    let mut out = s.to_owned();
    for found in RANGE.captures_iter(s) {
        let range = format!(">= {}, <= {} ", &found[1], &found[11]);
        out = out.replacen(&found[0], &range, 1);
    }
    out
}

fn improper(s: &str) -> String {
    format!("improper constraint: {}", print::quote(s.as_bytes()))
}

impl Group {
    fn parse(s: &str) -> Result<Self, String> {
        if !GROUP.is_match(s) {
            return Err(improper(s));
        }
        let constraints: Vec<Constraint> = FIND
            .find_iter(s)
            .map(|found| Constraint::parse(found.as_str()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            has_prerelease: constraints.iter().any(|c| !c.version.pre.is_empty()),
            constraints,
        })
    }
}

impl Constraint {
    fn parse(s: &str) -> Result<Self, String> {
        let Some(found) = ONE.captures(s) else {
            return Err(improper(s));
        };
        let part = |group: usize| found.get(group).map_or("", |m| m.as_str());
        let open = |segment: &str| matches!(segment.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (major, minor, patch, pre) = (part(3), part(4), part(5), part(6));
        let (text, precision) = if open(major) {
            (format!("0.0.0{pre}"), Precision::Nothing)
        } else if open(minor) {
            (format!("{major}.0.0{pre}"), Precision::Major)
        } else if open(patch) {
            (format!("{major}{minor}.0{pre}"), Precision::Minor)
        } else {
            (part(2).to_owned(), Precision::Full)
        };
        Ok(Self {
            operator: part(1).to_owned(),
            version: Version::parse(&text).map_err(|_| "constraint parser error".to_owned())?,
            precision,
        })
    }

    fn check(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.operator.as_str() {
            "" | "=" if self.precision == Precision::Full => v.compare(c) == Ordering::Equal,
            "" | "=" | "~" | "~>" => self.tilde(v),
            "!=" => self.differs(v),
            ">" => self.greater(v),
            "<" => v.compare(c) == Ordering::Less,
            ">=" | "=>" => v.compare(c) != Ordering::Less,
            "<=" | "=<" => self.at_most(v),
            _ => self.caret(v),
        }
    }

    fn differs(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.precision {
            Precision::Full => v.compare(c) != Ordering::Equal,
            Precision::Major => v.major != c.major,
            Precision::Minor => {
                let prerelease = !v.pre.is_empty() || !c.pre.is_empty();
                (v.major, v.minor) != (c.major, c.minor)
                    || prerelease && compare_prerelease(&v.pre, &c.pre) != Ordering::Equal
            }
            Precision::Nothing => {
                (v.major, v.minor, v.patch) != (c.major, c.minor, c.patch)
                    || v.compare(c) != Ordering::Equal
            }
        }
    }

    /// `>11` means at least 12, `>11.1` at least 11.2.
    fn greater(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.precision {
            Precision::Full | Precision::Nothing if v.major == c.major => {
                v.compare(c) == Ordering::Greater
            }
            Precision::Minor if v.major == c.major => v.minor > c.minor,
            Precision::Major if v.major == c.major => false,
            _ => v.major > c.major,
        }
    }

    /// `<=11` includes all of 11.
    fn at_most(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.precision {
            Precision::Full => v.compare(c) != Ordering::Greater,
            Precision::Major => v.major <= c.major,
            Precision::Minor | Precision::Nothing => {
                v.major < c.major || v.major == c.major && v.minor <= c.minor
            }
        }
    }

    /// The same up to the minor version, or the major where that is all there is; a bare wildcard takes everything.
    fn tilde(&self, v: &Version) -> bool {
        let c = &self.version;
        if v.compare(c) == Ordering::Less {
            return false;
        }
        let zero = c.major == 0 && c.minor == 0 && c.patch == 0;
        if zero && matches!(self.precision, Precision::Full | Precision::Nothing) {
            return true;
        }
        v.major == c.major && (v.minor == c.minor || self.precision == Precision::Major)
    }

    /// The same up to the first number that is not 0.
    fn caret(&self, v: &Version) -> bool {
        let c = &self.version;
        if v.compare(c) == Ordering::Less {
            return false;
        }
        if c.major > 0 || self.precision == Precision::Major {
            return v.major == c.major;
        }
        if v.major > 0 {
            return false;
        }
        if c.minor > 0 || self.precision == Precision::Minor {
            return v.minor == c.minor;
        }
        v.minor == 0 && v.patch == c.patch
    }
}
