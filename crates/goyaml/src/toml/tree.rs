//! The tables of a document while it is being read, and which keys may be defined again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gotemplate::{List, Map, Str, Value};

use super::chars::{Problem, is_bare_key};

/// A table. Shared, because the library keeps an inline table both in the document and as a value.
pub(super) type Table = Rc<RefCell<BTreeMap<Str, Node>>>;

/// A value of the document.
#[derive(Clone)]
pub(super) enum Node {
    Table(Table),
    /// The tables of `[[…]]` headers; never empty.
    Tables(Vec<Table>),
    Array(Rc<Vec<Node>>),
    Leaf(Value),
}

impl Node {
    /// The table that keys below this one go to: of an array of tables the last.
    fn table(&self) -> Option<Table> {
        match self {
            Self::Table(table) => Some(Rc::clone(table)),
            Self::Tables(tables) => tables.last().cloned(),
            Self::Array(_) | Self::Leaf(_) => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Table(table) => Value::Map(into_map(&table)),
            Self::Tables(tables) => {
                let maps = tables.iter().map(|table| Value::Map(into_map(table)));
                Value::List(List::typed("[]map[string]interface {}", maps.collect()))
            }
            Self::Array(items) => {
                let items = items.iter().cloned().map(Self::into_value);
                Value::List(items.collect::<Vec<_>>().into())
            }
            Self::Leaf(value) => value,
        }
    }
}

pub(super) fn into_map(table: &Table) -> Map {
    let entries = table.borrow();
    entries
        .iter()
        .map(|(key, node)| (key.clone(), node.clone().into_value()))
        .collect()
}

/// The document so far. The rules are `BurntSushi/toml`'s.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) root: Table,
    /// The table being read.
    pub(super) context: Vec<Str>,
    /// The key being read in it; empty = none.
    pub(super) key: Str,
    /// The line of the key read last.
    pub(super) line: usize,
    /// Tables that exist only because keys below them do: they may be defined once more.
    implicit: BTreeSet<String>,
    /// Keys whose values are arrays.
    arrays: BTreeSet<String>,
}

impl Tree {
    fn problem(&self, text: String) -> Problem {
        Problem {
            line: self.line,
            text,
        }
    }

    pub(super) fn no_table(&self) -> Problem {
        let context = crate::text::go_quote(key_text(&self.context).as_bytes());
        self.problem(format!("{context} is not a table"))
    }

    /// The full key being read, for errors.
    pub(super) fn current(&self) -> String {
        match (self.context.is_empty(), self.key.is_empty()) {
            (_, true) => key_text(&self.context),
            (true, false) => self.key.to_string(),
            (false, false) => format!("{}.{}", key_text(&self.context), self.key),
        }
    }

    /// Goes to the table of a header, which makes it and the tables it is in.
    pub(super) fn enter(&mut self, path: &[Str]) -> Result<(), Problem> {
        let (parents, last) = self.descend(path)?;
        drop(parents);
        self.set(last.clone(), Node::Table(Table::default()))?;
        self.context.push(last);
        Ok(())
    }

    /// Goes to a new table of an array of tables.
    pub(super) fn enter_array(&mut self, path: &[Str]) -> Result<(), Problem> {
        let (parent, last) = self.descend(path)?;
        let mut entries = parent.borrow_mut();
        let made = || Node::Tables(Vec::new());
        let Node::Tables(tables) = entries.entry(last.clone()).or_insert_with(made) else {
            let key = key_text(path);
            return Err(self.problem(format!(
                "Key '{key}' was already created and cannot be used as an array."
            )));
        };
        tables.push(Table::default());
        self.context.push(last);
        Ok(())
    }

    /// Goes to the table a path ends in, whose name is returned.
    fn descend(&mut self, path: &[Str]) -> Result<(Table, Str), Problem> {
        if path.len() > crate::scan::MAX_DEPTH {
            return Err(self.problem("the document is nested too deep".to_owned()));
        }
        let (last, parents) = path.split_last().ok_or_else(|| self.no_table())?;
        let mut table = Rc::clone(&self.root);
        for depth in 1..=parents.len() {
            let key = &parents[depth - 1];
            if !table.borrow().contains_key(key) {
                self.implicit.insert(key_text(&parents[..depth]));
                let made = Node::Table(Table::default());
                table.borrow_mut().insert(key.clone(), made);
            }
            let next = table.borrow().get(key).and_then(Node::table);
            table = next.ok_or_else(|| {
                let key = key_text(&parents[..depth]);
                self.problem(format!("Key '{key}' was already created as a hash."))
            })?;
        }
        self.context = parents.to_vec();
        Ok((table, last.clone()))
    }

    /// Goes from the table being read to one that a dotted key implies.
    pub(super) fn enter_implicit(&mut self, key: &Str) -> Result<(), Problem> {
        let path = [&self.context[..], std::slice::from_ref(key)].concat();
        self.implicit.insert(key_text(&path));
        self.enter(&path)
    }

    /// Goes to an inline table, the value of the key being read.
    pub(super) fn enter_inline(&mut self, parent: Parent) -> Result<(), Problem> {
        let key = std::mem::take(&mut self.key);
        self.context.push(key);
        let path = self.context.clone();
        self.implicit.insert(key_text(&path));
        match parent {
            Parent::Array => self.enter_array(&path),
            Parent::Key => self.enter(&path),
        }
    }

    /// Sets a key of the table being read.
    pub(super) fn set(&mut self, key: Str, node: Node) -> Result<(), Problem> {
        let mut table = Rc::clone(&self.root);
        for (depth, name) in self.context.iter().enumerate() {
            let next = table.borrow().get(name).and_then(Node::table);
            table = next.ok_or_else(|| self.defined(&key_text(&self.context[..=depth])))?;
        }
        let mut entries = table.borrow_mut();
        if entries.contains_key(&key) {
            let path = key_text(&[&self.context[..], std::slice::from_ref(&key)].concat());
            if !self.implicit.remove(&path) {
                return Err(self.defined(&path));
            }
            if !self.arrays.contains(&path) {
                return Ok(());
            }
        }
        entries.insert(key, node);
        Ok(())
    }

    fn defined(&self, key: &str) -> Problem {
        self.problem(format!("Key '{key}' has already been defined."))
    }

    /// Notes whether the key being read, or without one the table, is an array.
    pub(super) fn mark(&mut self, kind: KeyKind) {
        let mut path = self.context.clone();
        if !self.key.is_empty() || path.is_empty() {
            path.push(self.key.clone());
        }
        let path = key_text(&path);
        match kind {
            KeyKind::Array => self.arrays.insert(path),
            KeyKind::Other => self.arrays.remove(&path),
        };
    }
}

/// What an inline table is the value of.
#[derive(Clone, Copy)]
pub(super) enum Parent {
    Key,
    Array,
}

/// What a key stands for, as far as it matters for defining it again.
#[derive(Clone, Copy)]
pub(super) enum KeyKind {
    Array,
    Other,
}

/// A path as `BurntSushi/toml` writes it.
fn key_text(path: &[Str]) -> String {
    let mut out = String::new();
    for (i, key) in path.iter().enumerate() {
        if i > 0 {
            out.push('.');
        }
        let text = key.to_str_lossy();
        if !text.is_empty() && text.chars().all(is_bare_key) {
            out.push_str(&text);
        } else {
            out.push_str(&super::encode::quote(key));
        }
    }
    out
}
