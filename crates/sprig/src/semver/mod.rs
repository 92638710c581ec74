//! The semver chapter: versions and constraints as Masterminds/semver 3.5 reads and compares them.

mod constraint;
mod object;
mod version;

use std::rc::Rc;

use gotemplate::Type::String as Text;
use gotemplate::{FuncError, Function, Value};

use crate::args::text;
use crate::table::function;
use constraint::Constraints;
use object::VersionObject;
use version::Version;

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
