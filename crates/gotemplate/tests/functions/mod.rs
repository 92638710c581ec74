//! A few functions for the templates of the tests.

use gotemplate::{FuncError, FuncMap, Function, Map, Str, Type, Value, fmt};

const TABLE: [Function; 9] = [
    Function {
        name: "upper",
        params: &[Type::String],
        variadic: None,
        body: |_, args| Ok(Value::str(text(&args[0]).to_uppercase())),
    },
    Function {
        name: "list",
        params: &[],
        variadic: Some(Type::Any),
        body: |_, args| Ok(Value::List(args.to_vec().into())),
    },
    Function {
        name: "dict",
        params: &[],
        variadic: Some(Type::Any),
        body: |_, args| {
            let map = Map::new();
            for pair in args.chunks_exact(2) {
                map.insert(Str::from(fmt::sprint(&pair[..1])?), pair[1].clone());
            }
            Ok(Value::Map(map))
        },
    },
    Function {
        name: "fail",
        params: &[Type::String],
        variadic: None,
        body: |_, args| Err(FuncError::new(text(&args[0]))),
    },
    Function {
        name: "half",
        params: &[Type::Float64],
        variadic: None,
        body: |_, args| match args[0] {
            Value::Float(f) => Ok(Value::Float(f / 2.0)),
            _ => Err(FuncError::new("the engine let a wrong type through")),
        },
    },
    Function {
        name: "twice",
        params: &[Type::Int],
        variadic: None,
        body: |_, args| match args[0] {
            Value::Int(i) => Ok(Value::Int(i.wrapping_mul(2))),
            _ => Err(FuncError::new("the engine let a wrong type through")),
        },
    },
    Function {
        name: "keys",
        params: &[Type::Map],
        variadic: None,
        body: |_, args| Ok(Value::Int(args[0].as_map().map_or(0, Map::len) as i64)),
    },
    Function {
        name: "nothing",
        params: &[],
        variadic: None,
        body: |_, _| Ok(Value::Nil),
    },
    Function {
        name: "include",
        params: &[Type::String, Type::Any],
        variadic: None,
        body: |call, args| {
            call.execute_template(&text(&args[0]), &args[1])
                .map(Value::Str)
        },
    },
];

/// `tpl`, for the tests that want it.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) const TPL: Function = Function {
    name: "tpl",
    params: &[Type::String, Type::Any],
    variadic: None,
    body: |call, args| {
        let text = args[0].as_str().cloned().unwrap_or_default();
        call.render_text(&text, &args[1]).map(Value::Str)
    },
};

/// The functions by name.
pub(crate) fn functions() -> FuncMap {
    let mut functions = FuncMap::new();
    for function in TABLE {
        functions.add(function);
    }
    functions
}

fn text(value: &Value) -> String {
    value.as_str().map(ToString::to_string).unwrap_or_default()
}
