//! Walks the path before the `=` into tables and lists, and puts the value there.

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

use super::Setting;
use super::line::Line;
use super::typed::typed;

/// The highest index of a list, Helm's limit.
const MAX_INDEX: usize = 65_536;
/// How many dots may follow each other, Helm's limit.
const MAX_DOTS: usize = 30;
/// How deep tables and lists may nest; Helm has no limit for lists.
const MAX_DEPTH: usize = 500;

type Table = BTreeMap<Str, Data>;

/// Why nothing more is read.
pub(super) enum Stop {
    /// The line ended, which is no error wherever it happens.
    End,
    /// The line is wrong.
    Wrong(String),
}

type Step<T> = Result<T, Stop>;

fn wrong<T>(text: impl Into<String>) -> Step<T> {
    Err(Stop::Wrong(text.into()))
}

pub(super) struct Setter<'l, 'f> {
    pub(super) line: Line<'l>,
    pub(super) setting: Setting<'f>,
}

impl Setter<'_, '_> {
    /// One `path=value` into the table.
    pub(super) fn key(&mut self, table: &mut Table, dots: usize, depth: usize) -> Step<()> {
        if depth > MAX_DEPTH {
            return wrong(format!("value is nested deeper than {MAX_DEPTH} levels"));
        }
        let stops: &[char] = match self.setting {
            Setting::Literal => &['=', '[', '.'],
            _ => &['=', '[', ',', '.'],
        };
        let (name, stop) = self.line.until(stops);
        match stop {
            None if name.is_empty() => Err(Stop::End),
            None => wrong(format!("key {} has no value", quoted(&name))),
            Some('[') => self.list(table, &name, dots, depth),
            Some('.') => self.table(table, &name, dots + 1, depth),
            Some(',') => wrong(format!(
                "key {} has no value (cannot end with ,)",
                quoted(&name)
            )),
            Some(_) => {
                let (value, then) = self.value()?;
                put(table, &name, value);
                then
            }
        }
    }

    fn table(&mut self, table: &mut Table, name: &str, dots: usize, depth: usize) -> Step<()> {
        if dots > MAX_DOTS {
            return wrong(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_DOTS}"
            ));
        }
        let (mut inner, existed) = match table.get_mut(name.as_bytes()) {
            None => (Table::new(), false),
            Some(Data::Map(inner)) => (std::mem::take(inner), true),
            Some(other) => return mistaken(other, "map[string]interface {}"),
        };
        let result = self.key(&mut inner, dots, depth + 1);
        let is_empty = inner.is_empty();
        if existed || !is_empty {
            put(table, name, Data::Map(inner));
        }
        if result.is_ok() && is_empty {
            return wrong(format!("key map {} has no value", quoted(name)));
        }
        result
    }

    fn list(&mut self, table: &mut Table, name: &str, dots: usize, depth: usize) -> Step<()> {
        let index = self.index()?;
        let mut items = match table.get_mut(name.as_bytes()) {
            None => Vec::new(),
            Some(Data::List(items)) => std::mem::take(items),
            Some(other) => return mistaken(other, "[]interface {}"),
        };
        let result = self.item(&mut items, index, dots, depth + 1);
        put(table, name, Data::List(items));
        result
    }

    /// The number before the `]`.
    fn index(&mut self) -> Step<i64> {
        let (text, stop) = self.line.until(&[']']);
        if stop.is_none() {
            return wrong("error parsing index: EOF");
        }
        text.parse::<i64>().or_else(|error| {
            let problem = match error.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                    "value out of range"
                }
                _ => "invalid syntax",
            };
            wrong(format!(
                "error parsing index: strconv.Atoi: parsing {}: {problem}",
                quoted(&text)
            ))
        })
    }

    /// What follows the `]`.
    fn item(&mut self, items: &mut Vec<Data>, index: i64, dots: usize, depth: usize) -> Step<()> {
        let Ok(index) = usize::try_from(index) else {
            return wrong(format!("negative {index} index not allowed"));
        };
        if depth > MAX_DEPTH {
            return wrong(format!("value is nested deeper than {MAX_DEPTH} levels"));
        }
        let (stray, stop) = self.line.until(&['[', '.', '=']);
        if !stray.is_empty() {
            let runes: Vec<String> = stray.chars().map(quoted_rune).collect();
            return wrong(format!(
                "unexpected data at end of array index: [{}]",
                runes.join(" ")
            ));
        }
        match stop {
            None => Err(Stop::End),
            Some('[') => self.nested(items, index, dots, depth),
            Some('.') => {
                let mut inner = match items.get_mut(index) {
                    Some(Data::Map(inner)) => std::mem::take(inner),
                    _ => Table::new(),
                };
                let result = self.key(&mut inner, dots, depth + 1);
                match items.get_mut(index) {
                    Some(item) => *item = Data::Map(inner),
                    None if result.is_ok() => put_item(items, index, Data::Map(inner))?,
                    None => {}
                }
                result
            }
            Some(_) => {
                let (value, then) = self.value()?;
                // A line may end after the `=` of an item, and an item is set only if its value could be read.
                match then {
                    Ok(()) | Err(Stop::End) => put_item(items, index, value),
                    wrong => wrong,
                }
            }
        }
    }

    fn nested(&mut self, items: &mut Vec<Data>, at: usize, dots: usize, depth: usize) -> Step<()> {
        let index = self.index()?;
        let mut inner = match items.get_mut(at) {
            None | Some(Data::Null) => Vec::new(),
            Some(Data::List(inner)) => std::mem::take(inner),
            Some(other) => return mistaken(other, "[]interface {}"),
        };
        let existed = at < items.len() && !matches!(items[at], Data::Null);
        let result = self.item(&mut inner, index, dots, depth + 1);
        if existed || result.is_ok() {
            put_item(items, at, Data::List(inner))?;
        }
        result
    }

    /// The value, and whether the line goes on.
    fn value(&mut self) -> Step<(Data, Step<()>)> {
        match self.setting {
            Setting::Literal => {
                let (text, _) = self.line.until(&[]);
                return Ok((Data::Str(text.into()), Ok(())));
            }
            Setting::Json => return self.json(),
            Setting::Typed | Setting::Text | Setting::File(_) => {}
        }
        if self.line.rest().is_empty() {
            return Ok((Data::Str("".into()), Err(Stop::End)));
        }
        if self.line.next_if('{') {
            return Ok((Data::List(self.braces()?), Ok(())));
        }
        let (word, _) = self.line.until(&[',']);
        Ok((self.word(word)?, Ok(())))
    }

    /// `{a,b}`.
    fn braces(&mut self) -> Step<Vec<Data>> {
        let mut items = Vec::new();
        loop {
            let (word, stop) = self.line.until(&[',', '}']);
            if stop.is_none() {
                return wrong("list must terminate with '}'");
            }
            if stop == Some('}') {
                self.line.next_if(',');
            }
            items.push(self.word(word)?);
            if stop == Some('}') {
                return Ok(items);
            }
        }
    }

    fn word(&mut self, word: String) -> Step<Data> {
        match &mut self.setting {
            Setting::Typed => Ok(typed(&word)),
            Setting::File(read) => read(&word).map(Data::Str).map_err(Stop::Wrong),
            Setting::Text | Setting::Literal | Setting::Json => Ok(Data::Str(word.into())),
        }
    }

    fn json(&mut self) -> Step<(Data, Step<()>)> {
        if self.line.skip_to_value() {
            return Ok((Data::Null, Ok(())));
        }
        let read = goyaml::json::from_start_of(self.line.rest().as_bytes());
        let (value, length) = read.map_err(|error| Stop::Wrong(error.to_string()))?;
        self.line.skip(length);
        self.line.skip_to_value();
        Ok((value, Ok(())))
    }
}

/// A name that is empty is passed over, as in Helm.
fn put(table: &mut Table, name: &str, value: Data) {
    if !name.is_empty() {
        table.insert(name.into(), value);
    }
}

fn put_item(items: &mut Vec<Data>, index: usize, value: Data) -> Step<()> {
    if index > MAX_INDEX {
        return wrong(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    if items.len() <= index {
        items.resize(index + 1, Data::Null);
    }
    items[index] = value;
    Ok(())
}

/// The path goes through something else than a table or list.
fn mistaken<T>(found: &Data, wanted: &str) -> Step<T> {
    let found = match found {
        Data::Null => "nil",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Float(_) => "float64",
        Data::Str(_) => "string",
        Data::List(_) => "[]interface {}",
        Data::Map(_) => "map[string]interface {}",
    };
    wrong(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

/// Go's `%q` of one character.
fn quoted_rune(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => quoted(&c.to_string()).replace('"', "'"),
    }
}

fn quoted(text: &str) -> String {
    gotemplate::fmt::quote(text.as_bytes())
}
