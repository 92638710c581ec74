//! What the scanner hands to the parser: tokens, and the marks that place them in the text.

use std::borrow::Cow;

/// A place in the text, counted from 0. `index` and `column` count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) index: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// How a scalar was written, as far as it changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
}

/// The kinds of token of YAML 1.1, with what they carry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind<'a> {
    StreamStart,
    StreamEnd,
    VersionDirective {
        major: u8,
        minor: u8,
    },
    TagDirective {
        handle: Cow<'a, [u8]>,
        prefix: Cow<'a, [u8]>,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a [u8]),
    Anchor(&'a [u8]),
    Tag {
        handle: Cow<'a, [u8]>,
        suffix: Cow<'a, [u8]>,
    },
    Scalar(Cow<'a, [u8]>, Style),
}

/// A token and where it starts. (Its end never shows in an error.)
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind<'a>,
    pub(crate) start: Mark,
}
