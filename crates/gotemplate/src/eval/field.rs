//! Fields, map entries and methods: `.a.b.c`.

use super::{Eval, Execution, Held};
use crate::ast::{Names, NodeId, Template};
use crate::limits::MissingKey;
use crate::quote;
use crate::value::{Key, Kind, Value};

/// How far a chain of fields got by map entries alone.
enum Path {
    Found(Held),
    /// The receiver of the field at that index, which is not simply an entry.
    Stopped(usize, Held),
}

/// Follows entries of maps, from one of so many names on, without copying the maps in between.
fn follow(value: &Value, in_interface: bool, names: Names<'_>, count: usize, at: usize) -> Path {
    if at == count {
        return Path::Found(Held {
            value: value.clone(),
            in_interface,
        });
    }
    if let Value::Map(map) = value
        && let Some(entry) = map.borrow().get(Key::of(names.get(at)))
    {
        return follow(entry, map.holds_interfaces(), names, count, at + 1);
    }
    Path::Stopped(
        at,
        Held {
            value: value.clone(),
            in_interface,
        },
    )
}

impl Execution<'_> {
    /// `.X.Y.Z arguments`: all fields of the chain, the last of which may take arguments. `words` is the command with
    /// its first word, or empty.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of a command")]
    pub(super) fn chain(
        &mut self,
        t: &Template,
        dot: &Held,
        node: NodeId,
        receiver: &Held,
        fields: Names<'_>,
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let has_args = words.len() > 1 || last.is_some();
        let plain = fields.len() - usize::from(has_args);
        let mut path = follow(&receiver.value, receiver.in_interface, fields, plain, 0);
        loop {
            match path {
                Path::Found(held) if !has_args => return Ok(held),
                Path::Found(held) => {
                    return self.field(t, dot, node, &held, fields.get(plain), words, last);
                }
                Path::Stopped(at, held) => {
                    let next = self.field(t, dot, node, &held, fields.get(at), &[], None)?;
                    path = follow(&next.value, next.in_interface, fields, plain, at + 1);
                }
            }
        }
    }

    /// One field of one receiver.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of a command")]
    fn field(
        &mut self,
        t: &Template,
        dot: &Held,
        node: NodeId,
        receiver: &Held,
        key: &[u8],
        words: &[NodeId],
        last: Option<Value>,
    ) -> Eval<Held> {
        let has_args = words.len() > 1 || last.is_some();
        let name = &*String::from_utf8_lossy(key);
        match &receiver.value {
            Value::Nil if receiver.in_interface => {
                return self.fail(t, format!("nil pointer evaluating interface {{}}.{name}"));
            }
            Value::Nil if self.missing_key == MissingKey::Error => {
                let name = quote::quoted(name.as_bytes());
                return self.fail(t, format!("nil data; no entry for key {name}"));
            }
            Value::Nil => return Ok(Held::default()),
            Value::Object(object) => {
                if object.has_method(name) {
                    return self.method(t, dot, node, object, name, words, last);
                }
                if object.kind() != Kind::Slice
                    && let Some(value) = object.field(name)
                {
                    return match (has_args, object.kind()) {
                        (false, _) => Ok(Held::plain(value)),
                        (true, Kind::Map) => {
                            self.fail(t, format!("{name} is not a method but has arguments"))
                        }
                        (true, _) => self.fail(
                            t,
                            format!("{name} has arguments but cannot be invoked as function"),
                        ),
                    };
                }
                if object.kind() == Kind::Map {
                    let zero = object.zero_element();
                    return self.missing(t, name, has_args, Held::plain(zero));
                }
            }
            Value::Map(map) => {
                if let Some(method) = self.set.funcs().method(map.type_name(), name) {
                    return self.map_method(t, dot, node, map, method, words, last);
                }
                if !has_args && let Some(value) = map.get(key) {
                    let in_interface = map.holds_interfaces();
                    return Ok(Held {
                        value,
                        in_interface,
                    });
                }
                let zero = Held {
                    value: map.zero_element(),
                    in_interface: map.holds_interfaces(),
                };
                return self.missing(t, name, has_args, zero);
            }
            Value::TypedNil(Kind::Map, type_name) => {
                let map = crate::value::Map::typed(type_name);
                let zero = Held {
                    value: map.zero_element(),
                    in_interface: map.holds_interfaces(),
                };
                return self.missing(t, name, has_args, zero);
            }
            Value::TypedNil(Kind::Ptr, _) => {
                let type_name = receiver.type_name();
                return self.fail(t, format!("nil pointer evaluating {type_name}.{name}"));
            }
            _ => {}
        }
        let type_name = receiver.type_name();
        self.fail(
            t,
            format!("can't evaluate field {name} in type {type_name}"),
        )
    }

    /// A key that is not in the map.
    fn missing(&self, t: &Template, name: &str, has_args: bool, zero: Held) -> Eval<Held> {
        if has_args {
            return self.fail(t, format!("{name} is not a method but has arguments"));
        }
        match self.missing_key {
            MissingKey::Default => Ok(Held::default()),
            MissingKey::Zero => Ok(zero),
            MissingKey::Error => {
                let name = quote::quoted(name.as_bytes());
                self.fail(t, format!("map has no entry for key {name}"))
            }
        }
    }
}
