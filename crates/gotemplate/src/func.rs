//! Functions that templates can call: their signatures, which the engine checks as Go's `reflect` would, and their bodies.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use crate::error::Error;
use crate::value::{Str, Value};

/// A parameter's Go type. The engine converts or refuses arguments before the body runs, with Go's messages
/// (`wrong type for value; expected string; got int`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Go's")]
pub enum Type {
    /// `interface {}`: anything, nil included.
    Any,
    Bool,
    String,
    Int,
    Int64,
    Float64,
    /// `int32`, as `rune`.
    Int32,
    /// `map[string]interface {}`; a map of a named type with that shape is accepted.
    Map,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    StringList,
    /// `time.Time`, `time.Duration` … by the name `%T` prints.
    Named(&'static str),
}

/// A function with its signature. Plain data: tables of them are `static`, parsed templates hold them and stay `Send`.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The name errors show.
    pub name: &'static str,
    /// The fixed parameters.
    pub params: &'static [Type],
    /// The type of the variadic parameter's elements, if the function has one.
    pub variadic: Option<Type>,
    /// The body. It gets as many arguments as the call had, each of the declared type.
    pub body: Body,
}

/// The parameters of a method of an [`Object`](crate::Object), so that the engine can check calls before they happen.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The fixed parameters.
    pub params: &'static [Type],
    /// The type of the variadic parameter's elements, if there is one.
    pub variadic: Option<Type>,
}

/// The body of a function. It captures nothing; what it needs from the execution it asks of [`Call`].
pub type Body = fn(&mut dyn Call, &[Value]) -> Result<Value, FuncError>;

/// What a function may ask of the running template.
pub trait Call {
    /// Executes a named template (`define`, or a file) with that data; the output is returned, not written.
    /// For `include`.
    fn execute_template(&mut self, name: &str, data: &Value) -> Result<Str, FuncError>;

    /// Parses and executes a template text in a copy of the current set. For `tpl`.
    fn render_text(&mut self, text: &Str, data: &Value) -> Result<Str, FuncError>;

    /// A piece of the state the caller handed to the execution, by its type: Helm's include counters, the clock and
    /// randomness of Sprig. `None` = the caller handed none of that type. See [`state`].
    fn state(&mut self, of: TypeId) -> Option<&mut dyn Any>;

    /// Spends steps of the execution's budget: for functions whose work grows with their arguments
    /// (`until`, `repeat`). Fails when the budget is used up.
    fn spend(&mut self, steps: u64) -> Result<(), FuncError>;
}

/// The execution's state of type `T`, if the caller handed one.
pub fn state<T: Any>(call: &mut dyn Call) -> Option<&mut T> {
    call.state(TypeId::of::<T>())?.downcast_mut()
}

/// An error returned by a function; the engine adds position, template and function name, as
/// `error calling NAME: MESSAGE`.
#[derive(Clone, Debug)]
pub struct FuncError {
    /// The text of the Go error; when there is a [`cause`](Self::cause), what stands before the text of the cause.
    pub message: String,
    /// A limit was exceeded: no template function may turn this into a value.
    pub is_limit: bool,
    /// The error of the template the function executed (`include`, `tpl`).
    pub cause: Option<Box<Error>>,
}

impl FuncError {
    /// An ordinary error.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_limit: false,
            cause: None,
        }
    }

    /// The same error with a text before it, as Go's `errors.Wrap`: the text ends in `: ` by itself.
    pub fn context(mut self, text: &str) -> Self {
        self.message = format!("{text}: {}", self.message);
        self
    }
}

impl From<Error> for FuncError {
    fn from(error: Error) -> Self {
        Self {
            message: String::new(),
            is_limit: error.is_limit(),
            cause: Some(Box::new(error)),
        }
    }
}

impl fmt::Display for FuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.cause {
            Some(cause) => write!(f, "{cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FuncError {}

/// Functions by name, and methods of named map types.
#[derive(Clone, Default)]
pub struct FuncMap {
    functions: BTreeMap<&'static str, Held>,
    /// By the name of the type, then of the method.
    methods: BTreeMap<&'static str, BTreeMap<&'static str, Function>>,
}

/// Functions of tables are referred to where they stand: sorting hundreds of them moves little.
#[derive(Clone)]
enum Held {
    Listed(&'static Function),
    Own(Box<Function>),
}

impl Deref for Held {
    type Target = Function;

    fn deref(&self) -> &Function {
        match self {
            Self::Listed(function) => function,
            Self::Own(function) => function,
        }
    }
}

impl From<Function> for Held {
    fn from(function: Function) -> Self {
        Self::Own(Box::new(function))
    }
}

/// Many functions at once; they replace those of their names.
impl Extend<&'static Function> for FuncMap {
    fn extend<I: IntoIterator<Item = &'static Function>>(&mut self, functions: I) {
        let named = functions.into_iter().map(|f| (f.name, Held::Listed(f)));
        self.functions.append(&mut named.collect());
    }
}

impl FuncMap {
    /// No functions; the builtins of the language are always there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function; one of the same name is replaced.
    pub fn add(&mut self, function: Function) {
        self.functions.insert(function.name, function.into());
    }

    /// Adds a function under another name than its own.
    pub fn add_as(&mut self, alias: &'static str, function: Function) {
        self.functions.insert(alias, function.into());
    }

    /// Gives a [`Map`](crate::Map) type a method: its parameters are those of the function, its body gets the map
    /// before them. As in Go, a method hides a key of the same name.
    pub fn add_method(&mut self, type_name: &'static str, method: Function) {
        self.methods
            .entry(type_name)
            .or_default()
            .insert(method.name, method);
    }

    /// The method of a map type.
    pub fn method(&self, type_name: &str, name: &str) -> Option<&Function> {
        self.methods.get(type_name)?.get(name)
    }

    /// Removes a function.
    pub fn remove(&mut self, name: &str) {
        self.functions.remove(name);
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.functions.get(name).map(Deref::deref)
    }

    /// The function of that name, with the name it is known by, which may be an alias.
    pub(crate) fn named(&self, name: &str) -> Option<(&'static str, &Function)> {
        let (known, function) = self.functions.get_key_value(name)?;
        Some((*known, function))
    }

    /// All names, sorted: for suggestions in errors.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.functions.keys().copied()
    }
}
