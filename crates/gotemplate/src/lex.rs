//! Cuts a template into tokens: delimiters, trim markers, comments, the words inside actions.

use memchr::{memchr, memchr_iter};

use crate::ast::Span;
use crate::quote;
use crate::utf8;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// The text of the error is in the lexer.
    Error,
    Bool,
    /// A single printable ASCII character without a meaning of its own, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Dot,
    Nil,
    Keyword(Keyword),
}

/// The words that open, divide and close control structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

fn keyword(word: &[u8]) -> Option<TokenKind> {
    Some(TokenKind::Keyword(match word {
        b"block" => Keyword::Block,
        b"break" => Keyword::Break,
        b"continue" => Keyword::Continue,
        b"define" => Keyword::Define,
        b"else" => Keyword::Else,
        b"end" => Keyword::End,
        b"if" => Keyword::If,
        b"range" => Keyword::Range,
        b"template" => Keyword::Template,
        b"with" => Keyword::With,
        b"nil" => return Some(TokenKind::Nil),
        _ => return None,
    }))
}

/// A token and where it stands in the text. Start and end are one number: so a token travels in two registers, and copies
/// of it need not wait for its parts to reach memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    place: u64,
}

impl Token {
    pub(crate) fn new(kind: TokenKind, start: usize, end: usize) -> Self {
        Self {
            kind,
            place: start as u64 | (end as u64) << 32,
        }
    }

    pub(crate) fn pos(self) -> u32 {
        self.place as u32
    }

    fn is_empty(self) -> bool {
        let Span { start, end } = self.span();
        start == end
    }

    pub(crate) fn span(self) -> Span {
        Span {
            start: self.place as u32,
            end: (self.place >> 32) as u32,
        }
    }
}

/// Names that are functions although the language has a keyword of that name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overridden {
    pub(crate) break_: bool,
    pub(crate) continue_: bool,
}

/// The state of the scan.
pub(crate) struct Lexer<'a> {
    input: &'a [u8],
    left: &'a [u8],
    right: &'a [u8],
    pos: usize,
    start: usize,
    paren_depth: i32,
    inside_action: bool,
    overridden: Overridden,
    error: String,
}

/// What a scanning step decided: a token, or to go on.
enum Step {
    Emit(Token),
    Next,
}

const SPACE: [u8; 4] = [b' ', b'\t', b'\r', b'\n'];

fn is_space(b: u8) -> bool {
    SPACE.contains(&b)
}

fn opens_with_trim(s: &[u8]) -> bool {
    s.len() >= 2 && s[0] == b'-' && is_space(s[1])
}

fn closes_with_trim(s: &[u8]) -> bool {
    s.len() >= 2 && is_space(s[0]) && s[1] == b'-'
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    memchr_iter(first, haystack).find(|at| haystack[*at..].starts_with(needle))
}

/// The ASCII characters of names.
static IN_NAMES: [bool; 256] = in_names();

const fn in_names() -> [bool; 256] {
    let mut in_names = [false; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        in_names[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    in_names
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(
        input: &'a [u8],
        delimiters: (&'a [u8], &'a [u8]),
        overridden: Overridden,
    ) -> Self {
        Self {
            input,
            left: delimiters.0,
            right: delimiters.1,
            pos: 0,
            start: 0,
            paren_depth: 0,
            inside_action: false,
            overridden,
            error: String::new(),
        }
    }

    /// The text of the error, once a token of that kind was returned.
    pub(crate) fn error(&self) -> &str {
        &self.error
    }

    /// The next token. After an error or the end it is `Eof` for ever.
    pub(crate) fn next(&mut self) -> Token {
        loop {
            let step = if self.inside_action {
                self.inside_action()
            } else {
                self.text()
            };
            if let Step::Emit(token) = step {
                return token;
            }
        }
    }

    fn token(&mut self, kind: TokenKind) -> Token {
        let token = Token::new(kind, self.start, self.pos);
        self.start = self.pos;
        token
    }

    fn emit(&mut self, kind: TokenKind) -> Step {
        Step::Emit(self.token(kind))
    }

    fn fail(&mut self, message: impl Into<String>) -> Step {
        self.error = message.into();
        let token = Token::new(TokenKind::Error, self.start, self.start);
        self.pos = self.input.len();
        self.start = self.pos;
        self.inside_action = false;
        Step::Emit(token)
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.pos..]
    }

    fn peek_byte(&self) -> Option<u8> {
        self.input.get(self.pos).copied()
    }

    /// The next character and its width; `None` at the end.
    fn peek(&self) -> Option<(char, usize)> {
        (self.pos < self.input.len()).then(|| utf8::decode(self.rest()))
    }

    fn text(&mut self) -> Step {
        let Some(length) = find(self.rest(), self.left) else {
            self.pos = self.input.len();
            return if self.pos > self.start {
                self.emit(TokenKind::Text)
            } else {
                self.emit(TokenKind::Eof)
            };
        };
        if length > 0 {
            let end = self.pos + length;
            let mut keep = end;
            if opens_with_trim(&self.input[end + self.left.len()..]) {
                while keep > self.start && is_space(self.input[keep - 1]) {
                    keep -= 1;
                }
            }
            self.pos = keep;
            let token = self.token(TokenKind::Text);
            self.pos = end;
            self.start = end;
            if !token.is_empty() {
                return Step::Emit(token);
            }
        }
        self.left_delim()
    }

    fn left_delim(&mut self) -> Step {
        self.pos += self.left.len();
        let marker = if opens_with_trim(self.rest()) { 2 } else { 0 };
        if self.rest()[marker..].starts_with(b"/*") {
            self.pos += marker;
            self.start = self.pos;
            return self.comment();
        }
        let token = self.token(TokenKind::LeftDelim);
        self.inside_action = true;
        self.pos += marker;
        self.start = self.pos;
        self.paren_depth = 0;
        Step::Emit(token)
    }

    fn comment(&mut self) -> Step {
        self.pos += 2;
        let Some(length) = find(self.rest(), b"*/") else {
            return self.fail("unclosed comment");
        };
        self.pos += length + 2;
        match self.right_delim_here() {
            None => return self.fail("comment ends before closing delimiter"),
            Some(marker) => {
                self.pos += marker + self.right.len();
                if marker > 0 {
                    self.skip_space();
                }
            }
        }
        self.start = self.pos;
        Step::Next
    }

    fn skip_space(&mut self) {
        while self.peek_byte().is_some_and(is_space) {
            self.pos += 1;
        }
    }

    /// Whether the closing delimiter stands here, and the length of the trim marker before it.
    fn right_delim_here(&self) -> Option<usize> {
        let rest = self.rest();
        if closes_with_trim(rest) && rest[2..].starts_with(self.right) {
            Some(2)
        } else {
            self.closes(rest).then_some(0)
        }
    }

    /// Whether a text begins with the closing delimiter. Nearly none does, so its first byte is looked at first.
    fn closes(&self, text: &[u8]) -> bool {
        text.first() == self.right.first() && text.starts_with(self.right)
    }

    fn right_delim(&mut self, marker: usize) -> Step {
        self.pos += marker;
        self.start = self.pos;
        self.pos += self.right.len();
        let token = self.token(TokenKind::RightDelim);
        if marker > 0 {
            self.skip_space();
            self.start = self.pos;
        }
        self.inside_action = false;
        Step::Emit(token)
    }

    fn inside_action(&mut self) -> Step {
        match self.peek_byte() {
            Some(b) if Some(&b) == self.right.first() => {}
            Some(b'.')
                if self
                    .input
                    .get(self.pos + 1)
                    .is_some_and(u8::is_ascii_alphabetic) =>
            {
                self.pos += 1;
                return self.field_or_variable(TokenKind::Field);
            }
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => return self.identifier(),
            Some(b' ') if self.is_lone_space() => {
                self.pos += 1;
                return self.emit(TokenKind::Space);
            }
            _ => {}
        }
        if let Some(marker) = self.right_delim_here() {
            return if self.paren_depth == 0 {
                self.right_delim(marker)
            } else {
                self.fail("unclosed left paren")
            };
        }
        let Some((c, width)) = self.peek() else {
            return self.fail("unclosed action");
        };
        if is_space_char(c) {
            return self.space();
        }
        self.pos += width;
        match c {
            '=' => self.emit(TokenKind::Assign),
            ':' => {
                if self.peek_byte() == Some(b'=') {
                    self.pos += 1;
                    self.emit(TokenKind::Declare)
                } else {
                    self.fail("expected :=")
                }
            }
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quoted(b'"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.quoted(
                b'\'',
                TokenKind::CharConstant,
                "unterminated character constant",
            ),
            '`' => self.raw_quoted(),
            '$' => self.field_or_variable(TokenKind::Variable),
            '.' if self.peek_byte().is_some_and(|b| !b.is_ascii_digit()) => {
                self.field_or_variable(TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos -= width;
                self.number()
            }
            _ if utf8::is_alphanumeric(c) => {
                self.pos -= width;
                self.identifier()
            }
            '(' => {
                self.paren_depth += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' => {
                self.paren_depth -= 1;
                if self.paren_depth < 0 {
                    return self.fail("unexpected right paren");
                }
                self.emit(TokenKind::RightParen)
            }
            ' '..='~' => self.emit(TokenKind::Char),
            _ => self.fail(format!(
                "unrecognized character in action: {}",
                unicode_name(Some(c))
            )),
        }
    }

    /// Whether a space stands before something that is neither space nor a trim marker.
    fn is_lone_space(&self) -> bool {
        let after = self.input.get(self.pos + 1);
        after.is_some_and(|b| *b != b'-' && !is_space(*b))
    }

    /// A run of spaces, leaving one for a closing trim marker.
    fn space(&mut self) -> Step {
        let from = self.pos;
        self.skip_space();
        let before = &self.input[self.pos - 1..];
        if closes_with_trim(before) && before[2..].starts_with(self.right) {
            self.pos -= 1;
            if self.pos == from {
                return self.right_delim(2);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn skip_alphanumeric(&mut self) {
        let rest = self.rest();
        let length = rest.iter().position(|b| !IN_NAMES[usize::from(*b)]);
        self.pos += length.unwrap_or(rest.len());
        if self.peek_byte().is_none_or(|b| b.is_ascii()) {
            return;
        }
        while let Some((c, width)) = self.peek() {
            if !utf8::is_alphanumeric(c) {
                break;
            }
            self.pos += width;
        }
    }

    fn identifier(&mut self) -> Step {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = &self.input[self.start..self.pos];
        let kind = match keyword(word) {
            Some(TokenKind::Keyword(Keyword::Break)) if self.overridden.break_ => {
                TokenKind::Identifier
            }
            Some(TokenKind::Keyword(Keyword::Continue)) if self.overridden.continue_ => {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if word == b"true" || word == b"false" => TokenKind::Bool,
            None => TokenKind::Identifier,
        };
        self.emit(kind)
    }

    fn field_or_variable(&mut self, kind: TokenKind) -> Step {
        if self.at_terminator() {
            return self.emit(if kind == TokenKind::Variable {
                kind
            } else {
                TokenKind::Dot
            });
        }
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.emit(kind)
    }

    fn bad_character(&mut self) -> Step {
        let c = self.peek().map(|(c, _)| c);
        self.fail(format!("bad character {}", unicode_name(c)))
    }

    /// Whether a name may end here.
    fn at_terminator(&self) -> bool {
        match self.peek_byte() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(') => {
                true
            }
            Some(_) => self.closes(self.rest()),
        }
    }

    fn quoted(&mut self, quote: u8, kind: TokenKind, unterminated: &str) -> Step {
        loop {
            match self.peek_byte() {
                Some(b'\\') => {
                    self.pos += 1;
                    match self.peek() {
                        None | Some(('\n', _)) => return self.fail(unterminated),
                        Some((_, width)) => self.pos += width,
                    }
                }
                None | Some(b'\n') => return self.fail(unterminated),
                Some(b) => {
                    self.pos += 1;
                    if b == quote {
                        return self.emit(kind);
                    }
                }
            }
        }
    }

    fn raw_quoted(&mut self) -> Step {
        match memchr(b'`', self.rest()) {
            None => self.fail("unterminated raw quoted string"),
            Some(length) => {
                self.pos += length + 1;
                self.emit(TokenKind::RawString)
            }
        }
    }

    fn number(&mut self) -> Step {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek_byte(), Some(b'+' | b'-')) {
            if !self.scan_number() || self.input[self.pos - 1] != b'i' {
                return self.bad_number();
            }
            return self.emit(TokenKind::Complex);
        }
        self.emit(TokenKind::Number)
    }

    fn bad_number(&mut self) -> Step {
        let text = quote::quoted(&self.input[self.start..self.pos]);
        self.fail(format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.peek_byte().is_some_and(|b| set.contains(&b));
        self.pos += usize::from(found);
        found
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }

    /// Scans what may be a number; the parser finds out whether it is one.
    fn scan_number(&mut self) -> bool {
        const DECIMAL: &[u8] = b"0123456789_";
        const HEX: &[u8] = b"0123456789abcdefABCDEF_";
        self.accept(b"+-");
        let mut digits = DECIMAL;
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = HEX;
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if (digits == DECIMAL && self.accept(b"eE")) || (digits == HEX && self.accept(b"pP")) {
            self.accept(b"+-");
            self.accept_run(DECIMAL);
        }
        self.accept(b"i");
        match self.peek() {
            Some((c, width)) if utf8::is_alphanumeric(c) => {
                self.pos += width;
                false
            }
            _ => true,
        }
    }
}

fn is_space_char(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// What `%#U` prints; the end of the text is the rune -1.
fn unicode_name(c: Option<char>) -> String {
    match c {
        None => "U+FFFFFFFFFFFFFFFF".to_owned(),
        Some(c) if utf8::is_print(c) => format!("U+{:04X} '{c}'", u32::from(c)),
        Some(c) => format!("U+{:04X}", u32::from(c)),
    }
}
