//! Builds the tree of a stream's first document. Aliases stay links: expanding them is the decoder's business.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::SyntaxError;
use crate::parse::Parser;
use crate::parse::event::{Event, EventKind, Properties};
use crate::scan::reader::Text;

/// The place of a node in its [`Tree`].
pub(crate) type NodeId = u32;

#[derive(Debug)]
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

#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) kind: NodeKind<'a>,
    /// The full tag; empty = none.
    pub(crate) tag: Cow<'a, [u8]>,
    pub(crate) first_child: Option<NodeId>,
    pub(crate) next_sibling: Option<NodeId>,
}

/// A document's nodes. The root is node 0.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id as usize]
    }
}

/// A collection whose end has not come yet.
struct Open {
    id: NodeId,
    last_child: Option<NodeId>,
}

/// The first document of the text; `None` = there is none.
pub(crate) fn compose<'a>(text: &'a Text<'_>) -> Result<Option<Tree<'a>>, SyntaxError> {
    let mut parser = Parser::new(text);
    parser.next()?;
    if parser.next()?.kind == EventKind::StreamEnd {
        return Ok(None);
    }
    let mut tree = Tree {
        nodes: Vec::with_capacity(text.bytes.len() / 16),
    };
    let mut anchors = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let event = parser.next()?;
        match &event.kind {
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                open.pop();
            }
            _ => {
                let id = tree.nodes.len() as NodeId;
                let (node, anchor) = node(event, &anchors)?;
                if let Some(anchor) = anchor {
                    anchors.insert(anchor, id);
                }
                let is_collection = matches!(node.kind, NodeKind::Sequence | NodeKind::Mapping);
                tree.nodes.push(node);
                if let Some(parent) = open.last_mut() {
                    match parent.last_child.replace(id) {
                        None => tree.nodes[parent.id as usize].first_child = Some(id),
                        Some(last) => tree.nodes[last as usize].next_sibling = Some(id),
                    }
                }
                if is_collection {
                    open.push(Open {
                        id,
                        last_child: None,
                    });
                }
            }
        }
        if open.is_empty() {
            break;
        }
    }
    // The end of the document must be in order; what follows it is never read.
    parser.next()?;
    Ok(Some(tree))
}

fn node<'a>(
    event: Event<'a>,
    anchors: &BTreeMap<&'a [u8], NodeId>,
) -> Result<(Node<'a>, Option<&'a [u8]>), SyntaxError> {
    let (kind, properties) = match event.kind {
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
    };
    let node = Node {
        kind,
        tag: properties.tag,
        first_child: None,
        next_sibling: None,
    };
    Ok((node, properties.anchor))
}
