//! Prints values: what each kind looks like under each verb, and how they nest.

use super::float::Bits;
use super::named;
use super::verb::Flags;
use crate::func::FuncError;
use crate::stack;
use crate::utf8;
use crate::value::{Complex, IntKind, Kind, Object, Str, Value};

/// Values nested deeper than this contain themselves, or were made to exhaust the program.
const MAX_DEPTH: usize = 10_000;

/// What a pointer prints as where Go prints an address: addresses would make outputs differ between runs.
const ADDRESS: u64 = 0x00c0_0000_0000;

/// The text became too long, or the value too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl From<Full> for FuncError {
    fn from(_: Full) -> Self {
        FuncError {
            is_limit: true,
            ..FuncError::new("value is too large or too deeply nested to print")
        }
    }
}

/// The text so far and the flags of the verb at work.
pub(crate) struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    limit: usize,
    full: bool,
    /// Inside `%!v(…)`: methods are not called.
    erroring: bool,
}

impl Printer {
    /// An empty text that may grow to that many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self::onto(Vec::new(), limit)
    }

    /// A text to append to.
    pub(crate) fn onto(out: Vec<u8>, limit: usize) -> Self {
        Self {
            out,
            flags: Flags::default(),
            limit,
            full: false,
            erroring: false,
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Full> {
        if self.full || self.out.len() > self.limit {
            Err(Full)
        } else {
            Ok(self.out)
        }
    }

    /// What was written, whether or not it is complete.
    pub(crate) fn into_parts(self) -> (Vec<u8>, bool) {
        let full = self.full || self.out.len() > self.limit;
        (self.out, full)
    }

    pub(crate) fn print(&mut self, args: &[Value]) {
        let mut after_string = false;
        for (i, arg) in args.iter().enumerate() {
            let is_string = matches!(arg, Value::Str(_));
            if i > 0 && !is_string && !after_string {
                self.out.push(b' ');
            }
            self.arg(arg, 'v');
            after_string = is_string;
        }
    }

    pub(crate) fn println(&mut self, args: &[Value]) {
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.out.push(b' ');
            }
            self.arg(arg, 'v');
        }
        self.out.push(b'\n');
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// An operand under a verb.
    pub(crate) fn arg(&mut self, arg: &Value, verb: char) {
        match (arg, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(arg, verb),
            (_, 'T') => {
                let name = arg.type_name().to_owned();
                self.string(name.as_bytes(), 's', arg);
            }
            (_, 'p') => self.pointer_arg(arg),
            _ if !self.methods(arg, verb) => self.value(arg, verb, 0),
            _ => {}
        }
    }

    /// Prints by the value's own `String` method, if it has one and the verb lets it.
    fn methods(&mut self, value: &Value, verb: char) -> bool {
        if self.erroring {
            return false;
        }
        if verb == 'w' {
            self.bad_verb(value, verb);
            return true;
        }
        if self.flags.sharp_v || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return false;
        }
        let text = match value {
            Value::Object(object) => object.string(),
            Value::Num(n, kind) => named::string(*n, *kind).map(Str::from),
            _ => None,
        };
        match text {
            Some(text) => {
                self.string(text.as_bytes(), verb, value);
                true
            }
            None => false,
        }
    }

    /// The form that says a verb does not fit: `%!d(string=x)`.
    pub(super) fn bad_verb(&mut self, value: &Value, verb: char) {
        self.erroring = true;
        self.text("%!");
        utf8::push(&mut self.out, verb);
        self.out.push(b'(');
        if matches!(value, Value::Nil) {
            self.text("<nil>");
        } else {
            self.text(value.type_name());
            self.out.push(b'=');
            self.arg(value, 'v');
        }
        self.out.push(b')');
        self.erroring = false;
    }

    fn nested(&mut self, value: &Value, verb: char, depth: usize) {
        if self.full || depth > MAX_DEPTH || self.out.len() > self.limit {
            self.full = true;
            return;
        }
        if matches!(value, Value::Nil) {
            self.text(if self.flags.sharp_v {
                "interface {}(nil)"
            } else {
                "<nil>"
            });
        } else if !self.methods(value, verb) {
            stack::grow(|| self.value(value, verb, depth));
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            Value::Nil => self.text("<nil>"),
            Value::TypedNil(kind, name) => self.typed_nil(*kind, name, value, verb),
            Value::Bool(b) => match verb {
                't' | 'v' => self.pad(if *b { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(i) => self.integer(*i as u64, true, verb, value),
            Value::Num(bits, IntKind::Float32) => {
                self.float(f64::from_bits(*bits as u64), Bits::F32, verb, value);
            }
            Value::Num(n, kind) => self.integer(*n as u64, !kind.is_unsigned(), verb, value),
            Value::Float(f) => self.float(*f, Bits::F64, verb, value),
            Value::Str(s) => self.string(s.as_bytes(), verb, value),
            Value::List(list) => {
                let items = list.to_vec();
                if list.type_name() == "[]uint8"
                    && (depth == 0 || matches!(verb, 's' | 'q' | 'x' | 'X'))
                {
                    self.bytes(&items, verb, depth);
                } else {
                    self.list(list.type_name(), &items, verb, depth);
                }
            }
            Value::Map(map) => self.map(map.type_name(), &map.entries(), verb, depth),
            Value::Object(object) => match object.as_any().downcast_ref() {
                Some(complex) => self.complex(complex, verb, value),
                None => self.object(object.as_ref(), verb, depth),
            },
            Value::Func(_) => self.pointer(value, ADDRESS, verb),
        }
    }

    /// Both parts as floats; the imaginary one always has a sign.
    fn complex(&mut self, Complex(real, imaginary): &Complex, verb: char, value: &Value) {
        if !matches!(
            verb,
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E'
        ) {
            return self.bad_verb(value, verb);
        }
        let plus = self.flags.plus;
        self.out.push(b'(');
        self.float(*real, Bits::F64, verb, value);
        self.flags.plus = true;
        self.float(*imaginary, Bits::F64, verb, value);
        self.text("i)");
        self.flags.plus = plus;
    }

    fn typed_nil(&mut self, kind: Kind, name: &str, value: &Value, verb: char) {
        match kind {
            Kind::Map | Kind::Slice if self.flags.sharp_v => self.text(&format!("{name}(nil)")),
            Kind::Map => self.text("map[]"),
            Kind::Slice if name == "[]uint8" && matches!(verb, 's' | 'q' | 'x' | 'X') => {
                self.string(b"", verb, value);
            }
            Kind::Slice => self.text("[]"),
            _ => self.pointer(value, 0, verb),
        }
    }

    fn open(&mut self, type_name: &str, plain: &str) {
        if self.flags.sharp_v {
            self.text(type_name);
            self.out.push(b'{');
        } else {
            self.text(plain);
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text(if self.flags.sharp_v { ", " } else { " " });
        }
    }

    fn close(&mut self) {
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    fn list(&mut self, type_name: &str, items: &[Value], verb: char, depth: usize) {
        self.open(type_name, "[");
        for (i, item) in items.iter().enumerate() {
            self.separate(i);
            self.nested(item, verb, depth + 1);
        }
        self.close();
    }

    fn bytes(&mut self, items: &[Value], verb: char, depth: usize) {
        let bytes: Vec<u8> = items
            .iter()
            .map(|v| match v {
                Value::Num(n, _) | Value::Int(n) => *n as u8,
                _ => 0,
            })
            .collect();
        match verb {
            's' | 'x' | 'X' | 'q' => self.string(&bytes, verb, &Value::Nil),
            _ => self.list("[]byte", items, verb, depth),
        }
    }

    fn map(&mut self, type_name: &str, entries: &[(Str, Value)], verb: char, depth: usize) {
        self.open(type_name, "map[");
        for (i, (key, item)) in entries.iter().enumerate() {
            self.separate(i);
            self.string(key.as_bytes(), verb, &Value::Str(key.clone()));
            self.out.push(b':');
            self.nested(item, verb, depth + 1);
        }
        self.close();
    }

    fn object(&mut self, object: &dyn Object, verb: char, depth: usize) {
        match object.kind() {
            Kind::Map => self.map(object.type_name(), &object.fields(), verb, depth),
            Kind::Slice => {
                let items = object.elements().unwrap_or_default();
                self.list(object.type_name(), &items, verb, depth);
            }
            Kind::Ptr if depth > 0 => self.integer_address(ADDRESS),
            Kind::Ptr => {
                self.out.push(b'&');
                let name = object.type_name().trim_start_matches('*').to_owned();
                self.fields(&name, &object.fields(), verb, depth);
            }
            _ => self.fields(object.type_name(), &object.fields(), verb, depth),
        }
    }

    fn fields(&mut self, type_name: &str, fields: &[(Str, Value)], verb: char, depth: usize) {
        if self.flags.sharp_v {
            self.text(type_name);
        }
        self.out.push(b'{');
        for (i, (name, item)) in fields.iter().enumerate() {
            self.separate(i);
            if self.flags.plus_v || self.flags.sharp_v {
                self.out.extend_from_slice(name.as_bytes());
                self.out.push(b':');
            }
            self.nested(item, verb, depth + 1);
        }
        self.out.push(b'}');
    }

    /// `%p`.
    fn pointer_arg(&mut self, arg: &Value) {
        match arg {
            Value::TypedNil(..) => self.pointer(arg, 0, 'p'),
            Value::List(_) | Value::Map(_) | Value::Func(_) => self.pointer(arg, ADDRESS, 'p'),
            Value::Object(o) if o.kind() != Kind::Struct => self.pointer(arg, ADDRESS, 'p'),
            _ => self.bad_verb(arg, 'p'),
        }
    }

    fn pointer(&mut self, value: &Value, address: u64, verb: char) {
        match verb {
            'v' if self.flags.sharp_v => {
                let name = value.type_name().to_owned();
                self.text(&format!("({name})("));
                if address == 0 {
                    self.text("nil");
                } else {
                    self.integer_address(address);
                }
                self.out.push(b')');
            }
            'v' if address == 0 => self.pad(b"<nil>"),
            'v' | 'p' => {
                let sharp = self.flags.sharp;
                self.flags.sharp = !sharp;
                self.integer(address, false, 'x', value);
                self.flags.sharp = sharp;
            }
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(address, false, verb, value),
            _ => self.bad_verb(value, verb),
        }
    }

    fn integer_address(&mut self, address: u64) {
        self.text(&format!("0x{address:x}"));
    }
}
