//! Expands a tree into data: aliases, merges, keys as strings, numbers as floats.

mod alias;
mod go_syntax;
mod keep;
mod shape;

pub use shape::{list_from_slice, map_from_slice};

use std::borrow::Cow;

use gotemplate::{Data, Str};

use crate::compose::{NodeId, NodeKind, Tree, compose};
use crate::error::{Error, SyntaxError};
use crate::resolve::{Scalar, resolve, resolve_tagged};
use crate::scan::{MAX_DEPTH, reader};
use crate::text::go_utf8;
use crate::usual;
use alias::Budget;
pub(crate) use keep::Wanted;
use keep::{Entries, Keep};

/// Reads the first document as Helm reads values: `sigs.k8s.io/yaml`'s `Unmarshal` into an `interface{}`.
///
/// All numbers are `Float`, all keys strings; a text without a document is `Null`.
///
/// # Errors
/// Text that is not YAML, and YAML that JSON cannot express, with go-yaml's and `sigs.k8s.io/yaml`'s texts.
pub fn from_slice(input: &[u8]) -> Result<Data, Error> {
    decode(input, Numbers::Float)
}

/// As [`from_slice`], but integers stay [`Data::Int`] where they fit an `i64`.
///
/// # Errors
/// As [`from_slice`].
pub fn from_slice_with_integers(input: &[u8]) -> Result<Data, Error> {
    decode(input, Numbers::Apart)
}

/// As [`from_slice_with_integers`], but of a document that is an object, only the wanted entries are there, and so of the
/// objects that are their values. The others are read and checked all the same. `wanted` is given the key of an entry, and
/// before it the key of the entry that it stands in, if it is not one of the document's own.
///
/// # Errors
/// As [`from_slice`].
pub fn entries_from_slice(
    input: &[u8],
    wanted: impl Fn(Option<&[u8]>, &[u8]) -> bool,
) -> Result<Data, Error> {
    read(input, Numbers::Apart, Keep::Wanted(&wanted))
}

/// What integers become.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Numbers {
    Float,
    Apart,
}

pub(crate) fn decode(input: &[u8], numbers: Numbers) -> Result<Data, Error> {
    read(input, numbers, Keep::All)
}

fn read(input: &[u8], numbers: Numbers, keep: Keep<'_>) -> Result<Data, Error> {
    let text = reader::read(input);
    let wanted = match keep {
        Keep::Wanted(wanted) => Some(wanted),
        _ => None,
    };
    if let Some(tree) = usual::compose(&text, wanted) {
        return finite(&tree, numbers, keep);
    }
    match compose(&text).map_err(Error::Yaml)? {
        Some(tree) => finite(&tree, numbers, keep),
        None => Ok(Data::Null),
    }
}

/// The data, in which no infinity may be.
fn finite(tree: &Tree<'_>, numbers: Numbers, keep: Keep<'_>) -> Result<Data, Error> {
    let (data, has_infinite) = expand(tree, numbers, keep)?;
    if !has_infinite {
        return Ok(data);
    }
    // Which infinity is the error, and whether one is left, only the whole tells.
    let (whole, _) = expand(tree, numbers, Keep::All)?;
    check_finite(&whole).map(|()| data)
}

/// The data, and whether there was an infinity on the way.
fn expand(tree: &Tree<'_>, numbers: Numbers, keep: Keep<'_>) -> Result<(Data, bool), Error> {
    let mut decoder = Decoder::new(tree, numbers);
    let data = decoder.document(keep).map_err(Error::Yaml)?;
    match decoder.not_json {
        Some(problem) => Err(Error::NotJson(problem)),
        None => Ok((data, decoder.has_infinite)),
    }
}

struct Decoder<'t> {
    tree: &'t Tree<'t>,
    numbers: Numbers,
    budget: Budget,
    /// The aliases being expanded.
    expanding: Vec<NodeId>,
    /// The first map key without a counterpart in JSON. Errors of the YAML itself come before it.
    not_json: Option<String>,
    has_infinite: bool,
}

impl<'t> Decoder<'t> {
    fn new(tree: &'t Tree<'t>, numbers: Numbers) -> Self {
        Self {
            tree,
            numbers,
            budget: Budget::default(),
            expanding: Vec::new(),
            not_json: None,
            has_infinite: false,
        }
    }

    fn count(&mut self, depth: usize) -> Result<(), SyntaxError> {
        if !self.budget.count() {
            return Err(SyntaxError::new("document contains excessive aliasing"));
        }
        if depth > MAX_DEPTH {
            return Err(SyntaxError::new(format!(
                "exceeded max depth of {MAX_DEPTH}"
            )));
        }
        Ok(())
    }

    fn document(&mut self, keep: Keep<'_>) -> Result<Data, SyntaxError> {
        self.value(0, keep, 0)
    }

    fn value(&mut self, id: NodeId, keep: Keep<'_>, depth: usize) -> Result<Data, SyntaxError> {
        self.count(depth)?;
        let node = self.tree.node(id);
        match &node.kind {
            NodeKind::Scalar { value, implicit } => {
                let scalar = resolve_scalar(&node.tag, value, *implicit)?;
                Ok(self.scalar(scalar, value))
            }
            NodeKind::Sequence => {
                let mut items = Vec::new();
                let mut next = node.first_child;
                while let Some(child) = next {
                    items.push(self.value(child, Keep::All, depth + 1)?);
                    next = self.tree.node(child).next_sibling;
                }
                Ok(Data::List(items))
            }
            NodeKind::Mapping => {
                let mut entries = Entries::new(keep);
                self.mapping(id, &mut entries, depth)?;
                Ok(Data::Map(entries.kept))
            }
            NodeKind::Alias { target, .. } => {
                self.alias(id, |decoder| decoder.value(*target, keep, depth + 1))
            }
        }
    }

    /// Finds the errors that [`Decoder::value`] would find, and makes nothing.
    fn check(&mut self, id: NodeId, depth: usize) -> Result<(), SyntaxError> {
        self.count(depth)?;
        let node = self.tree.node(id);
        match &node.kind {
            NodeKind::Scalar { value, implicit } => {
                if let Scalar::Float(f) = resolve_scalar(&node.tag, value, *implicit)? {
                    self.has_infinite |= !f.is_finite();
                }
                Ok(())
            }
            NodeKind::Sequence => {
                let mut next = node.first_child;
                while let Some(child) = next {
                    self.check(child, depth + 1)?;
                    next = self.tree.node(child).next_sibling;
                }
                Ok(())
            }
            NodeKind::Mapping => self.mapping(id, &mut Entries::new(Keep::Nothing), depth),
            NodeKind::Alias { target, .. } => {
                self.alias(id, |decoder| decoder.check(*target, depth + 1))
            }
        }
    }

    fn alias<T>(
        &mut self,
        id: NodeId,
        expand: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.expanding.contains(&id) {
            let NodeKind::Alias { name, .. } = self.tree.node(id).kind else {
                return expand(self);
            };
            return Err(SyntaxError::new(format!(
                "anchor '{}' value contains itself",
                String::from_utf8_lossy(name)
            )));
        }
        self.expanding.push(id);
        self.budget.enter_alias();
        let result = expand(self);
        self.budget.leave_alias();
        self.expanding.pop();
        result
    }

    fn scalar(&mut self, scalar: Scalar<'_>, text: &[u8]) -> Data {
        match scalar {
            Scalar::Null => Data::Null,
            Scalar::Bool(b) => Data::Bool(b),
            Scalar::Int(i) if self.numbers == Numbers::Apart => Data::Int(i),
            Scalar::Int(i) => Data::Float(i as f64),
            Scalar::Uint(u) => Data::Float(u as f64),
            Scalar::Float(f) => {
                self.has_infinite |= !f.is_finite();
                Data::Float(f)
            }
            Scalar::Timestamp => Data::Str(Str::from(text)),
            Scalar::Str(s) => Data::Str(Str::from(checked(s).as_ref())),
        }
    }

    /// Adds the pairs of a mapping node to the entries. Later keys win; `<<` adds at the place where it stands.
    fn mapping(
        &mut self,
        id: NodeId,
        entries: &mut Entries<'_>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let mut next = self.tree.node(id).first_child;
        while let Some(key) = next {
            let Some(value) = self.tree.node(key).next_sibling else {
                break;
            };
            next = self.tree.node(value).next_sibling;
            if self.is_merge(key) {
                self.merge(value, entries, depth)?;
                continue;
            }
            match self.key(key, value, depth)? {
                Some(name) if entries.wants(&name) => {
                    let data = self.value(value, entries.keep.below(&name), depth + 1)?;
                    entries.kept.insert(Str::from(name.as_ref()), data);
                }
                _ => self.check(value, depth + 1)?,
            }
        }
        Ok(())
    }

    fn is_merge(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        let NodeKind::Scalar { value, implicit } = &node.kind else {
            return false;
        };
        value.as_ref() == b"<<" && (*implicit || node.tag.as_ref() == b"tag:yaml.org,2002:merge")
    }

    /// The key as a string. `None` = it has none in JSON, which is noted.
    fn key(
        &mut self,
        id: NodeId,
        value: NodeId,
        depth: usize,
    ) -> Result<Option<Cow<'t, [u8]>>, SyntaxError> {
        self.count(depth)?;
        let node = self.tree.node(id);
        match &node.kind {
            NodeKind::Scalar {
                value: text,
                implicit,
            } => {
                let scalar = resolve_scalar(&node.tag, text, *implicit)?;
                match scalar {
                    Scalar::Str(s) => Ok(Some(checked(s))),
                    Scalar::Timestamp => Ok(Some(Cow::Borrowed(text.as_ref()))),
                    Scalar::Bool(true) => Ok(Some(Cow::Borrowed(b"true"))),
                    Scalar::Bool(false) => Ok(Some(Cow::Borrowed(b"false"))),
                    Scalar::Int(i) => Ok(Some(Cow::Owned(i.to_string().into_bytes()))),
                    Scalar::Float(f) => {
                        let text = crate::float::yaml_key(f);
                        Ok(Some(Cow::Owned(text.into())))
                    }
                    Scalar::Null | Scalar::Uint(_) => {
                        let problem = go_syntax::unsupported_key(self.tree, &scalar, value);
                        self.not_json.get_or_insert(problem);
                        Ok(None)
                    }
                }
            }
            NodeKind::Alias { target, .. } => {
                self.alias(id, |decoder| decoder.key(*target, value, depth + 1))
            }
            NodeKind::Sequence | NodeKind::Mapping => {
                self.value(id, Keep::All, depth + 1)?;
                Err(SyntaxError::new(format!(
                    "invalid map key: {}",
                    go_syntax::go_value(self.tree, id)
                )))
            }
        }
    }

    fn merge(
        &mut self,
        id: NodeId,
        entries: &mut Entries<'_>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        match &self.tree.node(id).kind {
            NodeKind::Sequence => {
                let mut sources = Vec::new();
                let mut next = self.tree.node(id).first_child;
                while let Some(child) = next {
                    sources.push(child);
                    next = self.tree.node(child).next_sibling;
                }
                sources
                    .iter()
                    .rev()
                    .try_for_each(|source| self.merge_one(*source, entries, depth))
            }
            _ => self.merge_one(id, entries, depth),
        }
    }

    fn merge_one(
        &mut self,
        id: NodeId,
        entries: &mut Entries<'_>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let wants_map =
            || SyntaxError::new("map merge requires map or sequence of maps as the value");
        match self.tree.node(id).kind {
            NodeKind::Mapping => {
                self.count(depth)?;
                self.mapping(id, entries, depth + 1)
            }
            NodeKind::Alias { target, .. } => {
                if !matches!(self.tree.node(target).kind, NodeKind::Mapping) {
                    return Err(wants_map());
                }
                self.count(depth)?;
                self.alias(id, |decoder| {
                    decoder.count(depth)?;
                    decoder.mapping(target, entries, depth + 1)
                })
            }
            NodeKind::Scalar { .. } | NodeKind::Sequence => Err(wants_map()),
        }
    }
}

/// The value of a scalar node. A quoted scalar without a tag is a string whatever it says.
fn resolve_scalar<'t>(
    tag: &[u8],
    value: &'t [u8],
    implicit: bool,
) -> Result<Scalar<'t>, SyntaxError> {
    match (tag.is_empty(), implicit) {
        (true, true) => Ok(resolve(value)),
        (true, false) => Ok(Scalar::Str(Cow::Borrowed(value))),
        (false, _) => resolve_tagged(tag, value),
    }
}

/// The bytes of a string as UTF-8. Only `!!binary` makes new bytes, which need not be.
fn checked(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(_) => bytes,
        Cow::Owned(bytes) => Cow::Owned(go_utf8(&bytes).into_owned()),
    }
}

/// JSON has no infinity: the first one, in the order JSON is written, is the error.
fn check_finite(data: &Data) -> Result<(), Error> {
    match data {
        Data::Float(f) if !f.is_finite() => Err(Error::NotJson(format!(
            "json: unsupported value: {}",
            crate::float::go_special(*f)
        ))),
        Data::List(items) => items.iter().try_for_each(check_finite),
        Data::Map(entries) => entries.values().try_for_each(check_finite),
        _ => Ok(()),
    }
}
