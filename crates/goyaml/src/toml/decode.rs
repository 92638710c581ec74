//! The grammar of TOML: headers, keys, values, arrays and inline tables.

use std::rc::Rc;

use gotemplate::{Map, Str, Value};

use super::chars::{Chars, END, Error, Problem, is_bare_key, is_blank, is_break, quoted};
use super::tree::{KeyKind, Node, Parent, Table, Tree, into_map};
use crate::text::go_quote;

/// Reads a TOML document: `toml.Unmarshal` into a `map[string]any`. Integers are `int64`, dates and times `time.Time`
/// ([`super::Datetime`]), arrays of tables `[]map[string]interface {}`.
///
/// # Errors
/// Text that is not TOML or defines a key twice, with `BurntSushi/toml`'s texts; nesting of values beyond 100, of tables beyond 500.
pub fn from_slice(input: &[u8]) -> Result<Map, Error> {
    let input = [&b"\xFF\xFE"[..], b"\xFE\xFF", b"\xEF\xBB\xBF"]
        .iter()
        .find_map(|mark| input.strip_prefix(*mark))
        .unwrap_or(input);
    if input.iter().take(6).any(|b| *b == 0) {
        return Err(Error {
            line: 1,
            last_key: String::new(),
            problem:
                "files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8"
                    .to_owned(),
        });
    }
    let mut reader = Reader {
        chars: Chars::new(input),
        tree: Tree::default(),
        depth: 0,
    };
    match reader.document() {
        Ok(()) => Ok(into_map(&reader.tree.root)),
        // What was being read when it failed is still in the tree.
        Err(problem) => Err(Error {
            line: problem.line,
            last_key: reader.tree.current(),
            problem: problem.text,
        }),
    }
}

/// Arrays and inline tables may nest this deep; Go has no limit but its memory.
const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    chars: Chars<'a>,
    tree: Tree,
    depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Problem> {
        loop {
            self.chars.skip(|c| is_blank(c) || is_break(c))?;
            self.chars.ignore();
            match self.chars.peek()? {
                END => return Ok(()),
                '#' => {
                    self.comment()?;
                    continue;
                }
                '[' => {
                    self.chars.next()?;
                    self.header()?;
                }
                _ => self.entry()?,
            }
            self.chars.skip_blanks()?;
            match self.chars.next()? {
                '#' => self.comment()?,
                '\n' | '\r' => {}
                END => return Ok(()),
                other => {
                    return Err(self.chars.problem(format!(
                        "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                        quoted(other)
                    )));
                }
            }
        }
    }

    fn comment(&mut self) -> Result<(), Problem> {
        self.chars.skip(|c| !is_break(c) && c != END)
    }

    /// `[name]` or `[[name]]`, after the first bracket.
    fn header(&mut self) -> Result<(), Problem> {
        let is_array = self.chars.accept('[')?;
        let mut path = Vec::new();
        loop {
            self.chars.skip_blanks()?;
            let text = match self.chars.peek()? {
                ']' | END => "unexpected end of table name (table names cannot be empty)",
                '.' => "unexpected table separator (table names cannot be empty)",
                _ => "",
            };
            if !text.is_empty() {
                return Err(self.chars.problem(text));
            }
            self.name(&mut path)?;
            self.chars.skip_blanks()?;
            match self.chars.next()? {
                '.' => {}
                ']' => break,
                other => {
                    return Err(self.chars.problem(format!(
                        "expected '.' or ']' to end table name, but got {} instead",
                        quoted(other)
                    )));
                }
            }
        }
        if is_array {
            let end = self.chars.next()?;
            if end != ']' {
                return Err(self.chars.problem(format!(
                    "expected end of table array name delimiter ']', but got {} instead",
                    quoted(end)
                )));
            }
            self.tree.enter_array(&path)?;
        } else {
            self.tree.enter(&path)?;
        }
        self.tree.mark(KeyKind::Other);
        Ok(())
    }

    /// One part of a key.
    fn name(&mut self, path: &mut Vec<Str>) -> Result<(), Problem> {
        let first = self.chars.peek()?;
        self.chars.ignore();
        let name = if matches!(first, '"' | '\'') {
            self.chars.next()?;
            self.chars.quoted(first)?
        } else {
            self.chars.skip(is_bare_key)?;
            self.chars.current().into()
        };
        if path.is_empty() {
            self.tree.line = self.chars.line;
        }
        path.push(name);
        Ok(())
    }

    /// `key = value`, at the top.
    fn entry(&mut self) -> Result<(), Problem> {
        let outer = self.tree.context.clone();
        self.key()?;
        let node = self.value(Parent::Key)?;
        let kind = kind(&node);
        self.tree.set(self.tree.key.clone(), node)?;
        self.tree.mark(kind);
        self.tree.context = outer;
        self.tree.key = Str::default();
        Ok(())
    }

    /// A key up to its `=`: goes to the tables its parts imply, which are returned.
    fn key(&mut self) -> Result<Vec<Str>, Problem> {
        self.chars.skip_blanks()?;
        let text = match self.chars.peek()? {
            '=' | END => "unexpected '=': key name appears blank",
            '.' => "unexpected '.': keys cannot start with a '.'",
            _ => "",
        };
        if !text.is_empty() {
            return Err(self.chars.problem(text));
        }
        let mut path = Vec::new();
        loop {
            self.name(&mut path)?;
            self.chars.skip_blanks()?;
            let text = match self.chars.next()? {
                '=' => break,
                '.' => {
                    self.chars.skip_blanks()?;
                    match self.chars.peek()? {
                        '=' | END => "unexpected '='",
                        '.' => "unexpected '.'",
                        _ => continue,
                    }
                }
                END => "unexpected EOF; expected key separator '='",
                other => {
                    let text = format!("expected '.' or '=', but got {} instead", quoted(other));
                    return Err(if other == '\n' {
                        self.chars.problem_before(text)
                    } else {
                        self.chars.problem(text)
                    });
                }
            };
            return Err(self.chars.problem(text));
        }
        self.tree.key = path.pop().unwrap_or_default();
        for name in &path {
            self.tree.enter_implicit(name)?;
        }
        Ok(path)
    }

    fn value(&mut self, parent: Parent) -> Result<Node, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.chars.problem("the document is nested too deep"));
        }
        let node = self.any_value(parent)?;
        self.depth -= 1;
        Ok(node)
    }

    fn any_value(&mut self, parent: Parent) -> Result<Node, Problem> {
        self.chars.skip_blanks()?;
        if self.chars.peek()?.is_ascii_digit() {
            return self.chars.number_or_date();
        }
        match self.chars.next()? {
            '[' => self.array(),
            '{' => self.inline_table(parent),
            quote @ ('"' | '\'') => {
                let string = self.chars.quoted_value(quote)?;
                Ok(Node::Leaf(Value::Str(string)))
            }
            '.' => Err(self
                .chars
                .problem("floats must start with a digit, not '.'")),
            '-' | '+' => self.chars.signed_number(),
            'i' | 'n' if self.is_named_float()? => self.chars.named_float(),
            END => Err(self.chars.problem("unexpected EOF; expected value")),
            '\n' => Err(self
                .chars
                .problem_before("expected value but found '\\n' instead")),
            c if c.is_alphabetic() => self.boolean(c),
            other => Err(self.chars.problem(format!(
                "expected value but found {} instead",
                quoted(other)
            ))),
        }
    }

    /// After `i` or `n`: `inf`, `nan`, and what the library takes for them.
    fn is_named_float(&mut self) -> Result<bool, Problem> {
        let chars = &mut self.chars;
        Ok((chars.accept('n')? && chars.accept('f')?)
            || (chars.accept('a')? && chars.accept('n')?))
    }

    /// `true` or `false`, of which one letter has been taken.
    fn boolean(&mut self, first: char) -> Result<Node, Problem> {
        if self.chars.current().len() == first.len_utf8() {
            self.chars.skip(char::is_alphabetic)?;
        } else {
            // The library steps back one letter only.
            self.chars.back(1);
            self.chars.ignore();
            self.chars.skip(char::is_alphabetic)?;
        }
        match self.chars.current() {
            "true" => Ok(Node::Leaf(Value::Bool(true))),
            "false" => Ok(Node::Leaf(Value::Bool(false))),
            other => Err(self.chars.problem(format!(
                "expected value but found {} instead",
                go_quote(other.as_bytes())
            ))),
        }
    }

    /// Steps over white space, line breaks and comments.
    fn skip_gap(&mut self) -> Result<(), Problem> {
        loop {
            self.chars.skip(|c| is_blank(c) || is_break(c))?;
            if self.chars.peek()? != '#' {
                self.chars.ignore();
                return Ok(());
            }
            self.comment()?;
        }
    }

    fn array(&mut self) -> Result<Node, Problem> {
        self.tree.mark(KeyKind::Array);
        let mut items = Vec::new();
        loop {
            self.skip_gap()?;
            match self.chars.peek()? {
                ',' => {
                    self.chars.next()?;
                    return Err(self.chars.problem("unexpected comma"));
                }
                ']' => break,
                _ => items.push(self.value(Parent::Array)?),
            }
            self.skip_gap()?;
            match self.chars.peek()? {
                ',' => self.chars.next()?,
                ']' => break,
                _ => {
                    let found = found(self.chars.next()?);
                    return Err(self.chars.problem(format!(
                        "expected a comma (',') or array terminator (']'), but got {found}"
                    )));
                }
            };
        }
        self.chars.next()?;
        Ok(Node::Array(Rc::new(items)))
    }

    fn inline_table(&mut self, parent: Parent) -> Result<Node, Problem> {
        let top = Table::default();
        let (outer, outer_key) = (self.tree.context.clone(), self.tree.key.clone());
        self.tree.enter_inline(parent)?;
        let context = self.tree.context.clone();
        loop {
            self.skip_gap()?;
            match self.chars.peek()? {
                ',' => {
                    self.chars.next()?;
                    return Err(self.chars.problem("unexpected comma"));
                }
                '}' => break,
                _ => self.inline_entry(&top)?,
            }
            self.tree.context.clone_from(&context);
            self.skip_gap()?;
            match self.chars.peek()? {
                ',' => self.chars.next()?,
                '}' => break,
                _ => {
                    let found = found(self.chars.next()?);
                    return Err(self.chars.problem(format!(
                        "expected a comma or an inline table terminator '}}', but got {found} instead"
                    )));
                }
            };
        }
        self.chars.next()?;
        self.tree.context = outer;
        self.tree.key = outer_key;
        Ok(Node::Table(top))
    }

    fn inline_entry(&mut self, top: &Table) -> Result<(), Problem> {
        let path = self.key()?;
        let node = self.value(Parent::Key)?;
        let kind = kind(&node);
        self.tree.set(self.tree.key.clone(), node.clone())?;
        self.tree.mark(kind);
        let mut table = Rc::clone(top);
        for name in path {
            let made = || Node::Table(Table::default());
            let next = table.borrow_mut().entry(name).or_insert_with(made).clone();
            match next {
                Node::Table(next) => table = next,
                _ => return Err(self.tree.no_table()),
            }
        }
        table.borrow_mut().insert(self.tree.key.clone(), node);
        Ok(())
    }
}

fn kind(node: &Node) -> KeyKind {
    match node {
        Node::Array(_) => KeyKind::Array,
        _ => KeyKind::Other,
    }
}

fn found(c: char) -> String {
    if c == END {
        "end of file".to_owned()
    } else {
        format!("'{c}'")
    }
}
