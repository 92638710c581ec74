//! What goes wrong when a template is parsed or executed: Go's text, and the same facts as data.

use std::fmt;

use crate::quote;
use crate::utf8;

/// The kind of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not a template.
    Parse,
    /// The text calls a function nobody offers; with the name that is nearest to it, if one is near.
    UndefinedFunction {
        /// The name as written.
        name: String,
        /// A function that exists and is spelled similarly.
        nearest: Option<String>,
    },
    /// Execution failed: a field of nil, a wrong argument, a `template` that is not defined …
    Execution,
    /// A function returned an error: the message begins `error calling NAME: `.
    Function {
        /// The function or method.
        name: String,
    },
    /// The template asked for by the caller or by `include` is not in the set.
    NoSuchTemplate {
        /// The name asked for.
        name: String,
    },
    /// A limit of the execution was reached.
    Limit(LimitKind),
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// The number of evaluation steps.
    Steps,
    /// The size of the output, `include` and `tpl` counted.
    Output,
    /// The depth of templates calling templates.
    Depth,
    /// The caller's check said to stop.
    Interrupted,
}

/// Where in a template an error happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name the text was parsed under: a file's.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 0 as Go counts. Errors of the parser know the line only.
    pub column: Option<u32>,
    /// That line of the source, without its line break.
    pub excerpt: String,
}

/// One level of an error: a template and what happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// Where it happened; `None` where Go's error has no position.
    pub location: Option<Location>,
    /// The template that was being executed: a file's name, or what `define` called it. `None` for the parser.
    pub template: Option<String>,
    /// The expression Go shows between `<` and `>`.
    pub expression: String,
    /// What happened. If another frame follows, this is the text before it.
    pub message: String,
}

/// An error of the parser or of an execution. Its `Display` is Go's text, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// From the innermost to the outermost.
    frames: Vec<Frame>,
}

impl Error {
    pub(crate) fn new(frame: Frame) -> Self {
        Self {
            frames: vec![frame],
        }
    }

    /// Puts a level around the error.
    pub(crate) fn wrap(mut self, frame: Frame) -> Self {
        self.frames.push(frame);
        self
    }

    /// The chain of templates, outermost first: the file, then what it included, down to where it happened.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.frames.iter().rev()
    }

    /// The level where it happened.
    pub fn innermost(&self) -> &Frame {
        &self.frames[0]
    }

    /// The level the caller asked for.
    pub fn outermost(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }

    /// What kind of error it is, where it happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.innermost().kind
    }

    /// Whether the text itself did not parse, rather than a text it executed.
    pub fn is_parse(&self) -> bool {
        matches!(
            self.outermost().kind,
            ErrorKind::Parse | ErrorKind::UndefinedFunction { .. }
        )
    }

    /// Whether a limit was reached.
    pub fn is_limit(&self) -> bool {
        matches!(self.kind(), ErrorKind::Limit(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frames().try_for_each(|frame| write!(f, "{frame}"))
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.location {
            write!(f, "template: {}:{}", at.name, at.line)?;
            if let Some(column) = at.column {
                write!(f, ":{column}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(template) = &self.template {
            let template = quote::quoted(template.as_bytes());
            write!(f, "executing {template} at <{}>: ", self.expression)?;
        }
        f.write_str(&self.message)
    }
}

impl Location {
    /// The position of a byte in a source.
    pub(crate) fn of(name: &str, source: &[u8], pos: usize) -> Self {
        let before = &source[..pos.min(source.len())];
        let start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |i| i + 1);
        Self {
            name: name.to_owned(),
            line: 1 + utf8::line_breaks(before),
            column: Some((before.len() - start) as u32),
            excerpt: line_at(source, start),
        }
    }

    /// A whole line of a source.
    pub(crate) fn of_line(name: &str, source: &[u8], line: u32) -> Self {
        let excerpt = source
            .split(|b| *b == b'\n')
            .nth(line.saturating_sub(1) as usize)
            .map_or_else(String::new, |l| String::from_utf8_lossy(l).into_owned());
        Self {
            name: name.to_owned(),
            line,
            column: None,
            excerpt,
        }
    }
}

fn line_at(source: &[u8], start: usize) -> String {
    let rest = &source[start..];
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    String::from_utf8_lossy(&rest[..end]).into_owned()
}
