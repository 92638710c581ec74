//! Shows a value to a writer as `encoding/json` sees it: structs as objects, typed nils as null, map entries sorted.

use gotemplate::{Data, IntKind, Kind, Str, Value};

use crate::float;

/// What takes a value apart piece by piece: a writer of YAML or JSON.
pub(crate) trait Sink {
    /// Sorts the entries of a map; they come in byte order.
    fn sort<'a, T>(&self, entries: Vec<(&'a Str, &'a T)>) -> Vec<(&'a Str, &'a T)> {
        entries
    }
    /// A float; as JSON writes it, unless the writer knows better.
    fn float(&mut self, f: f64) -> Result<(), EncodeError> {
        self.number(&float_text(f)?);
        Ok(())
    }

    fn null(&mut self);
    fn bool(&mut self, b: bool);
    /// A number, in JSON's spelling.
    fn number(&mut self, text: &str);
    fn string(&mut self, s: &[u8]) -> Result<(), EncodeError>;
    fn key(&mut self, s: &[u8]) -> Result<(), EncodeError>;
    fn start_list(&mut self, len: usize);
    fn end_list(&mut self, len: usize);
    fn start_item(&mut self, index: usize);
    fn start_map(&mut self, len: usize);
    fn end_map(&mut self, len: usize);
    fn start_entry(&mut self, index: usize);
}

/// A value that cannot be written, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EncodeError {
    /// The text of Go's error.
    pub message: String,
}

impl EncodeError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// Values may nest this deep; deeper ones are most likely cyclic.
const MAX_DEPTH: usize = crate::scan::MAX_DEPTH;

fn check_depth(depth: usize, go_type: &str) -> Result<(), EncodeError> {
    if depth > MAX_DEPTH {
        return Err(EncodeError::new(format!(
            "json: unsupported value: encountered a cycle via {go_type}"
        )));
    }
    Ok(())
}

fn float_text(f: f64) -> Result<String, EncodeError> {
    if f.is_finite() {
        return Ok(float::json(f));
    }
    Err(EncodeError::new(format!(
        "json: unsupported value: {}",
        float::go_special(f)
    )))
}

/// Shows plain data.
pub(crate) fn walk_data<S: Sink>(
    data: &Data,
    sink: &mut S,
    depth: usize,
) -> Result<(), EncodeError> {
    check_depth(depth, "map[string]interface {}")?;
    match data {
        Data::Null => sink.null(),
        Data::Bool(b) => sink.bool(*b),
        Data::Int(i) => sink.number(&i.to_string()),
        Data::Float(f) => sink.float(*f)?,
        Data::Str(s) => sink.string(s.as_bytes())?,
        Data::List(items) => list(items, sink, |item, sink| walk_data(item, sink, depth + 1))?,
        Data::Map(entries) => map(entries.iter().collect(), sink, |item, sink| {
            walk_data(item, sink, depth + 1)
        })?,
    }
    Ok(())
}

/// Shows a template value.
pub(crate) fn walk_value<S: Sink>(
    value: &Value,
    sink: &mut S,
    depth: usize,
) -> Result<(), EncodeError> {
    check_depth(depth, value.type_name())?;
    match value {
        Value::Nil | Value::TypedNil(..) => sink.null(),
        Value::Bool(b) => sink.bool(*b),
        Value::Int(i) => sink.number(&i.to_string()),
        Value::Num(bits, kind) => sink.number(&number_text(*bits, *kind)?),
        Value::Float(f) => sink.float(*f)?,
        Value::Str(s) => sink.string(s.as_bytes())?,
        Value::List(items) if matches!(items.type_name(), "[]uint8" | "[]byte") => {
            sink.string(base64(&items.borrow()).as_bytes())?;
        }
        Value::List(items) => list(&items.borrow(), sink, |item, sink| {
            walk_value(item, sink, depth + 1)
        })?,
        Value::Map(entries) => {
            map(entries.borrow().iter().collect(), sink, |item, sink| {
                walk_value(item, sink, depth + 1)
            })?;
        }
        Value::Object(object) => {
            if let Some(fields) = object.json_fields() {
                let entries = fields.iter().map(|(name, value)| (name, value)).collect();
                return map(entries, sink, |item, sink| {
                    walk_value(item, sink, depth + 1)
                });
            }
            if let Some(data) = object.to_data() {
                return walk_data(&data, sink, depth);
            }
            if let Some(items) = object.elements() {
                return list(&items, sink, |item, sink| walk_value(item, sink, depth + 1));
            }
            let fields = object.fields();
            let mut entries: Vec<(&Str, &Value)> =
                fields.iter().map(|(name, value)| (name, value)).collect();
            if object.kind() == Kind::Map {
                entries.sort_by_key(|(name, _)| *name);
            }
            map(entries, sink, |item, sink| {
                walk_value(item, sink, depth + 1)
            })?;
        }
        Value::Func(_) => return Err(EncodeError::new("json: unsupported type: func()")),
    }
    Ok(())
}

fn number_text(bits: i64, kind: IntKind) -> Result<String, EncodeError> {
    match kind {
        IntKind::Uint | IntKind::Uint64 => Ok((bits as u64).to_string()),
        IntKind::Float32 => {
            let f = f64::from_bits(bits as u64);
            float_text(f).map(|_| float::json32(f as f32))
        }
        _ => Ok(bits.to_string()),
    }
}

fn list<T, S: Sink>(
    items: &[T],
    sink: &mut S,
    walk: impl Fn(&T, &mut S) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    sink.start_list(items.len());
    for (i, item) in items.iter().enumerate() {
        sink.start_item(i);
        walk(item, sink)?;
    }
    sink.end_list(items.len());
    Ok(())
}

fn map<'a, T, S: Sink>(
    entries: Vec<(&'a Str, &'a T)>,
    sink: &mut S,
    walk: impl Fn(&T, &mut S) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let entries = sink.sort(entries);
    sink.start_map(entries.len());
    for (i, (key, value)) in entries.iter().enumerate() {
        sink.start_entry(i);
        sink.key(key.as_bytes())?;
        walk(value, sink)?;
    }
    sink.end_map(entries.len());
    Ok(())
}

/// `encoding/json` writes a `[]byte` as base64.
fn base64(items: &[Value]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = items
        .iter()
        .map(|item| match item {
            Value::Int(i) | Value::Num(i, _) => *i as u8,
            _ => 0,
        })
        .collect();
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_u32, |bits, b| bits << 8 | u32::from(*b));
        for i in 0..4 {
            let sextet = (group >> (18 - 6 * i)) & 0x3F;
            out.push(if i <= chunk.len() {
                char::from(ALPHABET[sextet as usize])
            } else {
                '='
            });
        }
    }
    out
}
