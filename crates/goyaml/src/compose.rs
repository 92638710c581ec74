//! Builds the tree of a stream's first document. Aliases stay links: expanding them is the decoder's business.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::SyntaxError;
use crate::parse::Parser;
use crate::parse::event::{Event, EventKind, Properties};
use crate::scan::reader::Text;

/// The place of a node in its [`Tree`].
pub(crate) type NodeId = u32;

#[derive(Debug, PartialEq)]
pub(crate) enum NodeKind<'a> {
    Scalar {
        value: Cow<'a, [u8]>,
        implicit: bool,
    },
    Sequence,
    Mapping,
    Alias {
        name: &'a [u8],
        target: NodeId,
    },
}

#[derive(Debug, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) kind: NodeKind<'a>,
    /// The full tag; empty = none.
    pub(crate) tag: Cow<'a, [u8]>,
    pub(crate) first_child: Option<NodeId>,
    pub(crate) next_sibling: Option<NodeId>,
}

/// A document's nodes. The root is node 0.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id as usize]
    }
}

/// A tree that grows node by node, in the order of the text.
#[derive(Debug, Default)]
pub(crate) struct Growing<'a> {
    tree: Tree<'a>,
    open: Vec<Open>,
}

/// A collection whose end has not come yet.
#[derive(Debug)]
struct Open {
    id: NodeId,
    last_child: Option<NodeId>,
}

impl<'a> Growing<'a> {
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self {
            tree: Tree {
                nodes: Vec::with_capacity(nodes),
            },
            open: Vec::new(),
        }
    }

    /// Adds a node to the innermost open collection. A collection is open until [`Growing::close`].
    pub(crate) fn push(&mut self, kind: NodeKind<'a>, tag: Cow<'a, [u8]>) -> NodeId {
        let nodes = &mut self.tree.nodes;
        let id = nodes.len() as NodeId;
        if let Some(parent) = self.open.last_mut() {
            match parent.last_child.replace(id) {
                None => nodes[parent.id as usize].first_child = Some(id),
                Some(last) => nodes[last as usize].next_sibling = Some(id),
            }
        }
        if matches!(kind, NodeKind::Sequence | NodeKind::Mapping) {
            self.open.push(Open {
                id,
                last_child: None,
            });
        }
        nodes.push(Node {
            kind,
            tag,
            first_child: None,
            next_sibling: None,
        });
        id
    }

    pub(crate) fn close(&mut self) {
        self.open.pop();
    }

    fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn finish(self) -> Tree<'a> {
        self.tree
    }
}

/// The first document of the text; `None` = there is none.
pub(crate) fn compose<'a>(text: &'a Text<'_>) -> Result<Option<Tree<'a>>, SyntaxError> {
    let mut parser = Parser::new(text);
    parser.next()?;
    if parser.next()?.kind == EventKind::StreamEnd {
        return Ok(None);
    }
    let mut tree = Growing::with_capacity(text.bytes.len() / 16);
    let mut anchors = BTreeMap::new();
    loop {
        let event = parser.next()?;
        match &event.kind {
            EventKind::SequenceEnd | EventKind::MappingEnd => tree.close(),
            _ => {
                let (kind, properties) = node(event, &anchors)?;
                let id = tree.push(kind, properties.tag);
                if let Some(anchor) = properties.anchor {
                    anchors.insert(anchor, id);
                }
            }
        }
        if tree.is_complete() {
            break;
        }
    }
    // The end of the document must be in order; what follows it is never read.
    parser.next()?;
    Ok(Some(tree.finish()))
}

fn node<'a>(
    event: Event<'a>,
    anchors: &BTreeMap<&'a [u8], NodeId>,
) -> Result<(NodeKind<'a>, Properties<'a>), SyntaxError> {
    Ok(match event.kind {
        EventKind::Alias(name) => {
            let target = *anchors.get(name).ok_or_else(|| {
                SyntaxError::new(format!(
                    "unknown anchor '{}' referenced",
                    String::from_utf8_lossy(name)
                ))
            })?;
            (NodeKind::Alias { name, target }, Properties::default())
        }
        EventKind::Scalar {
            properties,
            value,
            implicit,
        } => (NodeKind::Scalar { value, implicit }, properties),
        EventKind::SequenceStart(properties) => (NodeKind::Sequence, properties),
        EventKind::MappingStart(properties) => (NodeKind::Mapping, properties),
        _ => {
            return Err(SyntaxError::new(
                "attempted to go past the end of stream; corrupted value?",
            ));
        }
    })
}
