//! The little language of the tables: `name argument …` with literals and parenthesised calls, as inside a template action.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use gotemplate::{Call, FuncError, Function, IntKind, Str, Type, Value};
use sprig::Ambient;

/// An execution without a template: it has an ambient and a large budget.
pub(crate) struct Execution {
    pub(crate) ambient: Ambient,
    pub(crate) budget: u64,
}

impl Execution {
    pub(crate) fn new() -> Self {
        let now = "2024-02-03T04:05:06Z".parse().expect("a valid time");
        Self {
            ambient: Ambient::seeded(now, [7; 32]),
            budget: 10_000_000,
        }
    }
}

impl Call for Execution {
    fn execute_template(&mut self, _: &str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::new("no templates here"))
    }

    fn render_text(&mut self, _: &Str, _: &Value) -> Result<Str, FuncError> {
        Err(FuncError::new("no templates here"))
    }

    fn state(&mut self, of: TypeId) -> Option<&mut dyn Any> {
        (of == TypeId::of::<Ambient>()).then_some(&mut self.ambient as &mut dyn Any)
    }

    fn spend(&mut self, steps: u64) -> Result<(), FuncError> {
        self.budget = self
            .budget
            .checked_sub(steps)
            .ok_or_else(|| FuncError::new("budget used up"))?;
        Ok(())
    }
}

type Functions<'a> = BTreeMap<&'a str, &'a Function>;

pub(crate) fn evaluate(text: &str, functions: &Functions<'_>) -> Result<Value, FuncError> {
    evaluate_in(&mut Execution::new(), text, functions)
}

pub(crate) fn evaluate_in(
    execution: &mut Execution,
    text: &str,
    functions: &Functions<'_>,
) -> Result<Value, FuncError> {
    let mut parser = Parser {
        rest: text,
        functions,
        execution,
    };
    let value = parser.call()?;
    assert!(
        parser.rest.is_empty(),
        "left over in {text}: {}",
        parser.rest
    );
    Ok(value)
}

/// Type and text as the tables have them.
pub(crate) fn shown(outcome: &Result<Value, FuncError>) -> String {
    let print = |name: &str, text: &str| {
        let escaped: String = text.chars().map(escape).collect();
        format!("{name}\t\"{escaped}\"")
    };
    match outcome {
        Ok(value) => print(value.type_name(), &text(value)),
        Err(error) => print("error", &error.message),
    }
}

fn text(value: &Value) -> String {
    let functions: Functions<'_> = sprig::functions().iter().map(|f| (f.name, f)).collect();
    let body = functions["toString"].body;
    match body(&mut Execution::new(), std::slice::from_ref(value)) {
        Ok(Value::Str(s)) => s
            .as_bytes()
            .utf8_chunks()
            .fold(String::new(), |mut out, chunk| {
                out.push_str(chunk.valid());
                out.extend(chunk.invalid().iter().map(|b| format!("<{b:02x}>")));
                out
            }),
        other => panic!("toString: {other:?}"),
    }
}

fn escape(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '"' | '\\' => format!("\\{c}"),
        c => c.to_string(),
    }
}

struct Parser<'a> {
    rest: &'a str,
    functions: &'a Functions<'a>,
    execution: &'a mut Execution,
}

impl<'a> Parser<'a> {
    fn call(&mut self) -> Result<Value, FuncError> {
        let name = self.word();
        let function = self
            .functions
            .get(name)
            .unwrap_or_else(|| panic!("no function {name}"));
        let mut args = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                break;
            }
            let declared = function
                .params
                .get(args.len())
                .copied()
                .or(function.variadic);
            args.push(self.argument(declared)?);
        }
        (function.body)(self.execution, &args)
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', ')']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn argument(&mut self, declared: Option<Type>) -> Result<Value, FuncError> {
        if let Some(inner) = self.rest.strip_prefix('(') {
            self.rest = inner;
            let value = self.call()?;
            self.rest = self.rest.strip_prefix(')').expect("a closing parenthesis");
            return Ok(value);
        }
        if let Some(inner) = self.rest.strip_prefix('"') {
            return Ok(self.string(inner));
        }
        let word = self.word();
        Ok(match word {
            "nil" => Value::Nil,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => match (word.parse::<i64>(), declared) {
                (Ok(i), Some(Type::Float64)) => Value::Float(i as f64),
                (Ok(i), Some(Type::Named("uint32"))) => Value::Num(i, IntKind::Uint32),
                (Ok(i), _) => Value::Int(i),
                (Err(_), _) => Value::Float(word.parse().expect("a number")),
            },
        })
    }

    fn string(&mut self, inner: &str) -> Value {
        let mut bytes = Vec::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 2..];
                    return Value::str(bytes);
                }
                '\\' => match chars.next().expect("an escaped character").1 {
                    'n' => bytes.push(b'\n'),
                    't' => bytes.push(b'\t'),
                    'x' => {
                        let hex: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                        bytes.push(u8::from_str_radix(&hex, 16).expect("two hex digits"));
                    }
                    c => bytes.extend(c.to_string().bytes()),
                },
                c => bytes.extend(c.to_string().bytes()),
            }
        }
        panic!("a string without end: {inner}")
    }
}
