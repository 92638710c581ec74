//! Go's maps and slices: shared, mutable, and carrying the name of their Go type.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Key, Kind, Str, Value};
use crate::stack;

/// The Go type of a decoded YAML or JSON object, and of `dict`.
pub(crate) const MAP_ANY: &str = "map[string]interface {}";
/// The Go type of a decoded YAML or JSON array, and of `list`.
pub(crate) const LIST_ANY: &str = "[]interface {}";

/// A Go map with string keys. Clones share the entries, as Go's do.
#[derive(Clone)]
pub struct Map {
    type_name: &'static str,
    entries: Rc<RefCell<BTreeMap<Str, Value>>>,
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::typed(MAP_ANY)
    }

    /// An empty map of another Go type, such as `map[string]string` or `chartutil.Values`.
    pub fn typed(type_name: &'static str) -> Self {
        Self {
            type_name,
            entries: Rc::default(),
        }
    }

    /// The Go type as `%T` prints it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The same entries under another type name, as a Go type conversion.
    pub fn convert(&self, type_name: &'static str) -> Self {
        Self {
            type_name,
            entries: Rc::clone(&self.entries),
        }
    }

    /// Whether Go would hold the entries in interfaces: so does `map[string]interface {}` and any named type.
    pub(crate) fn holds_interfaces(&self) -> bool {
        let name = self.type_name;
        name.len() == MAP_ANY.len() && name == MAP_ANY || !name.starts_with("map[")
    }

    /// The zero value of the element type.
    pub(crate) fn zero_element(&self) -> Value {
        match self.type_name.strip_prefix("map[string]") {
            Some("string") => Value::str(""),
            Some("bool") => Value::Bool(false),
            Some("int") => Value::Int(0),
            Some("float64") => Value::Float(0.0),
            Some(name) if name.starts_with("[]") => Value::TypedNil(Kind::Slice, name),
            Some(name) if name.starts_with("map[") => Value::TypedNil(Kind::Map, name),
            _ => Value::Nil,
        }
    }

    /// The entry of that key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(Key::of(key)).cloned()
    }

    /// Sets an entry; returns what it replaced.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) -> Option<Value> {
        self.entries.borrow_mut().insert(key.into(), value.into())
    }

    /// Removes an entry.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow_mut().remove(Key::of(key))
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(Key::of(key))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The entries, sorted by key. Must not be held while the map may be changed: templates can change any map.
    pub fn borrow(&self) -> Ref<'_, BTreeMap<Str, Value>> {
        self.entries.borrow()
    }

    /// A snapshot of the entries, sorted by key: safe to walk while a template changes the map.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.entries
            .borrow()
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    /// Whether both are the very same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

/// Values nested in values are dropped with enough stack, however deep they are.
impl Drop for Map {
    fn drop(&mut self) {
        if Rc::strong_count(&self.entries) == 1
            && let Ok(mut entries) = self.entries.try_borrow_mut()
            && !entries.is_empty()
        {
            let entries = std::mem::take(&mut *entries);
            stack::grow(|| drop(entries));
        }
    }
}

impl FromIterator<(Str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(iter: I) -> Self {
        Self {
            type_name: MAP_ANY,
            entries: Rc::new(RefCell::new(iter.into_iter().collect())),
        }
    }
}

/// A Go slice. Clones share the elements.
#[derive(Clone)]
pub struct List {
    type_name: &'static str,
    items: Rc<RefCell<Vec<Value>>>,
}

impl Default for List {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        Self {
            type_name: LIST_ANY,
            items: Rc::new(RefCell::new(items)),
        }
    }
}

impl List {
    /// A slice of another Go type, such as `[]string`.
    pub fn typed(type_name: &'static str, items: Vec<Value>) -> Self {
        Self {
            type_name,
            items: Rc::new(RefCell::new(items)),
        }
    }

    /// The Go type as `%T` prints it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Whether Go would hold the elements in interfaces: so does `[]interface {}` and any named type.
    pub(crate) fn holds_interfaces(&self) -> bool {
        let name = self.type_name;
        name.len() == LIST_ANY.len() && name == LIST_ANY || !name.starts_with("[]")
    }

    /// The element at that index.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The elements. Must not be held while a template runs.
    pub fn borrow(&self) -> Ref<'_, Vec<Value>> {
        self.items.borrow()
    }

    /// A snapshot of the elements.
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.borrow().clone()
    }
}

/// Values nested in values are dropped with enough stack, however deep they are.
impl Drop for List {
    fn drop(&mut self) {
        if Rc::strong_count(&self.items) == 1
            && let Ok(mut items) = self.items.try_borrow_mut()
            && !items.is_empty()
        {
            let items = std::mem::take(&mut *items);
            stack::grow(|| drop(items));
        }
    }
}
