//! TOML as `BurntSushi/toml` writes it, for `toToml`: keys sorted, plain values before tables, tables indented.

use gotemplate::{Data, IntKind, Map, Str, Value};

use super::datetime::Datetime;
use crate::float;
use crate::walk::EncodeError;

/// Writes a value as a TOML document. As in Go, a scalar or array by itself is written too, although that is no document.
///
/// # Errors
/// Arrays of tables at the top, nil at the top or in an array, cyclic values; with Go's texts. (For nil at the top
/// Go's encoder panics, which a template reports as an error of the call.)
pub fn to_vec(value: &Value) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer { out: Vec::new() };
    let value = plain(value);
    match (form(&value)?, &value) {
        (_, Value::Map(map)) => writer.entries(&[], map)?,
        (Form::ArrayOfTables, _) => {
            return Err(EncodeError::new(
                "toml: top-level values must be Go maps or structs",
            ));
        }
        (_, Value::Nil) => {
            return Err(EncodeError::new(
                "reflect: call of reflect.Value.Type on zero Value",
            ));
        }
        (_, Value::TypedNil(..)) => {}
        _ => writer.element(&value, 0)?,
    }
    Ok(writer.out)
}

/// Structs as the data they stand for.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.as_any().is::<Datetime>() => value.clone(),
        Value::Object(object) if object.json_fields().is_some() => {
            let fields = object.json_fields().unwrap_or_default();
            Value::Map(fields.into_iter().collect::<Map>())
        }
        Value::Object(object) => match object.to_data() {
            Some(Data::Null) => Value::Nil,
            Some(data) => Value::from(&data),
            None => Value::Map(object.fields().into_iter().collect::<Map>()),
        },
        other => other.clone(),
    }
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Inline,
    Table,
    ArrayOfTables,
}

fn form(value: &Value) -> Result<Form, EncodeError> {
    match value {
        Value::Map(_) => Ok(Form::Table),
        Value::List(items) => {
            let items: Vec<Value> = items.borrow().iter().map(plain).collect();
            if items.iter().any(Value::is_nil) {
                return Err(EncodeError::new(
                    "toml: cannot encode array with nil element",
                ));
            }
            let are_tables =
                !items.is_empty() && items.iter().all(|item| matches!(item, Value::Map(_)));
            Ok(if are_tables {
                Form::ArrayOfTables
            } else {
                Form::Inline
            })
        }
        _ => Ok(Form::Inline),
    }
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A line break, but none at the start.
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, path: &[Str]) {
        self.write(&"  ".repeat(path.len().saturating_sub(1)));
    }

    /// The entries of a table: what fits on a line first, then tables.
    fn entries(&mut self, path: &[Str], map: &Map) -> Result<(), EncodeError> {
        if path.len() > crate::scan::MAX_DEPTH {
            return Err(EncodeError::new("toml: the value is nested too deep"));
        }
        let (direct, tables) = partition(map)?;
        for (key, value, form) in direct.iter().chain(&tables) {
            if value.is_nil() {
                continue;
            }
            let path = [path, std::slice::from_ref(key)].concat();
            match (form, value) {
                (Form::Table, Value::Map(map)) => self.table(&path, map)?,
                (Form::ArrayOfTables, Value::List(items)) => {
                    for item in items.to_vec() {
                        if let Value::Map(map) = plain(&item) {
                            self.newline();
                            self.header(&path, "[[", "]]");
                            self.entries(&path, &map)?;
                        }
                    }
                }
                _ => {
                    self.indent(&path);
                    self.assignment(key, value, path.len())?;
                    self.newline();
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, path: &[Str], map: &Map) -> Result<(), EncodeError> {
        if path.len() == 1 {
            self.newline();
        }
        self.header(path, "[", "]");
        self.entries(path, map)
    }

    fn header(&mut self, path: &[Str], open: &str, close: &str) {
        self.indent(path);
        let keys: Vec<String> = path.iter().map(quoted_key).collect();
        self.write(&format!("{open}{}{close}", keys.join(".")));
        self.newline();
    }

    fn assignment(&mut self, key: &Str, value: &Value, depth: usize) -> Result<(), EncodeError> {
        self.write(&format!("{} = ", quoted_key(key)));
        self.element(value, depth)
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), EncodeError> {
        if depth > crate::scan::MAX_DEPTH {
            return Err(EncodeError::new("toml: the value is nested too deep"));
        }
        match value {
            Value::Bool(b) => self.write(&b.to_string()),
            Value::Num(bits, IntKind::Uint | IntKind::Uint64) => {
                self.write(&(*bits as u64).to_string());
            }
            Value::Num(bits, IntKind::Float32) => {
                let f = f64::from_bits(*bits as u64);
                self.write(&decimal(f, float::go_g32(f as f32)));
            }
            Value::Int(i) | Value::Num(i, _) => self.write(&i.to_string()),
            Value::Float(f) => self.write(&decimal(*f, float::go_g(*f))),
            Value::Str(s) => {
                let text = quote(s);
                self.write(&text);
            }
            Value::List(items) => self.array(&items.to_vec(), depth)?,
            Value::Map(map) => self.inline_table(map, depth)?,
            Value::Object(object) => match object.as_any().downcast_ref::<Datetime>() {
                Some(time) => self.write(&time.toml()),
                None => self.element(&plain(value), depth)?,
            },
            Value::Func(_) => return Err(EncodeError::new("toml: unsupported type: func")),
            Value::Nil | Value::TypedNil(..) => {
                return Err(EncodeError::new(
                    "toml: cannot encode array with nil element",
                ));
            }
        }
        Ok(())
    }

    fn array(&mut self, items: &[Value], depth: usize) -> Result<(), EncodeError> {
        self.write("[");
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.write(", ");
            }
            self.element(item, depth + 1)?;
        }
        self.write("]");
        Ok(())
    }

    fn inline_table(&mut self, map: &Map, depth: usize) -> Result<(), EncodeError> {
        let (direct, tables) = partition(map)?;
        self.write("{");
        for (entries, is_followed) in [(&direct, !tables.is_empty()), (&tables, false)] {
            for (i, (key, value, _)) in entries.iter().enumerate() {
                if value.is_nil() {
                    continue;
                }
                self.assignment(key, value, depth + 1)?;
                if is_followed || i + 1 < entries.len() {
                    self.write(", ");
                }
            }
        }
        self.write("}");
        Ok(())
    }
}

type Entry = (Str, Value, Form);

/// The entries that fit on a line, and those that are tables.
fn partition(map: &Map) -> Result<(Vec<Entry>, Vec<Entry>), EncodeError> {
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.entries() {
        let value = plain(&value);
        let form = form(&value)?;
        if form == Form::Inline {
            &mut direct
        } else {
            &mut tables
        }
        .push((key, value, form));
    }
    Ok((direct, tables))
}

/// A float has a point or an exponent.
fn decimal(f: f64, text: String) -> String {
    if f.is_nan() {
        if f.is_sign_negative() { "-nan" } else { "nan" }.to_owned()
    } else if f.is_infinite() {
        if f > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else if text.contains(['e', '.']) {
        text
    } else {
        text + ".0"
    }
}

fn quoted_key(key: &Str) -> String {
    let is_bare = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.as_bytes().iter().all(is_bare) {
        key.to_str_lossy().into_owned()
    } else {
        quote(key)
    }
}

pub(super) fn quote(text: &Str) -> String {
    let mut out = String::from("\"");
    for c in text.to_str_lossy().chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x08' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\x0C' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1F' | '\x7F' => out.extend(["\\u", &format!("{:04x}", u32::from(c))]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
