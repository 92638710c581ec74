//! The functions Helm adds to Sprig: conversions, `include`, `tpl`, `required`, `fail`, `lookup`.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all functions of templates have one signature"
)]

use std::collections::BTreeMap;

use gotemplate::func::state;
use gotemplate::{Call, Data, FuncError, FuncMap, Function, Map, Str, Type, Value};
use goyaml::json::{self, Escaping, Layout};

/// How often a template may be included within itself.
const MAX_RECURSION: u32 = 1000;
/// Marks the text of `fail` and `required` inside an error; what is around it is not shown.
pub(crate) const WARN_START: &str = "HELM_ERR_START";
pub(crate) const WARN_END: &str = "HELM_ERR_END";

/// How often each name is being included right now.
#[derive(Default)]
pub(super) struct Included(BTreeMap<Str, u32>);

/// All functions a chart's templates may call.
pub(super) fn functions() -> FuncMap {
    let mut functions = FuncMap::new();
    sprig::add_to(&mut functions);
    functions.extend(HELM);
    super::methods::add_to(&mut functions);
    functions
}

const fn function(name: &'static str, params: &'static [Type], body: gotemplate::Body) -> Function {
    Function {
        name,
        params,
        variadic: None,
        body,
    }
}

static HELM: &[Function] = &[
    function("toYaml", &[Type::Any], to_yaml),
    function("toYamlPretty", &[Type::Any], to_yaml_pretty),
    function("fromYaml", &[Type::String], from_yaml),
    function("fromYamlArray", &[Type::String], from_yaml_array),
    function("toJson", &[Type::Any], to_json),
    function("fromJson", &[Type::String], from_json),
    function("fromJsonArray", &[Type::String], from_json_array),
    function("toToml", &[Type::Any], to_toml),
    function("fromToml", &[Type::String], from_toml),
    function("include", &[Type::String, Type::Any], include),
    function("tpl", &[Type::String, Type::Any], tpl),
    function("required", &[Type::String, Type::Any], required),
    function("fail", &[Type::String], fail),
    function(
        "lookup",
        &[Type::String, Type::String, Type::String, Type::String],
        lookup,
    ),
    function("getHostByName", &[Type::String], no_host),
];

type Result = std::result::Result<Value, FuncError>;

fn text(args: &[Value], index: usize) -> Str {
    args.get(index)
        .and_then(Value::as_str)
        .cloned()
        .unwrap_or_default()
}

/// A value that cannot be written becomes nothing, as in Helm.
fn to_yaml(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on(call, &args[0])?;
    let mut yaml = goyaml::to_vec(&args[0]).unwrap_or_default();
    yaml.pop_if(|last| *last == b'\n');
    Ok(Value::str(yaml))
}

fn to_yaml_pretty(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on(call, &args[0])?;
    let yaml = goyaml::to_string_pretty(&args[0]).unwrap_or_default();
    Ok(Value::str(yaml.strip_suffix('\n').unwrap_or(&yaml)))
}

fn to_json(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on(call, &args[0])?;
    Ok(Value::str(
        json::to_vec(&args[0], Escaping::Html, Layout::Compact).unwrap_or_default(),
    ))
}

fn error_map(message: &str) -> Value {
    let map = Map::new();
    map.insert("Error", message);
    map.into()
}

fn error_list(message: &str) -> Value {
    Value::List(vec![message.into()].into())
}

fn map(entries: &BTreeMap<Str, Data>) -> Value {
    Value::Map(crate::values::data_to_map(entries))
}

fn list(items: &[Data]) -> Value {
    Value::List(items.iter().map(Value::from).collect::<Vec<_>>().into())
}

fn from_yaml(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on_reading(call, text(args, 0).as_bytes())?;
    let read = goyaml::map_from_slice(text(args, 0).as_bytes(), "map[string]interface {}");
    Ok(read.map_or_else(|e| error_map(&e.to_string()), |entries| map(&entries)))
}

fn from_yaml_array(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on_reading(call, text(args, 0).as_bytes())?;
    let read = goyaml::list_from_slice(text(args, 0).as_bytes());
    Ok(read.map_or_else(|e| error_list(&e.to_string()), |items| list(&items)))
}

fn from_json(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on_reading(call, text(args, 0).as_bytes())?;
    Ok(
        match json::map_from_slice(text(args, 0).as_bytes(), "map[string]interface {}") {
            Ok(Some(entries)) => map(&entries),
            Ok(None) => Value::TypedNil(gotemplate::Kind::Map, "map[string]interface {}"),
            Err(error) => error_map(&error.to_string()),
        },
    )
}

fn from_json_array(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on_reading(call, text(args, 0).as_bytes())?;
    Ok(match json::list_from_slice(text(args, 0).as_bytes()) {
        Ok(Some(items)) => list(&items),
        Ok(None) => Value::TypedNil(gotemplate::Kind::Slice, "[]interface {}"),
        Err(error) => error_list(&error.to_string()),
    })
}

/// A value that cannot be written becomes the error's text, as in Helm.
fn to_toml(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on(call, &args[0])?;
    Ok(match goyaml::toml::to_vec(&args[0]) {
        Ok(text) => Value::str(text),
        // Go's encoder panics on nil.
        Err(error) if error.message.starts_with("reflect:") => {
            return Err(FuncError::new(error.message));
        }
        Err(error) => Value::str(error.message),
    })
}

fn from_toml(call: &mut dyn Call, args: &[Value]) -> Result {
    sprig::spend_on_reading(call, text(args, 0).as_bytes())?;
    Ok(match goyaml::toml::from_slice(text(args, 0).as_bytes()) {
        Ok(map) => Value::Map(map),
        Err(error) => error_map(&error.to_string()),
    })
}

fn include(call: &mut dyn Call, args: &[Value]) -> Result {
    let name = text(args, 0);
    if let Some(included) = state::<Included>(call) {
        let count = included.0.entry(name.clone()).or_default();
        if *count > MAX_RECURSION {
            return Err(FuncError::new(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )));
        }
        *count += 1;
    }
    let output = call.execute_template(&name.to_str_lossy(), &args[1]);
    if let Some(count) = state::<Included>(call).and_then(|included| included.0.get_mut(&name)) {
        *count = count.saturating_sub(1);
    }
    output.map(Value::Str)
}

fn tpl(call: &mut dyn Call, args: &[Value]) -> Result {
    let source = text(args, 0);
    let output = call.render_text(&source, &args[1]).map_err(|error| {
        let quoted = gotemplate::fmt::quote(source.as_bytes());
        let is_parse = error.cause.as_ref().is_some_and(|cause| cause.is_parse());
        error.context(&if is_parse {
            format!("cannot parse template {quoted}")
        } else {
            format!("error during tpl function execution for {quoted}")
        })
    })?;
    Ok(Value::Str(without_no_value(&output)))
}

/// Go prints `<no value>` for missing keys in spite of the option; Helm removes the words wherever they stand.
pub(super) fn without_no_value(output: &Str) -> Str {
    const WORDS: &[u8] = b"<no value>";
    let bytes = output.as_bytes();
    let mut rest = bytes;
    let mut kept: Option<Vec<u8>> = None;
    while let Some(at) = memchr::memmem::find(rest, WORDS) {
        kept.get_or_insert_default().extend_from_slice(&rest[..at]);
        rest = &rest[at + WORDS.len()..];
    }
    match kept {
        None => output.clone(),
        Some(mut kept) => {
            kept.extend_from_slice(rest);
            kept.into()
        }
    }
}

fn marked(message: &Str) -> FuncError {
    FuncError::new(format!("{WARN_START}{message}{WARN_END}"))
}

fn required(_: &mut dyn Call, args: &[Value]) -> Result {
    let missing = match &args[1] {
        Value::Nil => true,
        Value::Str(s) => s.is_empty(),
        _ => false,
    };
    if missing {
        Err(marked(&text(args, 0)))
    } else {
        Ok(args[1].clone())
    }
}

fn fail(_: &mut dyn Call, args: &[Value]) -> Result {
    Err(marked(&text(args, 0)))
}

/// There is no cluster to look things up in.
fn lookup(_: &mut dyn Call, _: &[Value]) -> Result {
    Ok(Map::new().into())
}

/// Helm answers nothing unless name resolution was asked for.
fn no_host(_: &mut dyn Call, _: &[Value]) -> Result {
    Ok("".into())
}
