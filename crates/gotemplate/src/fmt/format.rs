//! Reads format strings: flags, widths, precisions, operand indexes, and what to print when they are wrong.

use super::printer::Printer;
use super::verb::Flags;
use crate::utf8;
use crate::value::{IntKind, Value};

/// Widths and precisions beyond this are refused.
const MAX_NUMBER: i64 = 1_000_000;

/// The position in the format and among the operands.
struct Cursor<'a> {
    format: &'a [u8],
    args: &'a [Value],
    at: usize,
    arg: usize,
    reordered: bool,
    good_index: bool,
    after_index: bool,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Digits, if there are any and they are not too many. Too many swallow the rest of the format.
    fn number(&mut self, end: usize) -> Option<usize> {
        let mut number: Option<i64> = None;
        while self.at < end && self.format[self.at].is_ascii_digit() {
            let value = number.unwrap_or(0);
            if value > MAX_NUMBER {
                self.at = end;
                return None;
            }
            number = Some(value * 10 + i64::from(self.format[self.at] - b'0'));
            self.at += 1;
        }
        number.map(|n| n as usize)
    }

    /// `[3]`: the next operand is the third.
    fn index(&mut self) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let start = self.at;
        let close = self.format[start..]
            .iter()
            .position(|b| *b == b']')
            .map(|i| start + i);
        let Some(close) = close.filter(|_| self.format.len() - start >= 3) else {
            self.good_index = false;
            self.after_index = false;
            self.at = start + 1;
            return;
        };
        self.at = start + 1;
        let index = self.number(close).filter(|_| self.at == close);
        self.at = close + 1;
        self.after_index = index.is_some();
        match index {
            Some(i) if (1..=self.args.len()).contains(&i) => self.arg = i - 1,
            _ => self.good_index = false,
        }
    }

    /// The operand of a `*`.
    fn star(&mut self) -> Option<i64> {
        let value = self.args.get(self.arg)?;
        self.arg += 1;
        let number = match value {
            Value::Int(i) => *i,
            Value::Num(_, IntKind::Float32) => return None,
            Value::Num(i, kind) if !kind.is_unsigned() || *i >= 0 => *i,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER)
            .contains(&number)
            .then_some(number)
    }
}

impl Printer {
    pub(crate) fn printf(&mut self, format: &[u8], args: &[Value]) {
        let mut cursor = Cursor {
            format,
            args,
            at: 0,
            arg: 0,
            reordered: false,
            good_index: true,
            after_index: false,
        };
        while cursor.at < format.len() {
            let rest = &format[cursor.at..];
            let plain = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..plain]);
            cursor.at += plain;
            if cursor.at < format.len() {
                cursor.at += 1;
                self.one_verb(&mut cursor);
            }
        }
        self.flags = Flags::default();
        if !cursor.reordered && cursor.arg < args.len() {
            self.extra(&args[cursor.arg..]);
        }
    }

    /// One verb; the percent sign is past.
    fn one_verb(&mut self, cursor: &mut Cursor<'_>) {
        cursor.good_index = true;
        self.flags = Flags::default();
        while let Some(b) = cursor.peek() {
            match b {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                b'a'..=b'z' if cursor.arg < cursor.args.len() => {
                    cursor.at += 1;
                    return self.operand(cursor, char::from(b));
                }
                _ => break,
            }
            cursor.at += 1;
        }
        cursor.index();
        self.width(cursor);
        self.precision(cursor);
        if !cursor.after_index {
            cursor.index();
        }
        if cursor.at >= cursor.format.len() {
            return self.text("%!(NOVERB)");
        }
        let (verb, width) = utf8::decode(&cursor.format[cursor.at..]);
        cursor.at += width;
        if verb == '%' {
            self.out.push(b'%');
        } else if !cursor.good_index {
            self.text(&format!("%!{verb}(BADINDEX)"));
        } else if cursor.arg >= cursor.args.len() {
            self.text(&format!("%!{verb}(MISSING)"));
        } else {
            self.operand(cursor, verb);
        }
    }

    fn operand(&mut self, cursor: &mut Cursor<'_>, verb: char) {
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        let args = cursor.args;
        self.arg(&args[cursor.arg], verb);
        cursor.arg += 1;
    }

    fn width(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.peek() != Some(b'*') {
            self.flags.width = cursor.number(cursor.format.len());
            if cursor.after_index && self.flags.width.is_some() {
                cursor.good_index = false;
            }
            return;
        }
        cursor.at += 1;
        match cursor.star() {
            None => self.text("%!(BADWIDTH)"),
            Some(width) => {
                if width < 0 {
                    self.flags.minus = true;
                    self.flags.zero = false;
                }
                self.flags.width = Some(width.unsigned_abs() as usize);
            }
        }
        cursor.after_index = false;
    }

    fn precision(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.peek() != Some(b'.') || cursor.at + 1 >= cursor.format.len() {
            return;
        }
        cursor.at += 1;
        if cursor.after_index {
            cursor.good_index = false;
        }
        cursor.index();
        if cursor.peek() != Some(b'*') {
            let number = cursor.number(cursor.format.len());
            self.flags.precision = Some(number.unwrap_or(0));
            return;
        }
        cursor.at += 1;
        self.flags.precision = cursor.star().and_then(|p| usize::try_from(p).ok());
        if self.flags.precision.is_none() {
            self.text("%!(BADPREC)");
        }
        cursor.after_index = false;
    }

    /// Operands no verb took.
    fn extra(&mut self, args: &[Value]) {
        self.text("%!(EXTRA ");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            if matches!(arg, Value::Nil) {
                self.text("<nil>");
            } else {
                self.text(arg.type_name());
                self.out.push(b'=');
                self.arg(arg, 'v');
            }
        }
        self.out.push(b')');
    }
}
