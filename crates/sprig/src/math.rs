//! The math chapter: integers, floats, sequences. The same functions serve Sprig and slim-sprig, with their own conversion rules.

use gotemplate::Type::{Any, Float64, Int};
use gotemplate::{Call, FuncError, Function, List, Value};

use crate::args::{Outcome, any, bytes, fail, int, int64};
use crate::cast::{Cast, Full, NotInt, Slim, parse_int};
use crate::decimal::Decimal;
use crate::table::{function, variadic};
use crate::{ambient, print};

pub(crate) static FUNCTIONS: &[Function] = &arithmetic::<Full>();
pub(crate) static SLIM: &[Function] = &arithmetic::<Slim>();

/// The decimal functions; slim-sprig has none.
pub(crate) static DECIMAL: &[Function] = &[
    function("add1f", &[Any], |_, a| {
        let one = [any(a, 0)?.clone(), Value::Int(1)];
        decimals(&one, |x, y| Ok(x.add(y)))
    }),
    variadic("addf", &[], Any, |_, a| {
        let from_zero: Vec<Value> = std::iter::once(Value::Int(0))
            .chain(a.iter().cloned())
            .collect();
        decimals(&from_zero, |x, y| Ok(x.add(y)))
    }),
    variadic("subf", &[Any], Any, |_, a| {
        decimals(a, |x, y| Ok(x.subtract(y)))
    }),
    variadic("mulf", &[Any], Any, |_, a| {
        decimals(a, |x, y| Ok(x.multiply(y)))
    }),
    variadic("divf", &[Any], Any, |_, a| decimals(a, Decimal::divide)),
];

const fn arithmetic<C: Cast>() -> [Function; 23] {
    [
        function("atoi", &[gotemplate::Type::String], |_, a| {
            Ok(Value::Int(match parse_int(bytes(a, 0)?, 10) {
                Ok(i) | Err(NotInt::Range(i)) => i,
                Err(NotInt::Syntax) => 0,
            }))
        }),
        function("int64", &[Any], |_, a| Ok(int64(C::int64(any(a, 0)?)))),
        function("int", &[Any], |_, a| Ok(Value::Int(C::int64(any(a, 0)?)))),
        function("float64", &[Any], |_, a| {
            Ok(Value::Float(C::float64(any(a, 0)?)))
        }),
        variadic("seq", &[], Int, seq),
        function("toDecimal", &[Any], |_, a| {
            Ok(int64(
                parse_int(&print::display(any(a, 0)?)?, 8).unwrap_or(0),
            ))
        }),
        function("until", &[Int], |call, a| {
            let count = int(a, 0)?;
            let step = if count < 0 { -1 } else { 1 };
            until_step(call, 0, count, step).map(ints)
        }),
        function("untilStep", &[Int, Int, Int], |call, a| {
            until_step(call, int(a, 0)?, int(a, 1)?, int(a, 2)?).map(ints)
        }),
        function("add1", &[Any], |_, a| {
            Ok(int64(C::int64(any(a, 0)?).wrapping_add(1)))
        }),
        variadic("add", &[], Any, |_, a| {
            Ok(int64(fold::<C>(a, i64::wrapping_add)))
        }),
        function("sub", &[Any, Any], |_, a| {
            Ok(int64(fold::<C>(a, i64::wrapping_sub)))
        }),
        function("div", &[Any, Any], |_, a| divide::<C>(a, i64::wrapping_div)),
        function("mod", &[Any, Any], |_, a| divide::<C>(a, i64::wrapping_rem)),
        variadic("mul", &[Any], Any, |_, a| {
            Ok(int64(fold::<C>(a, i64::wrapping_mul)))
        }),
        function("randInt", &[Int, Int], rand_int),
        variadic("biggest", &[Any], Any, |_, a| {
            Ok(int64(fold::<C>(a, i64::max)))
        }),
        variadic("max", &[Any], Any, |_, a| Ok(int64(fold::<C>(a, i64::max)))),
        variadic("min", &[Any], Any, |_, a| Ok(int64(fold::<C>(a, i64::min)))),
        variadic("maxf", &[Any], Any, |_, a| {
            Ok(Value::Float(extreme::<C>(a, go_max)))
        }),
        variadic("minf", &[Any], Any, |_, a| {
            Ok(Value::Float(extreme::<C>(a, go_min)))
        }),
        function("ceil", &[Any], |_, a| {
            Ok(Value::Float(C::float64(any(a, 0)?).ceil()))
        }),
        function("floor", &[Any], |_, a| {
            Ok(Value::Float(C::float64(any(a, 0)?).floor()))
        }),
        variadic("round", &[Any, Int], Float64, round::<C>),
    ]
}

/// The first argument combined with each further one; 0 without arguments.
fn fold<C: Cast>(args: &[Value], combine: fn(i64, i64) -> i64) -> i64 {
    args.iter().map(C::int64).reduce(combine).unwrap_or(0)
}

fn divide<C: Cast>(args: &[Value], operation: fn(i64, i64) -> i64) -> Outcome {
    let (dividend, divisor) = (C::int64(any(args, 0)?), C::int64(any(args, 1)?));
    if divisor == 0 {
        return fail("runtime error: integer divide by zero");
    }
    Ok(int64(operation(dividend, divisor)))
}

fn extreme<C: Cast>(args: &[Value], choose: fn(f64, f64) -> f64) -> f64 {
    args.iter().map(C::float64).reduce(choose).unwrap_or(0.0)
}

/// `math.Max`: an infinity wins over NaN, NaN over everything else.
fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

fn go_min(a: f64, b: f64) -> f64 {
    -go_max(-a, -b)
}

fn decimals(args: &[Value], combine: fn(&Decimal, &Decimal) -> Result<Decimal, String>) -> Outcome {
    let number = |v: &Value| Decimal::from_float(Full::float64(v)).map_err(FuncError::new);
    let mut total = number(any(args, 0)?)?;
    for next in &args[1..] {
        total = combine(&total, &number(next)?).map_err(FuncError::new)?;
    }
    Ok(Value::Float(total.to_float()))
}

/// Rounds to that many places; halves go up, so -2.5 becomes -2 … unless the third argument says otherwise.
fn round<C: Cast>(_: &mut dyn Call, args: &[Value]) -> Outcome {
    let value = C::float64(any(args, 0)?);
    let places = int(args, 1)? as f64;
    let round_on = match args.get(2) {
        Some(Value::Float(f)) => *f,
        _ => 0.5,
    };
    let power = 10f64.powf(places);
    let digit = power * value;
    let rounded = if digit.fract() >= round_on {
        digit.ceil()
    } else {
        digit.floor()
    };
    Ok(Value::Float(rounded / power))
}

fn rand_int(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let (min, max) = (int(args, 0)?, int(args, 1)?);
    match u64::try_from(max.wrapping_sub(min)) {
        Ok(width) if width > 0 => {
            let drawn = ambient::below(call, "randInt", args, width)?;
            Ok(Value::Int(min.wrapping_add(drawn as i64)))
        }
        _ => fail("invalid argument to Intn"),
    }
}

fn ints(items: Vec<i64>) -> Value {
    Value::List(List::typed(
        "[]int",
        items.into_iter().map(Value::Int).collect(),
    ))
}

/// From one number until before another; empty when the step leads away.
fn until_step(call: &mut dyn Call, from: i64, to: i64, step: i64) -> Result<Vec<i64>, FuncError> {
    let leads_there = if to < from { step < 0 } else { step > 0 };
    if !leads_there {
        return Ok(Vec::new());
    }
    let distance = to.abs_diff(from);
    let count = distance.div_ceil(step.unsigned_abs());
    call.spend(count.saturating_mul(2))?;
    let mut items = Vec::new();
    let mut next = from;
    for _ in 0..count {
        items.push(next);
        next = next.wrapping_add(step);
    }
    Ok(items)
}

/// As the Unix command: `seq last`, `seq first last`, `seq first step last`, separated by blanks.
fn seq(call: &mut dyn Call, args: &[Value]) -> Outcome {
    let toward = |from: i64, to: i64| if to < from { -1 } else { 1 };
    let items = match args.len() {
        1 => {
            let end = int(args, 0)?;
            let step = toward(1, end);
            until_step(call, 1, end.wrapping_add(step), step)?
        }
        2 => {
            let (start, end) = (int(args, 0)?, int(args, 1)?);
            let step = toward(start, end);
            until_step(call, start, end.wrapping_add(step), step)?
        }
        3 => {
            let (start, step, end) = (int(args, 0)?, int(args, 1)?, int(args, 2)?);
            let direction = toward(start, end);
            if direction < 0 && step > 0 {
                return Ok(Value::str(""));
            }
            until_step(call, start, end.wrapping_add(direction), step)?
        }
        _ => Vec::new(),
    };
    let shown: Vec<String> = items.iter().map(i64::to_string).collect();
    Ok(Value::str(shown.join(" ")))
}
