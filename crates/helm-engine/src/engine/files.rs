//! `.Files`: the files of a chart that are not templates, as templates read them.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use gotemplate::{FuncError, IntKind, Kind, List, Object, Signature, Str, Type, Value};
use regex::bytes::Regex;

use super::glob;
use crate::chart::ChartFile;

/// Files by their path in the chart.
pub(super) struct Files(BTreeMap<Str, Str>);

impl Files {
    /// The files of a chart as a template value.
    pub(super) fn of(files: &[ChartFile]) -> Value {
        let files = files
            .iter()
            .map(|file| (Str::from(file.name.as_str()), file.data.clone()));
        Value::Object(Rc::new(Self(files.collect())))
    }

    fn get(&self, name: &Str) -> Str {
        self.0.get(name.as_bytes()).cloned().unwrap_or_default()
    }

    fn glob(&self, pattern: &Str) -> Value {
        let expression = glob::compile(&pattern.to_str_lossy()).or_else(|| Regex::new("").ok());
        let matches = |name: &Str| {
            expression
                .as_ref()
                .is_some_and(|e| e.is_match(name.as_bytes()))
        };
        let found = self
            .0
            .iter()
            .filter(|(name, _)| matches(name))
            .map(|(n, d)| (n.clone(), d.clone()));
        Value::Object(Rc::new(Self(found.collect())))
    }

    fn lines(&self, name: &Str) -> Value {
        let data = self.get(name);
        let bytes = data.as_bytes();
        let mut lines = Vec::new();
        if !bytes.is_empty() {
            let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            lines.extend(bytes.split(|b| *b == b'\n').map(Value::str));
        }
        List::typed("[]string", lines).into()
    }

    /// The files under their base names, as a YAML map.
    fn as_yaml(&self, content: impl Fn(&Str) -> Str) -> Value {
        let base = |name: &Str| {
            Str::from(
                name.as_bytes()
                    .rsplit(|b| *b == b'/')
                    .next()
                    .unwrap_or_default(),
            )
        };
        let map = self
            .0
            .iter()
            .map(|(name, data)| (base(name), Value::Str(content(data))))
            .collect();
        let mut yaml = goyaml::to_vec(&Value::Map(map)).unwrap_or_default();
        yaml.pop_if(|last| *last == b'\n');
        Value::str(yaml)
    }
}

fn bytes(data: &Str) -> Value {
    let bytes = data
        .as_bytes()
        .iter()
        .map(|b| Value::Num(i64::from(*b), IntKind::Uint8));
    List::typed("[]uint8", bytes.collect()).into()
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.0.get(name.as_bytes()).map(bytes)
    }

    fn fields(&self) -> Vec<(Str, Value)> {
        self.0
            .iter()
            .map(|(name, data)| (name.clone(), bytes(data)))
            .collect()
    }

    fn zero_element(&self) -> Value {
        Value::TypedNil(Kind::Slice, "[]uint8")
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        let name = args
            .first()
            .and_then(Value::as_str)
            .cloned()
            .unwrap_or_default();
        Some(Ok(match method {
            "Get" => Value::Str(self.get(&name)),
            "GetBytes" => bytes(&self.get(&name)),
            "Glob" => self.glob(&name),
            "Lines" => self.lines(&name),
            "AsConfig" => self.as_yaml(|data| Str::from(data.to_str_lossy())),
            "AsSecrets" => self.as_yaml(|data| {
                base64::engine::general_purpose::STANDARD
                    .encode(data.as_bytes())
                    .into()
            }),
            _ => return None,
        }))
    }

    fn has_method(&self, method: &str) -> bool {
        self.signature(method).is_some()
    }

    fn signature(&self, method: &str) -> Option<Signature> {
        match method {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some(Signature {
                params: &[Type::String],
                variadic: None,
            }),
            "AsConfig" | "AsSecrets" => Some(Signature {
                params: &[],
                variadic: None,
            }),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
