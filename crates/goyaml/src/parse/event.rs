//! What the parser tells the composer.

use std::borrow::Cow;

/// The anchor and the full tag of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<&'a [u8]>,
    /// Empty = none.
    pub(crate) tag: Cow<'a, [u8]>,
}

/// The kinds of event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EventKind<'a> {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a [u8]),
    /// `implicit`: the value alone decides the type, because the scalar is plain and has no tag (or the tag `!`).
    Scalar {
        properties: Properties<'a>,
        value: Cow<'a, [u8]>,
        implicit: bool,
    },
    SequenceStart(Properties<'a>),
    SequenceEnd,
    MappingStart(Properties<'a>),
    MappingEnd,
}

/// An event and the line, counted from 0, on which it starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) kind: EventKind<'a>,
    pub(crate) line: usize,
}

impl Event<'_> {
    /// The null that stands where a node was left out.
    pub(crate) fn empty(line: usize) -> Self {
        let kind = EventKind::Scalar {
            properties: Properties::default(),
            value: Cow::Borrowed(b""),
            implicit: true,
        };
        Event { kind, line }
    }
}
