//! What the verbs do with strings, integers, booleans and floats: padding, signs, bases.

use super::float::{self, Bits, Precision};
use super::printer::Printer;
use crate::quote::{self, Charset};
use crate::utf8;
use crate::value::Value;

/// The flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "they are the flags of the format"
)]
pub(crate) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
}

impl Flags {
    fn charset(self) -> Charset {
        if self.plus {
            Charset::Ascii
        } else {
            Charset::Unicode
        }
    }
}

impl Printer {
    fn padding(&mut self, count: usize) {
        let byte = if self.flags.zero && !self.flags.minus {
            b'0'
        } else {
            b' '
        };
        self.out.resize(self.out.len() + count, byte);
    }

    /// Writes a text at the width of the verb.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let missing = match self.flags.width {
            None | Some(0) => 0,
            Some(width) => width.saturating_sub(utf8::rune_count(text)),
        };
        if !self.flags.minus {
            self.padding(missing);
        }
        self.out.extend_from_slice(text);
        if self.flags.minus {
            self.padding(missing);
        }
    }

    /// The same, never padded with zeros.
    fn pad_with_space(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// A string; the value is what `%!d(…)` shows.
    pub(super) fn string(&mut self, text: &[u8], verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => {
                let text = self.truncated(text);
                self.pad(text);
            }
            'q' => self.quoted(text),
            'x' => self.hex(text, b"0123456789abcdef", b'x'),
            'X' => self.hex(text, b"0123456789ABCDEF", b'X'),
            _ => self.bad_verb(value, verb),
        }
    }

    fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        match self.flags.precision {
            None => text,
            Some(runes) => &text[..utf8::prefix_len(text, runes)],
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        let mut out = Vec::with_capacity(text.len() + 2);
        if self.flags.sharp && quote::can_backquote(text) {
            out.push(b'`');
            out.extend_from_slice(text);
            out.push(b'`');
        } else {
            quote::quote_into(&mut out, text, self.flags.charset());
        }
        self.pad(&out);
    }

    fn hex(&mut self, text: &[u8], digits: &[u8; 16], letter: u8) {
        let text = &text[..self.flags.precision.unwrap_or(text.len()).min(text.len())];
        let mut out = Vec::with_capacity(text.len() * 2);
        for (i, b) in text.iter().enumerate() {
            if self.flags.space && i > 0 {
                out.push(b' ');
            }
            if self.flags.sharp && (i == 0 || self.flags.space) {
                out.extend_from_slice(&[b'0', letter]);
            }
            out.extend_from_slice(&[digits[usize::from(b >> 4)], digits[usize::from(b & 15)]]);
        }
        self.pad(&out);
    }

    /// An integer of either sign, its bits in a `u64`.
    pub(super) fn integer(&mut self, bits: u64, signed: bool, verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v && !signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.digits(bits, signed, 'x');
                self.flags.sharp = sharp;
            }
            'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' => self.digits(bits, signed, verb),
            'c' => {
                let mut text = [0; 4];
                let text = rune(bits).encode_utf8(&mut text).as_bytes().to_vec();
                self.pad(&text);
            }
            'q' => {
                let mut out = Vec::new();
                quote::quote_char_into(&mut out, rune(bits), self.flags.charset());
                self.pad(&out);
            }
            'U' => self.unicode(bits),
            _ => self.bad_verb(value, verb),
        }
    }

    fn digits(&mut self, bits: u64, signed: bool, verb: char) {
        let negative = signed && (bits as i64) < 0;
        let magnitude = if negative { bits.wrapping_neg() } else { bits };
        let plain = self.flags.width.is_none()
            && self.flags.precision.is_none()
            && matches!(verb, 'v' | 'd');
        if plain && !self.flags.plus && !self.flags.space && !self.flags.sharp {
            return self.decimal(magnitude, negative);
        }
        let mut precision = 0;
        if let Some(p) = self.flags.precision {
            precision = p;
            if p == 0 && magnitude == 0 {
                let zero = std::mem::take(&mut self.flags.zero);
                self.padding(self.flags.width.unwrap_or(0));
                self.flags.zero = zero;
                return;
            }
        } else if let Some(width) = self.flags.width
            && self.flags.zero
            && !self.flags.minus
        {
            let signed = negative || self.flags.plus || self.flags.space;
            precision = width.saturating_sub(usize::from(signed));
        }
        let text = match verb {
            'b' => format!("{magnitude:0precision$b}"),
            'o' | 'O' => format!("{magnitude:0precision$o}"),
            'x' => format!("{magnitude:0precision$x}"),
            'X' => format!("{magnitude:0precision$X}"),
            _ => format!("{magnitude:0precision$}"),
        };
        let prefix = match verb {
            'O' if self.flags.sharp && !text.starts_with('0') => "0o0",
            'O' => "0o",
            'b' if self.flags.sharp => "0b",
            'x' if self.flags.sharp => "0x",
            'X' if self.flags.sharp => "0X",
            'o' if self.flags.sharp && !text.starts_with('0') => "0",
            _ => "",
        };
        let sign = match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        };
        self.pad_with_space(format!("{sign}{prefix}{text}").as_bytes());
    }

    /// The common case: no flags, base ten.
    pub(crate) fn decimal(&mut self, mut magnitude: u64, negative: bool) {
        let mut text = [0; 20];
        let mut at = text.len();
        loop {
            at -= 1;
            text[at] = b'0' + (magnitude % 10) as u8;
            magnitude /= 10;
            if magnitude == 0 {
                break;
            }
        }
        if negative {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&text[at..]);
    }

    /// `%U`: `U+0078`, with `#` also the character.
    fn unicode(&mut self, bits: u64) {
        let precision = self.flags.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{bits:0precision$X}");
        if self.flags.sharp
            && let Some(c) = u32::try_from(bits).ok().and_then(char::from_u32)
            && utf8::is_print(c)
        {
            text = format!("{text} '{c}'");
        }
        self.pad_with_space(text.as_bytes());
    }

    /// A float of either width.
    pub(super) fn float(&mut self, number: f64, bits: Bits, verb: char, value: &Value) {
        let (letter, default) = match verb {
            'v' => (b'g', Precision::Shortest),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, Precision::Shortest),
            'f' | 'e' | 'E' => (verb as u8, Precision::Digits(6)),
            'F' => (b'f', Precision::Digits(6)),
            _ => return self.bad_verb(value, verb),
        };
        let precision = self.flags.precision.map_or(default, Precision::Digits);
        let text = float::format_float(number, letter, precision, bits);
        let (sign, mut body) = match text.as_bytes()[0] {
            b'-' => ('-', text[1..].to_owned()),
            b'+' => ('+', text[1..].to_owned()),
            _ => ('+', text),
        };
        let sign = if self.flags.space && sign == '+' && !self.flags.plus {
            ' '
        } else {
            sign
        };
        if matches!(body.as_bytes()[0], b'I' | b'N') {
            // An infinity shows no plus unless asked to, except that Go prints it for plain infinities.
            let bare = body.starts_with('N') && !self.flags.space && !self.flags.plus;
            let text = if bare { body } else { format!("{sign}{body}") };
            return self.pad_with_space(text.as_bytes());
        }
        if self.flags.sharp && letter != b'b' {
            body = with_point(&body, letter, precision);
        }
        if !self.flags.plus && sign == '+' {
            return self.pad(body.as_bytes());
        }
        let text = format!("{sign}{body}");
        match self.flags.width {
            Some(width) if self.flags.zero && !self.flags.minus && width > text.len() => {
                utf8::push(&mut self.out, sign);
                self.padding(width - text.len());
                self.text(&body);
            }
            _ => self.pad(text.as_bytes()),
        }
    }
}

fn rune(bits: u64) -> char {
    u32::try_from(bits)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// What `#` does to a float: always a point, and for `%g` the trailing zeros.
fn with_point(body: &str, letter: u8, precision: Precision) -> String {
    let mut missing = match (letter, precision) {
        (b'g' | b'G' | b'x', Precision::Digits(n)) => n as i64,
        (b'g' | b'G' | b'x', Precision::Shortest) => 6,
        _ => 0,
    };
    let is_hex = matches!(letter, b'x' | b'X');
    let at = body
        .find(|c: char| matches!(c, 'p' | 'P') || (!is_hex && matches!(c, 'e' | 'E')))
        .unwrap_or(body.len());
    let (number, tail) = body.split_at(at);
    let mut significant = false;
    for c in number.chars().filter(|c| *c != '.') {
        significant |= c != '0';
        missing -= i64::from(significant);
    }
    let mut out = number.to_owned();
    if !number.contains('.') {
        if number == "0" {
            missing -= 1;
        }
        out.push('.');
    }
    for _ in 0..missing.max(0) {
        out.push('0');
    }
    out.push_str(tail);
    out
}
