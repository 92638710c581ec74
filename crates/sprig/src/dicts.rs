//! The dicts chapter. `set`, `unset` and the merges change the map they are given: everybody who holds it sees the change.

use gotemplate::Type::{Any, Map as Dict, String as Text};
use gotemplate::{Call, FuncError, Function, Kind, List, Map, Str, Value};

use crate::args::{
    Outcome, any, bytes, depth_limit, fail, list, map, spend_elements, spend_entries, strings,
};
use crate::merge::{self, Policy};
use crate::print;
use crate::table::{function, variadic};

const NIL_MAP_WRITE: &str = "assignment to entry in nil map";

pub(crate) static FUNCTIONS: &[Function] = &[
    variadic("dict", &[], Any, dict),
    function("get", &[Dict, Text], |_, a| {
        let found = map(a, 0)?.and_then(|m| m.get(bytes(a, 1).ok()?));
        Ok(found.unwrap_or_else(|| Value::str("")))
    }),
    function("set", &[Dict, Text, Any], |call, a| {
        spend_entries(call, 0)?;
        let Some(target) = map(a, 0)? else {
            return fail(NIL_MAP_WRITE);
        };
        target.insert(bytes(a, 1)?, any(a, 2)?.clone());
        any(a, 0).cloned()
    }),
    function("unset", &[Dict, Text], |_, a| {
        if let Some(target) = map(a, 0)? {
            target.remove(bytes(a, 1)?);
        }
        any(a, 0).cloned()
    }),
    function("hasKey", &[Dict, Text], |_, a| {
        let key = bytes(a, 1)?;
        Ok(Value::Bool(map(a, 0)?.is_some_and(|m| m.contains_key(key))))
    }),
    variadic("pluck", &[Text], Dict, |_, a| {
        let mut found = Vec::new();
        for i in 1..a.len() {
            found.extend(map(a, i)?.and_then(|m| m.get(bytes(a, 0).ok()?)));
        }
        Ok(list(found))
    }),
    variadic("keys", &[], Dict, |call, a| {
        let mut all: Vec<Str> = Vec::new();
        for i in 0..a.len() {
            all.extend(entries(call, a, i)?.into_iter().map(|(key, _)| key));
        }
        Ok(strings(all))
    }),
    function("values", &[Dict], |call, a| {
        let entries = entries(call, a, 0)?;
        Ok(list(entries.into_iter().map(|(_, v)| v).collect()))
    }),
    variadic("pick", &[Dict], Text, |call, a| {
        spend_entries(call, a.len())?;
        let picked = Map::new();
        if let Some(source) = map(a, 0)? {
            for i in 1..a.len() {
                if let Some(value) = source.get(bytes(a, i)?) {
                    picked.insert(bytes(a, i)?, value);
                }
            }
        }
        Ok(Value::Map(picked))
    }),
    variadic("omit", &[Dict], Text, |call, a| {
        let entries = entries(call, a, 0)?;
        spend_entries(call, entries.len())?;
        let kept: Map = entries.into_iter().collect();
        for i in 1..a.len() {
            kept.remove(bytes(a, i)?);
        }
        Ok(Value::Map(kept))
    }),
    variadic("dig", &[], Any, dig),
];

/// The functions slim-sprig leaves out.
pub(crate) static COPYING: &[Function] = &[
    variadic("merge", &[Dict], Dict, |call, a| {
        swallow(merged(call, a, Policy::Fill))
    }),
    variadic("mergeOverwrite", &[Dict], Dict, |call, a| {
        swallow(merged(call, a, Policy::Overwrite))
    }),
    variadic("mustMerge", &[Dict], Dict, |call, a| {
        merged(call, a, Policy::Fill)
    }),
    variadic("mustMergeOverwrite", &[Dict], Dict, |call, a| {
        merged(call, a, Policy::Overwrite)
    }),
    function("deepCopy", &[Any], copy),
    function("mustDeepCopy", &[Any], copy),
];

/// A snapshot of the entries, in key order: Go's order is random, ours is stable.
fn entries(
    call: &mut dyn Call,
    args: &[Value],
    index: usize,
) -> Result<Vec<(Str, Value)>, FuncError> {
    let entries = map(args, index)?.map(|m| m.entries()).unwrap_or_default();
    spend_elements(call, entries.len())?;
    Ok(entries)
}

/// Keys are printed; a key without a value gets the empty string.
fn dict(call: &mut dyn Call, args: &[Value]) -> Outcome {
    spend_entries(call, args.len() / 2)?;
    let made = Map::new();
    for pair in args.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::str(""));
        made.insert(print::strval(&pair[0])?, value);
    }
    Ok(Value::Map(made))
}

/// `dig "a" "b" default map`.
fn dig(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let [keys @ .., default, root] = args else {
        return fail("dig needs at least three arguments");
    };
    if keys.is_empty() {
        return fail("dig needs at least three arguments");
    }
    let mut here = map_or_panic(root)?;
    let mut path = Vec::with_capacity(keys.len());
    for key in keys {
        match key {
            Value::Str(s) => path.push(s),
            other => return fail(conversion_panic(other, "string")),
        }
    }
    for (i, key) in path.iter().enumerate() {
        let Some(step) = here.and_then(|m| m.get(key.as_bytes())) else {
            return Ok(default.clone());
        };
        if i + 1 == path.len() {
            return Ok(step);
        }
        here = map_or_panic(&step)?;
    }
    Ok(default.clone())
}

/// The type assertion `v.(map[string]interface {})`: exactly that type.
fn map_or_panic(value: &Value) -> Result<Option<Map>, FuncError> {
    const TYPE: &str = "map[string]interface {}";
    match value {
        Value::Map(m) if m.type_name() == TYPE => Ok(Some(m.clone())),
        Value::TypedNil(Kind::Map, TYPE) => Ok(None),
        other => fail(conversion_panic(other, TYPE)),
    }
}

fn conversion_panic(value: &Value, target: &str) -> String {
    let is = match value {
        Value::Nil => "nil",
        other => other.type_name(),
    };
    format!("interface conversion: interface {{}} is {is}, not {target}")
}

/// Merges every further map into the first, which is changed and returned.
fn merged(call: &mut dyn Call, args: &[Value], policy: Policy) -> Outcome {
    let target = map(args, 0)?;
    for i in 1..args.len() {
        let Some(source) = map(args, i)? else {
            continue;
        };
        match &target {
            Some(target) => merge::merge(call, target, &source, policy)?,
            None => return merge_into_nil(call, args, policy),
        }
    }
    any(args, 0).cloned()
}

/// A nil map as the first argument becomes a new one.
fn merge_into_nil(call: &mut dyn Call, args: &[Value], policy: Policy) -> Outcome {
    let made = Map::new();
    for i in 1..args.len() {
        if let Some(source) = map(args, i)? {
            merge::merge(call, &made, &source, policy)?;
        }
    }
    Ok(Value::Map(made))
}

/// `merge` answers with the empty string where `mustMerge` reports an error.
fn swallow(outcome: Outcome) -> Outcome {
    match outcome {
        Err(error) if !error.is_limit => Ok(Value::str("")),
        other => other,
    }
}

fn copy(call: &mut dyn Call, args: &[Value]) -> Outcome {
    match any(args, 0)? {
        Value::Nil => fail("reflect: call of reflect.Value.Type on zero Value"),
        value => deep_copy(call, value, 0),
    }
}

/// Maps and lists are copied all the way down; everything else cannot change.
fn deep_copy(call: &mut dyn Call, value: &Value, depth: usize) -> Outcome {
    depth_limit(depth)?;
    // A copy takes far more memory than a step stands for elsewhere.
    call.spend(32)?;
    Ok(match value {
        Value::Map(source) => {
            let copied = Map::typed(source.type_name());
            for (key, item) in source.entries() {
                copied.insert(key, deep_copy(call, &item, depth + 1)?);
            }
            Value::Map(copied)
        }
        Value::List(source) => {
            let mut copied = Vec::with_capacity(source.len());
            for item in source.to_vec() {
                copied.push(deep_copy(call, &item, depth + 1)?);
            }
            Value::List(List::typed(source.type_name(), copied))
        }
        other => other.clone(),
    })
}
