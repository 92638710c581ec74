//! The values templates compute with. Maps and lists are references, as in Go: `set` changes the map everybody holds.

mod collections;
mod complex;
mod str;

pub use collections::{List, Map};
pub(crate) use complex::Complex;
pub(crate) use str::Key;
pub use str::Str;

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::func::{FuncError, Function, Signature};

/// A Go value as a template sees it. Cheap to clone; clones of maps and lists share their content.
#[derive(Clone, Default)]
pub enum Value {
    /// The nil interface, and the absent value of a missing map key.
    #[default]
    Nil,
    /// A nil pointer, map, slice or function of a known Go type, named as `%T` prints it (`*chart.Metadata`).
    TypedNil(Kind, &'static str),
    /// `bool`.
    Bool(bool),
    /// `int`: literals, `len`, `add` …
    Int(i64),
    /// `float64`: every number that came from YAML or JSON.
    Float(f64),
    /// Any other numeric type; the bits are interpreted by the kind.
    Num(i64, IntKind),
    /// `string`.
    Str(Str),
    /// A slice, with the name of its Go type.
    List(List),
    /// A map with string keys, with the name of its Go type.
    Map(Map),
    /// A struct, pointer or named type with fields or methods.
    Object(Rc<dyn Object>),
    /// A function value, for `call`.
    Func(Rc<Function>),
}

/// The numeric types beside `int` and `float64`. A `float32` keeps its bits widened to `f64` in the `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are Go's")]
pub enum IntKind {
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float32,
    /// `time.Duration`, nanoseconds.
    Duration,
    /// `time.Month`, 1 to 12.
    Month,
    /// `time.Weekday`, 0 is Sunday.
    Weekday,
}

/// Go's `reflect.Kind`, as far as templates can meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are Go's")]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float32,
    Float64,
    String,
    Slice,
    Map,
    Struct,
    Ptr,
    Func,
}

/// A Go struct, pointer or named type: what `.Chart`, `.Capabilities`, `.Files` or a `time.Time` are made of.
///
/// The defaults describe a struct without fields or methods.
pub trait Object: Any {
    /// The type as `%T` prints it: `*chart.Metadata`, `chartutil.VersionSet`, `time.Time`.
    fn type_name(&self) -> &str;

    /// The reflect kind: `Struct`, `Ptr`, `Map` or `Slice`.
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    /// The exported field, or for a map the entry, of that name. `None` = there is none.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// The exported fields in declaration order, or for a map the entries in key order.
    fn fields(&self) -> Vec<(Str, Value)> {
        Vec::new()
    }

    /// For a map: what a key that is not there evaluates to (`reflect.Zero` of the element type).
    fn zero_element(&self) -> Value {
        Value::Nil
    }

    /// The elements of a slice type. `None` = not a slice.
    fn elements(&self) -> Option<Vec<Value>> {
        None
    }

    /// Calls the exported method of that name. `None` = there is no such method.
    fn call(&self, _method: &str, _args: &[Value]) -> Option<Result<Value, FuncError>> {
        None
    }

    /// Whether a method of that name exists.
    fn has_method(&self, _method: &str) -> bool {
        false
    }

    /// The parameters of that method. `None` = the method checks its arguments itself.
    fn signature(&self, _method: &str) -> Option<Signature> {
        None
    }

    /// What `String()` or `Error()` returns, if the type has one: it is what printing shows.
    fn string(&self) -> Option<Str> {
        None
    }

    /// Go's truth: structs are true, maps and slices are true when not empty.
    fn truth(&self) -> bool {
        match self.kind() {
            Kind::Map => !self.fields().is_empty(),
            Kind::Slice => self.elements().is_some_and(|e| !e.is_empty()),
            _ => true,
        }
    }

    /// What the template itself prints of it where it stands, if its `String` method belongs to the pointer: Go finds
    /// that method for what it can address, but not for a copy handed to a function.
    fn string_in_place(&self) -> Option<Str> {
        self.string()
    }

    /// What a function gets instead of it, if a copy has fewer methods. `None` = the same.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// What `encoding/json` writes of a struct: names and values in the order of declaration, empty fields left out.
    /// `None` = from [`Object::to_data`].
    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        None
    }

    /// What `encoding/json` (and so `toJson`, `toYaml`) makes of it. `None` = from [`Object::fields`].
    fn to_data(&self) -> Option<crate::Data> {
        None
    }

    /// For downcasting by the functions that made the object.
    fn as_any(&self) -> &dyn Any;
}

impl Value {
    /// A Go string.
    pub fn str(s: impl Into<Str>) -> Self {
        Self::Str(s.into())
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&Str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The value as a function gets it; see [`Object::copied`].
    pub(crate) fn copied(self) -> Self {
        match &self {
            Self::Object(object) => object.copied().unwrap_or(self),
            _ => self,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(m) => Some(m),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(l) => Some(l),
            _ => None,
        }
    }

    /// Whether it is the nil interface or a typed nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::TypedNil(..))
    }

    /// Go's truth, as `if`, `and`, `or`, `not`, `with` judge it: `(text/template).IsTrue`.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil | Self::TypedNil(..) => false,
            Self::Bool(b) => *b,
            Self::Int(i) | Self::Num(i, _) => *i != 0,
            Self::Float(f) => *f != 0.0,
            Self::Str(s) => !s.is_empty(),
            Self::List(l) => !l.is_empty(),
            Self::Map(m) => !m.is_empty(),
            Self::Object(o) => o.truth(),
            Self::Func(_) => true,
        }
    }

    /// Go's `reflect.Kind` of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::TypedNil(kind, _) => *kind,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float64,
            Self::Num(_, kind) => kind.kind(),
            Self::Str(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(o) => o.kind(),
            Self::Func(_) => Kind::Func,
        }
    }

    /// The Go type as `%T` prints it (`<nil>` for the nil interface).
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::TypedNil(_, name) => name,
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Num(_, kind) => kind.type_name(),
            Self::Str(_) => "string",
            Self::List(l) => l.type_name(),
            Self::Map(m) => m.type_name(),
            Self::Object(o) => o.type_name(),
            Self::Func(_) => "func",
        }
    }
}

impl IntKind {
    /// Whether the type is one of the unsigned integers.
    pub fn is_unsigned(self) -> bool {
        matches!(
            self,
            Self::Uint | Self::Uint8 | Self::Uint16 | Self::Uint32 | Self::Uint64
        )
    }

    /// The reflect kind behind the type.
    pub fn kind(self) -> Kind {
        match self {
            Self::Int8 => Kind::Int8,
            Self::Int16 => Kind::Int16,
            Self::Int32 => Kind::Int32,
            Self::Int64 | Self::Duration => Kind::Int64,
            Self::Uint => Kind::Uint,
            Self::Uint8 => Kind::Uint8,
            Self::Uint16 => Kind::Uint16,
            Self::Uint32 => Kind::Uint32,
            Self::Uint64 => Kind::Uint64,
            Self::Float32 => Kind::Float32,
            Self::Month | Self::Weekday => Kind::Int,
        }
    }

    /// The Go type as `%T` prints it.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Float32 => "float32",
            Self::Duration => "time.Duration",
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::TypedNil(_, name) => write!(f, "({name})(nil)"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(i) => write!(f, "{i}"),
            Self::Float(x) => write!(f, "{x:?}"),
            Self::Num(i, kind) => write!(f, "{}({i})", kind.type_name()),
            Self::Str(s) => write!(f, "{s:?}"),
            Self::List(l) => f.debug_list().entries(l.to_vec()).finish(),
            Self::Map(m) => f.debug_map().entries(m.entries()).finish(),
            Self::Object(o) => write!(f, "{}{{…}}", o.type_name()),
            Self::Func(_) => f.write_str("func"),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Self {
        Self::Float(f)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Str(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::Str(s.into())
    }
}

impl From<Str> for Value {
    fn from(s: Str) -> Self {
        Self::Str(s)
    }
}

impl From<Map> for Value {
    fn from(m: Map) -> Self {
        Self::Map(m)
    }
}

impl From<List> for Value {
    fn from(l: List) -> Self {
        Self::List(l)
    }
}
