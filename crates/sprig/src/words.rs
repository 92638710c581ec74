//! Splitting identifiers into words for `snakecase` and `kebabcase`: the rules of xstrings.

use crate::case::is_connector;
use crate::runes::{first, is_letter, is_number, is_punct, is_upper, to_lower, to_text};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

/// Words in lower case with `connector` between them.
pub(crate) fn lower_joined(s: &[u8], connector: char) -> Vec<u8> {
    if s.is_empty() {
        return Vec::new();
    }
    let mut joiner = Joiner {
        out: Vec::with_capacity(s.len() + 8),
        connector,
        kind: Word::Invalid,
        word: &[],
        rest: s,
    };
    joiner.next();
    while !joiner.rest.is_empty() {
        joiner.step();
    }
    joiner.write();
    joiner.out
}

struct Joiner<'a> {
    out: Vec<u8>,
    connector: char,
    kind: Word,
    word: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Joiner<'a> {
    fn next(&mut self) {
        let (kind, end) = next_word(self.rest);
        self.kind = kind;
        (self.word, self.rest) = self.rest.split_at(end);
    }

    fn write(&mut self) {
        self.write_word(self.kind, self.word);
    }

    fn write_word(&mut self, kind: Word, word: &'a [u8]) {
        if kind != Word::Upper && kind != Word::Connector {
            self.out.extend_from_slice(word);
            return;
        }
        for c in to_text(word).chars() {
            let mapped = if is_connector(c) {
                self.connector
            } else if is_upper(c) {
                to_lower(c)
            } else {
                c
            };
            self.push(mapped);
        }
    }

    fn push(&mut self, c: char) {
        self.out
            .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Puts a connector in front of the current word unless it is one of those.
    fn connect_unless(&mut self, kinds: &[Word]) {
        if !kinds.contains(&self.kind) {
            self.push(self.connector);
        }
    }

    fn write_letters_and_numbers(&mut self) {
        while matches!(self.kind, Word::Alphabet | Word::Number) {
            self.write();
            self.next();
        }
    }

    /// Writes the current word and decides how the next one is joined to it.
    fn step(&mut self) {
        const ENDS: &[Word] = &[Word::Invalid, Word::Punct, Word::Connector];
        const MARKS: &[Word] = &[Word::Connector, Word::Punct];
        if self.kind != Word::Connector {
            self.write();
        }
        let (previous, last) = (self.kind, self.word);
        self.next();
        match previous {
            Word::Number => {
                self.write_letters_and_numbers();
                self.connect_unless(ENDS);
            }
            Word::Connector => self.write_word(previous, last),
            Word::Punct => {}
            _ if self.kind != Word::Number => self.connect_unless(MARKS),
            _ if self.rest.is_empty() => {}
            _ => {
                let number = self.word;
                self.next();
                if self.kind == Word::Alphabet {
                    // Lower case after the number: it begins a word, as in `HTTP2xx`.
                    self.push(self.connector);
                    self.write_word(Word::Number, number);
                    self.write_letters_and_numbers();
                    self.connect_unless(ENDS);
                } else {
                    // It belongs to the word before, as in `Bld4Floor`.
                    self.write_word(Word::Number, number);
                    self.connect_unless(MARKS);
                }
            }
        }
    }
}

/// The kind of the first word and where it ends.
fn next_word(s: &[u8]) -> (Word, usize) {
    let (c, width) = valid_rune(s, char::REPLACEMENT_CHARACTER);
    if c == char::REPLACEMENT_CHARACTER {
        return (Word::Invalid, width);
    }
    let scan = |from: usize, belongs: &dyn Fn(char) -> bool| scan(s, from, c, belongs).0;
    if is_connector(c) {
        return (Word::Connector, scan(width, &is_connector));
    }
    if is_punct(c) {
        return (Word::Punct, scan(width, &is_punct));
    }
    if is_upper(c) {
        return (Word::Upper, upper_word(s, c, width));
    }
    if is_alphabet(c) {
        return (
            Word::Alphabet,
            scan(width, &|c| is_alphabet(c) && !is_upper(c)),
        );
    }
    if is_number(c) {
        return (Word::Number, scan(width, &is_number));
    }
    let other = |c| !(is_connector(c) || is_alphabet(c) || is_number(c) || is_punct(c));
    (Word::Other, scan(width, &other))
}

/// `HTTPStatus` is `HTTP` and `Status`: the last capital before a small letter begins the next word.
fn upper_word(s: &[u8], first: char, width: usize) -> usize {
    if s.len() == width {
        return width;
    }
    let (second, second_width) = valid_rune(&s[width..], first);
    if is_upper(second) {
        let mut end = width + second_width;
        let mut last_width = second_width;
        let mut next = second;
        while end < s.len() {
            let (c, width) = valid_rune(&s[end..], next);
            next = c;
            if !is_upper(c) {
                break;
            }
            last_width = width;
            end += width;
        }
        if end < s.len() && is_alphabet(next) {
            end -= last_width;
        }
        return end;
    }
    if is_alphabet(second) {
        let small = |c| is_alphabet(c) && !is_upper(c);
        return scan(s, width + second_width, second, &small).0;
    }
    width
}

fn scan(s: &[u8], from: usize, first: char, belongs: &dyn Fn(char) -> bool) -> (usize, char) {
    let (mut end, mut previous) = (from, first);
    while end < s.len() {
        let (c, width) = valid_rune(&s[end..], previous);
        previous = c;
        if !belongs(c) {
            break;
        }
        end += width;
    }
    (end, previous)
}

/// The next rune that is valid, with the invalid bytes before it; `fallback` when none is left.
fn valid_rune(s: &[u8], fallback: char) -> (char, usize) {
    let mut size = 0;
    while let Some((c, width)) = first(&s[size..]) {
        size += width;
        if c != char::REPLACEMENT_CHARACTER {
            return (c, size);
        }
    }
    (fallback, size)
}

/// A letter, Chinese characters apart (`xstrings.isAlphabet`).
fn is_alphabet(c: char) -> bool {
    let chinese = matches!(c,
        '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}');
    is_letter(c) && !chinese
}
