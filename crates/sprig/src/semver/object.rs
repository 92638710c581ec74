//! A version as templates see it: the methods of `*semver.Version`.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Data, FuncError, IntKind, Kind, Object, Str, Value};

use super::version::{Version, check_prerelease};
use crate::args::fail;

/// `semver.Version`, or a pointer to one.
pub(super) struct VersionObject {
    version: Version,
    kind: Kind,
}

impl VersionObject {
    /// What `semver` returns.
    pub(super) fn pointer(version: Version) -> Self {
        Self {
            version,
            kind: Kind::Ptr,
        }
    }

    /// What the methods that compute a version return.
    fn value(&self, mut version: Version) -> Value {
        let prefix = if self.version.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        version.original = format!("{prefix}{version}");
        Value::Object(Rc::new(Self {
            version,
            kind: Kind::Struct,
        }))
    }

    fn increment(
        &self,
        number: fn(&mut Version) -> &mut u64,
        name: &str,
    ) -> Result<Value, FuncError> {
        let mut next = self.version.clone();
        next.pre.clear();
        next.metadata.clear();
        match number(&mut next).checked_add(1) {
            Some(n) => *number(&mut next) = n,
            None => return fail(format!("{name} version increment would overflow uint64")),
        }
        Ok(self.value(next))
    }

    fn increment_method(&self, method: &str) -> Option<Result<Value, FuncError>> {
        let mut reset = self.version.clone();
        let base = |version: Version| Self {
            version,
            kind: self.kind,
        };
        Some(match method {
            "IncPatch" if !reset.pre.is_empty() => {
                reset.pre.clear();
                reset.metadata.clear();
                Ok(self.value(reset))
            }
            "IncPatch" => self.increment(|v| &mut v.patch, "patch"),
            "IncMinor" => {
                reset.patch = 0;
                base(reset).increment(|v| &mut v.minor, "minor")
            }
            "IncMajor" => {
                (reset.minor, reset.patch) = (0, 0);
                base(reset).increment(|v| &mut v.major, "major")
            }
            _ => return None,
        })
    }

    fn compare_method(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        let holds: fn(std::cmp::Ordering) -> bool = match method {
            "LessThan" => |o| o.is_lt(),
            "LessThanEqual" => |o| o.is_le(),
            "GreaterThan" => |o| o.is_gt(),
            "GreaterThanEqual" => |o| o.is_ge(),
            "Equal" | "Compare" => |o| o.is_eq(),
            _ => return None,
        };
        let other = match args {
            [Value::Object(other)] => other.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        Some(match other {
            Some(other) => {
                let order = self.version.compare(&other.version);
                Ok(match method {
                    "Compare" => Value::Int(order as i64),
                    _ => Value::Bool(holds(order)),
                })
            }
            None => fail("wrong type for value; expected *semver.Version"),
        })
    }

    fn set_method(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        let text = match args {
            [Value::Str(s)] => s.to_str_lossy().into_owned(),
            _ => String::new(),
        };
        let mut next = self.version.clone();
        let checked = match method {
            "SetPrerelease" => {
                next.pre.clone_from(&text);
                check_identifiers(&text, "invalid prerelease string")
                    .and_then(|()| check_prerelease(&text))
            }
            "SetMetadata" => {
                next.metadata.clone_from(&text);
                check_identifiers(&text, "invalid metadata string")
            }
            _ => return None,
        };
        Some(match checked {
            Ok(()) => Ok(self.value(next)),
            Err(message) => fail(message),
        })
    }
}

fn check_identifiers(text: &str, message: &str) -> Result<(), String> {
    let allowed =
        |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if text.is_empty() || text.split('.').all(allowed) {
        Ok(())
    } else {
        Err(message.to_owned())
    }
}

const METHODS: &[&str] = &[
    "Compare",
    "Equal",
    "GreaterThan",
    "GreaterThanEqual",
    "IncMajor",
    "IncMinor",
    "IncPatch",
    "LessThan",
    "LessThanEqual",
    "Major",
    "Metadata",
    "Minor",
    "Original",
    "Patch",
    "Prerelease",
    "SetMetadata",
    "SetPrerelease",
    "String",
];

impl Object for VersionObject {
    fn type_name(&self) -> &str {
        match self.kind {
            Kind::Ptr => "*semver.Version",
            _ => "semver.Version",
        }
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    /// What `%d` and its like print; no template can name them.
    fn fields(&self) -> Vec<(Str, Value)> {
        let v = &self.version;
        let number = |n: u64| Value::Num(n as i64, IntKind::Uint64);
        vec![
            ("major".into(), number(v.major)),
            ("minor".into(), number(v.minor)),
            ("patch".into(), number(v.patch)),
            ("pre".into(), v.pre.as_str().into()),
            ("metadata".into(), v.metadata.as_str().into()),
            ("original".into(), v.original.as_str().into()),
        ]
    }

    fn has_method(&self, method: &str) -> bool {
        METHODS.contains(&method)
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        let v = &self.version;
        let number = |n: u64| Ok(Value::Num(n as i64, IntKind::Uint64));
        Some(match method {
            "Major" => number(v.major),
            "Minor" => number(v.minor),
            "Patch" => number(v.patch),
            "Prerelease" => Ok(Value::str(v.pre.as_str())),
            "Metadata" => Ok(Value::str(v.metadata.as_str())),
            "Original" => Ok(Value::str(v.original.as_str())),
            "String" => Ok(Value::str(v.to_string())),
            _ => {
                return self
                    .increment_method(method)
                    .or_else(|| self.compare_method(method, args))
                    .or_else(|| self.set_method(method, args));
            }
        })
    }

    fn string(&self) -> Option<Str> {
        Some(self.version.to_string().into())
    }

    fn to_data(&self) -> Option<Data> {
        Some(Data::Str(self.version.to_string().into()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
