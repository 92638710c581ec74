//! The semver chapter: versions and constraints as Masterminds/semver 3.5 reads and compares them.

mod constraint;
mod object;
mod version;

use std::cmp::Ordering;
use std::rc::Rc;

use gotemplate::Type::String as Text;
use gotemplate::{FuncError, Function, Value};

use crate::args::text;
use crate::table::function;
use constraint::Constraints;
use object::VersionObject;
use version::Version;

/// Whether the text is a version, as `semver.NewVersion` reads it: `1.2.3`, `v1.2`, `1`.
pub fn is_version(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// Whether the version is within the constraint, as Helm's `IsCompatibleRange`; false when either cannot be read.
pub fn version_satisfies(version: &str, constraint: &str) -> bool {
    match (Version::parse(version), Constraints::parse(constraint)) {
        (Ok(version), Ok(constraints)) => constraints.check(&version),
        _ => false,
    }
}

/// Whether the text is a constraint on versions, as `semver.NewConstraint` reads it: `>=1.2 <2`, `~3`, `1.x || 2.x`.
pub fn is_version_constraint(text: &str) -> bool {
    Constraints::parse(text).is_ok()
}

/// How two versions compare; metadata after `+` does not count. `None` when either cannot be read.
pub fn compare_versions(a: &str, b: &str) -> Option<Ordering> {
    Some(Version::parse(a).ok()?.compare(&Version::parse(b).ok()?))
}

pub(crate) static FUNCTIONS: &[Function] = &[
    function("semver", &[Text], |_, a| {
        let version = Version::parse(&text(a, 0)?).map_err(FuncError::new)?;
        Ok(Value::Object(Rc::new(VersionObject::pointer(version))))
    }),
    function("semverCompare", &[Text, Text], |_, a| {
        let constraints = Constraints::parse(&text(a, 0)?).map_err(FuncError::new)?;
        let version = Version::parse(&text(a, 1)?).map_err(FuncError::new)?;
        Ok(Value::Bool(constraints.check(&version)))
    }),
];
