//! Integers and floats, and what tells them from dates.

use super::chars::{Chars, Problem, quoted};
use super::datetime;
use super::tree::Node;
use crate::text::go_quote;
use gotemplate::{IntKind, Value};

/// What a run of characters that begins with a digit or a sign turns out to be.
#[derive(Clone, Copy)]
enum Form {
    Integer,
    Float,
    Datetime,
}

impl Chars<'_> {
    /// A value that begins with a digit.
    pub(super) fn number_or_date(&mut self) -> Result<Node, Problem> {
        self.ignore();
        let form = if self.next()? == '0' {
            self.after_zero()?
        } else {
            self.number_or_date_rest()?
        };
        self.number(form)
    }

    /// A value whose sign has been taken.
    pub(super) fn signed_number(&mut self) -> Result<Node, Problem> {
        let first = self.next()?;
        match first {
            'i' | 'n' => {
                let [second, third] = if first == 'i' { ['n', 'f'] } else { ['a', 'n'] };
                if !self.accept(second)? || !self.accept(third)? {
                    return Err(self.problem(format!("invalid float: '{}'", self.current())));
                }
                return self.number(Form::Float);
            }
            '0' => {
                let base = self.peek()?;
                if matches!(base, 'b' | 'o' | 'x') {
                    return Err(self.problem(format!(
                        "cannot use sign with non-decimal numbers: '{}{base}'",
                        self.current()
                    )));
                }
            }
            '.' => return Err(self.problem("floats must start with a digit, not '.'")),
            _ => {}
        }
        if !first.is_ascii_digit() {
            return Err(self.problem(format!("expected a digit but got {}", quoted(first))));
        }
        let form = self.decimal_rest()?;
        self.number(form)
    }

    /// The text so far is `inf`, `nan` or something close.
    pub(super) fn named_float(&self) -> Result<Node, Problem> {
        self.number(Form::Float)
    }

    fn after_zero(&mut self) -> Result<Form, Problem> {
        let next = self.peek()?;
        let (name, is_digit): (_, fn(char) -> bool) = match next {
            '0'..='9' => {
                self.next()?;
                return self.number_or_date_rest();
            }
            '_' => return self.decimal_rest(),
            '.' | 'e' | 'E' => return self.float_rest(),
            'b' => ("a binary", |c| matches!(c, '0' | '1')),
            'o' => ("an octal", |c| matches!(c, '0'..='7')),
            'x' => ("a hexadecimal", |c| c.is_ascii_hexdigit()),
            _ => return Ok(Form::Integer),
        };
        self.next()?;
        let digit = self.peek()?;
        if !is_digit(digit) {
            let text = self.current();
            return Err(self.problem(format!("not {name} number: '{text}{digit}'")));
        }
        self.skip(|c| c == '_' || is_digit(c))?;
        Ok(Form::Integer)
    }

    fn number_or_date_rest(&mut self) -> Result<Form, Problem> {
        self.skip(|c| c.is_ascii_digit())?;
        match self.peek()? {
            '-' | ':' => {
                self.skip(|c| {
                    c.is_ascii_digit()
                        || matches!(c, '-' | ':' | 'T' | 't' | ' ' | '.' | 'Z' | 'z' | '+')
                })?;
                Ok(Form::Datetime)
            }
            '_' => self.decimal_rest(),
            '.' | 'e' | 'E' => self.float_rest(),
            _ => Ok(Form::Integer),
        }
    }

    fn decimal_rest(&mut self) -> Result<Form, Problem> {
        self.skip(|c| c.is_ascii_digit() || c == '_')?;
        match self.peek()? {
            '.' | 'e' | 'E' => self.float_rest(),
            _ => Ok(Form::Integer),
        }
    }

    fn float_rest(&mut self) -> Result<Form, Problem> {
        self.skip(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '-' | '+' | 'e' | 'E'))?;
        Ok(Form::Float)
    }

    fn number(&self, form: Form) -> Result<Node, Problem> {
        let text = self.current();
        let value = match form {
            Form::Integer => integer(text).map(|i| Value::Num(i, IntKind::Int64)),
            Form::Float => float(text).map(Value::Float),
            Form::Datetime => datetime::parse(text.trim()),
        };
        value.map(Node::Leaf).map_err(|text| self.problem(text))
    }
}

fn integer(text: &str) -> Result<i64, String> {
    if !are_underscores_inside(text) {
        let text = go_quote(text.as_bytes());
        return Err(format!(
            "Invalid integer {text}: underscores must be surrounded by digits"
        ));
    }
    if has_leading_zero(text) {
        let text = go_quote(text.as_bytes());
        return Err(format!(
            "Invalid integer {text}: cannot have leading zeroes"
        ));
    }
    let digits = text.replace('_', "");
    let parsed = match digits.as_bytes() {
        [b'0', b'x', ..] => i64::from_str_radix(&digits[2..], 16),
        [b'0', b'o', ..] => i64::from_str_radix(&digits[2..], 8),
        [b'0', b'b', ..] => i64::from_str_radix(&digits[2..], 2),
        _ => digits.parse(),
    };
    parsed.map_err(|_| format!("{text} is out of range for int64"))
}

fn float(text: &str) -> Result<f64, String> {
    let invalid = |why: &str| {
        let text = go_quote(text.as_bytes());
        Err(format!("Invalid float {text}: {why}"))
    };
    let mut parts = text.split(['.', 'e', 'E']).filter(|part| !part.is_empty());
    if !parts.clone().all(are_underscores_inside) {
        return invalid("underscores must be surrounded by digits");
    }
    if parts.next().is_some_and(has_leading_zero) {
        return invalid("cannot have leading zeroes");
    }
    let is_digit_next = |at: usize| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
    if !text.match_indices('.').all(|(at, _)| is_digit_next(at)) {
        return invalid("'.' must be followed by one or more digits");
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(f) if f.is_infinite() && !text.ends_with("inf") => {
            Err(format!("{text} is out of range for float64"))
        }
        Ok(f) => Ok(f),
        Err(_) => Err(format!(
            "Invalid float value: {}",
            go_quote(text.as_bytes())
        )),
    }
}

/// Whether every underscore follows a digit, and the text ends in one. Only what surrounds underscores is judged so:
/// other characters may follow anything but one must not be last.
fn are_underscores_inside(text: &str) -> bool {
    if matches!(text, "nan" | "+nan" | "-nan" | "inf" | "-inf" | "+inf") {
        return true;
    }
    let mut is_digit = false;
    for c in text.chars() {
        if c == '_' && !is_digit {
            return false;
        }
        is_digit = c.is_ascii_hexdigit();
    }
    is_digit
}

fn has_leading_zero(text: &str) -> bool {
    match text.as_bytes() {
        [b'0', second, ..] => !matches!(second, b'b' | b'o' | b'x'),
        [b'-' | b'+', b'0', _, ..] => true,
        _ => false,
    }
}
