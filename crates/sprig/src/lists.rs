//! The lists chapter. Every function comes twice: under its plain name, where Sprig panics, and as `must…`, where it returns the
//! error; a template sees the same error either way. No function changes its argument.

use gotemplate::Type::{Any, Int};
use gotemplate::{Call, FuncError, Function, List, Value};

use crate::args::{
    NIL_DEREFERENCE, NIL_LIST, Outcome, any, elements, fail, int, list, spend_elements,
};
use crate::cast::{Cast, Full, Slim};
use crate::defaults::is_empty;
use crate::equal::deep_equal;
use crate::table::{function, variadic};
use crate::types::kind_name;

pub(crate) static FUNCTIONS: &[Function] = &[
    variadic("list", &[], Any, listed),
    variadic("tuple", &[], Any, listed),
    function("append", &[Any, Any], push),
    function("push", &[Any, Any], push),
    function("mustAppend", &[Any, Any], push),
    function("mustPush", &[Any, Any], push),
    function("prepend", &[Any, Any], prepend),
    function("mustPrepend", &[Any, Any], prepend),
    function("first", &[Any], first),
    function("mustFirst", &[Any], first),
    function("rest", &[Any], rest),
    function("mustRest", &[Any], rest),
    function("last", &[Any], last),
    function("mustLast", &[Any], last),
    function("initial", &[Any], initial),
    function("mustInitial", &[Any], initial),
    function("reverse", &[Any], reverse),
    function("mustReverse", &[Any], reverse),
    function("uniq", &[Any], uniq),
    function("mustUniq", &[Any], uniq),
    variadic("without", &[Any], Any, without),
    variadic("mustWithout", &[Any], Any, without),
    function("has", &[Any, Any], has),
    function("mustHas", &[Any, Any], has),
    function("compact", &[Any], compact),
    function("mustCompact", &[Any], compact),
    function("chunk", &[Int, Any], chunk),
    function("mustChunk", &[Int, Any], chunk),
    variadic("concat", &[], Any, concat),
];

/// `slice` with Sprig's integer conversion of the bounds.
pub(crate) static SLICES: &[Function] = &slices::<Full>();
/// `slice` with slim-sprig's integer conversion of the bounds.
pub(crate) static SLIM_SLICES: &[Function] = &slices::<Slim>();

const fn slices<C: Cast>() -> [Function; 2] {
    [
        variadic("slice", &[Any], Any, slice::<C>),
        variadic("mustSlice", &[Any], Any, slice::<C>),
    ]
}

/// The elements of a slice; for anything else the error that begins with `action`.
fn items(call: &mut dyn Call, value: &Value, action: &str) -> Result<Vec<Value>, FuncError> {
    if matches!(value, Value::Nil) {
        return fail(NIL_DEREFERENCE);
    }
    match elements(value) {
        Some(items) => {
            spend_elements(call, items.len())?;
            Ok(items)
        }
        None => fail(format!("{action} {}", kind_name(value.kind()))),
    }
}

fn listed(call: &mut dyn Call, args: &[Value]) -> Outcome {
    spend_elements(call, 2 + args.len())?;
    Ok(list(args.to_vec()))
}

fn push(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut items = items(call, any(args, 0)?, "Cannot push on type")?;
    items.push(any(args, 1)?.clone());
    Ok(list(items))
}

fn prepend(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut items = items(call, any(args, 0)?, "Cannot prepend on type")?;
    items.insert(0, any(args, 1)?.clone());
    Ok(list(items))
}

fn first(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let items = items(call, any(args, 0)?, "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or_default())
}

fn last(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let items = items(call, any(args, 0)?, "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or_default())
}

/// Of an empty list this is a nil slice.
fn rest(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let items = items(call, any(args, 0)?, "Cannot find rest on type")?;
    Ok(match items.split_first() {
        Some((_, rest)) => list(rest.to_vec()),
        None => NIL_LIST,
    })
}

fn initial(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let items = items(call, any(args, 0)?, "Cannot find initial on type")?;
    Ok(match items.split_last() {
        Some((_, initial)) => list(initial.to_vec()),
        None => NIL_LIST,
    })
}

fn reverse(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut items = items(call, any(args, 0)?, "Cannot find reverse on type")?;
    items.reverse();
    Ok(list(items))
}

fn contains(call: &mut dyn Call, items: &[Value], needle: &Value) -> Result<bool, FuncError> {
    call.spend(items.len() as u64)?;
    for item in items {
        if deep_equal(call, needle, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut kept = Vec::new();
    for item in items(call, any(args, 0)?, "Cannot find uniq on type")? {
        if !contains(call, &kept, &item)? {
            kept.push(item);
        }
    }
    Ok(list(kept))
}

fn without(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut kept = Vec::new();
    for item in items(call, any(args, 0)?, "Cannot find without on type")? {
        if !contains(call, &args[1..], &item)? {
            kept.push(item);
        }
    }
    Ok(list(kept))
}

fn has(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let (needle, haystack) = (any(args, 0)?, any(args, 1)?);
    if matches!(haystack, Value::Nil) {
        return Ok(Value::Bool(false));
    }
    let items = items(call, haystack, "Cannot find has on type")?;
    contains(call, &items, needle).map(Value::Bool)
}

fn compact(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut items = items(call, any(args, 0)?, "Cannot compact on type")?;
    items.retain(|item| !is_empty(item));
    Ok(list(items))
}

/// `[][]interface {}` of at most `size` elements each.
fn chunk(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let size = int(args, 0)?;
    let items = items(call, any(args, 1)?, "Cannot chunk type")?;
    let chunks: Vec<Value> = match usize::try_from(size) {
        _ if items.is_empty() && size > 0 => Vec::new(),
        Ok(size) if size > 0 => items.chunks(size).map(|c| list(c.to_vec())).collect(),
        _ => return fail("runtime error: makeslice: len out of range"),
    };
    Ok(Value::List(List::typed("[][]interface {}", chunks)))
}

/// The elements from one index to before another; the type stays. Of an empty list this is nil.
fn slice<C: Cast>(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let value = any(args, 0)?;
    let items = items(call, value, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let len = items.len() as i64;
    let start = args.get(1).map_or(0, C::int64);
    let end = args.get(2).map_or(len, C::int64);
    if start < 0 || end < start || end > len {
        return fail("reflect.Value.Slice: slice index out of bounds");
    }
    let part = items[start as usize..end as usize].to_vec();
    Ok(Value::List(match value {
        Value::List(whole) => List::typed(whole.type_name(), part),
        _ => List::from(part),
    }))
}

/// Of nothing, or of empty lists only, this is a nil slice.
fn concat(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let mut all = Vec::new();
    for value in args {
        match items(call, value, "Cannot concat type") {
            Ok(items) => all.extend(items),
            Err(error) if error.message == NIL_DEREFERENCE || error.is_limit => return Err(error),
            Err(error) => return fail(format!("{} as list", error.message)),
        }
    }
    Ok(if all.is_empty() { NIL_LIST } else { list(all) })
}
