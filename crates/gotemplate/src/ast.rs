//! The tree of a parsed text. Nodes lie in one arena and refer to each other by index, so that a tree of any
//! depth is dropped without recursion and executed without following owned boxes.

use std::sync::Arc;

use crate::builtin::Builtin;
use crate::func::Function;
use crate::number::Number;
use crate::value::Str;

/// The index of a node in [`Arena::nodes`].
pub(crate) type NodeId = u32;

/// The index of a variable's name in [`Arena::variables`].
pub(crate) type VariableId = u32;

/// The index of a function in [`Arena::callees`].
pub(crate) type CalleeId = u32;

/// A range of [`Arena::children`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children {
    start: u32,
    end: u32,
}

/// Everything that came from one parsed text: a file and the templates it defines.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The name errors show for positions.
    pub(crate) name: Arc<str>,
    pub(crate) source: Str,
    pub(crate) arena: Arena,
}

/// The nodes of a text, and what they refer to.
#[derive(Debug)]
pub(crate) struct Arena {
    pub(crate) nodes: Vec<Node>,
    children: Vec<NodeId>,
    /// Each function that is called, once.
    pub(crate) callees: Vec<Callee>,
    pub(crate) variables: Vec<Box<str>>,
}

impl Arena {
    /// Nothing yet, with room for that many nodes.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            children: Vec::with_capacity(nodes),
            callees: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn kind(&self, id: NodeId) -> &NodeKind {
        &self.nodes[id as usize].kind
    }

    pub(crate) fn children(&self, of: Children) -> &[NodeId] {
        &self.children[of.start as usize..of.end as usize]
    }

    /// Files the children of a node that is complete.
    pub(crate) fn add_children(&mut self, ids: &[NodeId]) -> Children {
        let start = self.children.len() as u32;
        self.children.extend_from_slice(ids);
        Children {
            start,
            end: self.children.len() as u32,
        }
    }

    /// Gives back the room for more: a parsed text lives as long as its chart.
    pub(crate) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.children.shrink_to_fit();
        self.callees.shrink_to_fit();
        self.variables.shrink_to_fit();
    }
}

/// A template: a root in a unit, under a name.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) name: Arc<str>,
    pub(crate) unit: Arc<Unit>,
    pub(crate) root: NodeId,
    /// Nothing but space, comments and definitions: such a template does not replace another.
    pub(crate) is_empty: bool,
}

impl Template {
    pub(crate) fn node(&self, id: NodeId) -> &NodeKind {
        self.unit.arena.kind(id)
    }

    pub(crate) fn children(&self, of: Children) -> &[NodeId] {
        self.unit.arena.children(of)
    }
}

/// A node with its position in the source, in bytes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) pos: u32,
    pub(crate) kind: NodeKind,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Text(u32, u32),
    Action(NodeId),
    If(Branch),
    With(Branch),
    Range(Branch),
    List(Children),
    Template {
        name: Arc<str>,
        pipe: Option<NodeId>,
    },
    Break,
    Continue,
    Pipe(Pipe),
    Command(Children),
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    String {
        quoted: (u32, u32),
        text: Str,
    },
    Field(Box<[Str]>),
    Variable(VariableId, Box<[Str]>),
    Chain(NodeId, Box<[Str]>),
    Identifier(CalleeId),
}

/// A control structure: condition and the two lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) list: NodeId,
    pub(crate) else_list: Option<NodeId>,
}

/// Commands in sequence, with the variables that take the result.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) is_assign: bool,
    pub(crate) variables: Box<[VariableId]>,
    pub(crate) commands: Children,
}

/// A function, found when the text was parsed.
#[derive(Debug)]
pub(crate) struct Callee {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
}

/// Where a function's body is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Builtin(Builtin),
    Function(Function),
}
