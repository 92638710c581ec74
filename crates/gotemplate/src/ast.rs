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

/// The index of a string in [`Arena::strings`].
pub(crate) type StringId = u32;

/// The index of a number in [`Arena::numbers`].
pub(crate) type NumberId = u32;

/// The variables that a pipeline sets, in [`Arena::declared`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Declared {
    start: u32,
    count: u32,
}

impl Declared {
    pub(crate) fn len(self) -> usize {
        self.count as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// A range of [`Arena::children`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children {
    start: u32,
    end: u32,
}

/// A piece of the source, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn of(self, source: &[u8]) -> &[u8] {
        &source[self.start as usize..self.end as usize]
    }
}

/// A range of [`Arena::fields`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Fields {
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// The names in a chain of fields.
#[derive(Clone, Copy)]
pub(crate) struct Names<'t> {
    source: &'t [u8],
    spans: &'t [Span],
}

impl<'t> Names<'t> {
    pub(crate) fn len(self) -> usize {
        self.spans.len()
    }

    pub(crate) fn get(self, index: usize) -> &'t [u8] {
        self.spans[index].of(self.source)
    }
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
    /// The names of fields, as they stand in the source.
    pub(crate) fields: Vec<Span>,
    /// The variables that pipelines set.
    declared: Vec<VariableId>,
    pub(crate) strings: Vec<Str>,
    pub(crate) numbers: Vec<Number>,
    /// Each function that is called, once.
    pub(crate) callees: Vec<Callee>,
    /// The name of each variable, once.
    pub(crate) variables: Vec<Box<str>>,
}

impl Arena {
    /// Nothing yet, with room for that many nodes.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            children: Vec::with_capacity(nodes),
            fields: Vec::with_capacity(nodes / 4),
            declared: Vec::new(),
            strings: Vec::with_capacity(nodes / 16),
            numbers: Vec::with_capacity(nodes / 32),
            callees: Vec::with_capacity(nodes.min(16)),
            variables: Vec::with_capacity(2),
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

    /// Files another variable that a pipeline sets, before any of another pipeline.
    pub(crate) fn declare(&mut self, declared: &mut Declared, id: VariableId) {
        if declared.is_empty() {
            declared.start = self.declared.len() as u32;
        }
        self.declared.push(id);
        declared.count += 1;
    }

    pub(crate) fn declared(&self, of: Declared) -> &[VariableId] {
        let start = of.start as usize;
        &self.declared[start..start + of.count as usize]
    }

    pub(crate) fn names<'t>(&'t self, source: &'t [u8], of: Fields) -> Names<'t> {
        Names {
            source,
            spans: &self.fields[of.start as usize..of.end as usize],
        }
    }

    /// Gives back the room for more, as a parsed text lives as long as its chart. Small rooms are not worth it.
    pub(crate) fn shrink(&mut self) {
        const SMALL: usize = 512;
        if self.nodes.capacity() > self.nodes.len() + SMALL {
            self.nodes.shrink_to_fit();
            self.children.shrink_to_fit();
            self.fields.shrink_to_fit();
        }
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

    pub(crate) fn declared(&self, of: Declared) -> &[VariableId] {
        self.unit.arena.declared(of)
    }

    pub(crate) fn names(&self, of: Fields) -> Names<'_> {
        self.unit.arena.names(self.unit.source.as_bytes(), of)
    }

    pub(crate) fn string(&self, id: StringId) -> &Str {
        &self.unit.arena.strings[id as usize]
    }

    pub(crate) fn number(&self, id: NumberId) -> &Number {
        &self.unit.arena.numbers[id as usize]
    }
}

/// A node with its position in the source, in bytes. Small and without anything of its own: there are very many.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) pos: u32,
    pub(crate) kind: NodeKind,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Text(Span),
    Action(NodeId),
    If(Branch),
    With(Branch),
    Range(Branch),
    List(Children),
    Template {
        name: StringId,
        pipe: Option<NodeId>,
    },
    Break,
    Continue,
    Pipe(Pipe),
    Command(Children),
    Dot,
    Nil,
    Bool(bool),
    Number {
        spelled: Span,
        number: NumberId,
    },
    String {
        quoted: Span,
        text: StringId,
    },
    Field(Fields),
    Variable(VariableId, Fields),
    Chain(NodeId, Fields),
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) is_assign: bool,
    pub(crate) variables: Declared,
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
