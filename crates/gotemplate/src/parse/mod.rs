//! Builds the tree of a text: lists of text and actions, and the templates the text defines.

mod control;
mod names;
mod operand;
mod pipeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Arena, Children, Node, NodeId, NodeKind, StringId, Template, Unit, VariableId};
use crate::error::{Error, ErrorKind, Frame, Location};
use crate::func::FuncMap;
use crate::lex::{Keyword, Lexer, Overridden, Token, TokenKind};
use crate::quote;
use crate::utf8;
use crate::value::Str;

/// Parentheses and control structures may be nested this deep. Go has the same limit for parentheses.
const MAX_DEPTH: u32 = 10_000;

/// A text, what it is called and how its actions are marked.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a Str,
    pub(crate) left: &'a [u8],
    pub(crate) right: &'a [u8],
    pub(crate) funcs: &'a FuncMap,
}

/// Parses a text into the templates it defines; its own content is one of them, under the text's name.
///
/// # Errors
/// The first error, as Go words it.
pub(crate) fn parse(source: &Source<'_>) -> Result<Vec<Template>, Error> {
    if u32::try_from(source.text.len()).is_err() {
        return Err(Error::new(Frame {
            kind: ErrorKind::Parse,
            location: Some(Location::of_line(source.name, b"", 1)),
            template: None,
            expression: String::new(),
            message: "template is larger than 4 GiB".to_owned(),
        }));
    }
    let mut parser = Parser::new(source);
    match parser.file() {
        Ok(()) => Ok(parser.into_templates()),
        Err(problem) => Err(parser.error(problem)),
    }
}

/// What is wrong, before the position is added.
#[derive(Debug)]
struct Problem {
    message: String,
    line: u32,
    undefined: Option<String>,
}

type Parsed<T> = Result<T, Problem>;

/// An element of a list, or what ended the list.
enum Item {
    Node(NodeId),
    End,
    /// With the position Go gives the list after it.
    Else(u32),
}

impl Item {
    fn shown(&self) -> &'static str {
        match self {
            Self::Else(_) => "{{else}}",
            _ => "{{end}}",
        }
    }
}

/// What belongs to one tree: the file, a `define`, a `block`.
#[derive(Default)]
struct Scope {
    variables: Vec<VariableId>,
    /// Where the action around begins, if one does.
    action: Option<u32>,
    range_depth: u32,
}

struct Root {
    list: NodeId,
    is_empty: bool,
}

/// Bytes of text per node, about: how many nodes to expect.
const NODE_EVERY: usize = 12;

struct Parser<'a> {
    source: &'a Source<'a>,
    lexer: Lexer<'a>,
    tokens: [Token; 3],
    peeked: usize,
    arena: Arena,
    /// Children of nodes that are not complete yet.
    unfinished: Vec<NodeId>,
    scope: Scope,
    depth: u32,
    roots: BTreeMap<String, Root>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let overridden = Overridden {
            break_: source.funcs.get("break").is_some(),
            continue_: source.funcs.get("continue").is_some(),
        };
        let nothing = Token::new(TokenKind::Eof, 0, 0);
        let mut parser = Self {
            source,
            lexer: Lexer::new(
                source.text.as_bytes(),
                (source.left, source.right),
                overridden,
            ),
            tokens: [nothing; 3],
            peeked: 0,
            arena: Arena::with_capacity(source.text.len() / NODE_EVERY),
            unfinished: Vec::with_capacity(32),
            scope: Scope::default(),
            depth: 0,
            roots: BTreeMap::new(),
        };
        parser.scope = parser.new_scope();
        parser
    }

    fn new_scope(&mut self) -> Scope {
        Scope {
            variables: vec![self.variable_id(b"$")],
            ..Scope::default()
        }
    }

    fn into_templates(mut self) -> Vec<Template> {
        self.arena.shrink();
        let unit = Arc::new(Unit {
            name: Arc::from(self.source.name),
            source: self.source.text.clone(),
            arena: self.arena,
        });
        self.roots
            .into_iter()
            .map(|(name, root)| Template {
                name: Arc::from(name),
                unit: Arc::clone(&unit),
                root: root.list,
                is_empty: root.is_empty,
            })
            .collect()
    }

    fn error(&self, problem: Problem) -> Error {
        let text = self.source.text.as_bytes();
        let kind = match problem.undefined {
            None => ErrorKind::Parse,
            Some(name) => ErrorKind::UndefinedFunction {
                nearest: names::nearest(&name, self.source.funcs),
                name,
            },
        };
        Error::new(Frame {
            kind,
            location: Some(Location::of_line(self.source.name, text, problem.line)),
            template: None,
            expression: String::new(),
            message: problem.message,
        })
    }

    // Tokens.

    fn text_of(&self, token: Token) -> &'a [u8] {
        token.span().of(self.source.text.as_bytes())
    }

    fn next(&mut self) -> Token {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lexer.next();
        }
        self.tokens[self.peeked]
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    /// Puts back two tokens; the last one is still in its place.
    fn backup2(&mut self, first: Token) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    /// Puts back three tokens; the last one is still in its place.
    fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.lexer.next();
        }
        self.tokens[self.peeked - 1]
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(token, context))
        }
    }

    // Errors.

    /// The line of the token read last.
    fn line(&self) -> u32 {
        self.line_of(self.tokens[0].pos())
    }

    fn line_of(&self, pos: u32) -> u32 {
        1 + utf8::line_breaks(&self.source.text.as_bytes()[..pos as usize])
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            line: self.line(),
            undefined: None,
        }
    }

    fn unexpected(&self, token: Token, context: &str) -> Problem {
        if token.kind != TokenKind::Error {
            return self.problem(format!(
                "unexpected {} in {context}",
                shown(token.kind, self.text_of(token))
            ));
        }
        let mut message = self.lexer.error().to_owned();
        let started = self.scope.action.map(|pos| self.line_of(pos));
        if let Some(started) = started
            && started != self.line_of(token.pos())
        {
            let word = if message.ends_with(" action") {
                ""
            } else {
                " in action"
            };
            message = format!("{message}{word} started at {}:{started}", self.source.name);
        }
        self.problem(message)
    }

    // Nodes.

    fn node(&mut self, pos: u32, kind: NodeKind) -> NodeId {
        self.arena.nodes.push(Node { pos, kind });
        (self.arena.nodes.len() - 1) as NodeId
    }

    /// The nodes put aside since then, as the children of a node.
    fn finished(&mut self, mark: usize) -> Children {
        let children = self.arena.add_children(&self.unfinished[mark..]);
        self.unfinished.truncate(mark);
        children
    }

    fn kind(&self, id: NodeId) -> &NodeKind {
        self.arena.kind(id)
    }

    fn string_id(&mut self, text: Str) -> StringId {
        self.arena.strings.push(text);
        (self.arena.strings.len() - 1) as StringId
    }

    fn variable_id(&mut self, name: &[u8]) -> VariableId {
        let variables = &mut self.arena.variables;
        let known = variables.iter().position(|v| v.as_bytes() == name);
        let at = known.unwrap_or_else(|| {
            variables.push(String::from_utf8_lossy(name).into());
            variables.len() - 1
        });
        at as VariableId
    }

    // Lists.

    /// The whole text: like a list, but templates may be defined here.
    fn file(&mut self) -> Parsed<()> {
        let pos = self.peek().pos();
        let mark = self.unfinished.len();
        while self.peek().kind != TokenKind::Eof {
            if self.peek().kind == TokenKind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == TokenKind::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => self.unfinished.push(node),
                end => return Err(self.problem(format!("unexpected {}", end.shown()))),
            }
        }
        let items = self.finished(mark);
        let list = self.node(pos, NodeKind::List(items));
        self.add_root(self.source.name.to_owned(), list)
    }

    /// `{{define "name"}} list {{end}}`; the keyword is past.
    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let scope = self.new_scope();
        let outer = std::mem::replace(&mut self.scope, scope);
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(TokenKind::RightDelim, CONTEXT)?;
        let (list, end) = self.item_list()?;
        if !matches!(end, Item::End) {
            return Err(self.problem(format!("unexpected {} in {CONTEXT}", end.shown())));
        }
        self.add_root(name, list)?;
        self.scope = outer;
        Ok(())
    }

    /// Files a template. The same name twice in one text is an error unless one of them is empty.
    fn add_root(&mut self, name: String, list: NodeId) -> Parsed<()> {
        let is_empty = self.is_empty(list);
        match self.roots.get(&name) {
            Some(old) if !old.is_empty => {
                if is_empty {
                    return Ok(());
                }
                let name = quote::quoted(name.as_bytes());
                Err(self.problem(format!("template: multiple definition of template {name}")))
            }
            _ => {
                self.roots.insert(name, Root { list, is_empty });
                Ok(())
            }
        }
    }

    fn is_empty(&self, list: NodeId) -> bool {
        let NodeKind::List(items) = self.kind(list) else {
            return false;
        };
        let items = self.arena.children(*items);
        items.iter().all(|item| match self.kind(*item) {
            NodeKind::Text(span) => is_blank(span.of(self.source.text.as_bytes())),
            _ => false,
        })
    }

    /// Text and actions up to `{{end}}` or `{{else}}`.
    fn item_list(&mut self) -> Parsed<(NodeId, Item)> {
        let pos = self.peek_non_space().pos();
        let mark = self.unfinished.len();
        while self.peek_non_space().kind != TokenKind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => self.unfinished.push(node),
                end => {
                    let items = self.finished(mark);
                    let list = self.node(pos, NodeKind::List(items));
                    return Ok((list, end));
                }
            }
        }
        Err(self.problem("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => {
                let text = NodeKind::Text(token.span());
                Ok(Item::Node(self.node(token.pos(), text)))
            }
            TokenKind::LeftDelim => {
                self.scope.action = Some(token.pos());
                let item = self.action()?;
                self.scope.action = None;
                Ok(item)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }
}

/// Space as Go's `bytes.TrimSpace` sees it.
fn is_blank(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).chars().all(|c| {
        matches!(
            c,
            '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}'
        ) || (!c.is_ascii() && c.is_whitespace())
    })
}

/// A token as errors show it.
fn shown(kind: TokenKind, text: &[u8]) -> String {
    match kind {
        TokenKind::Eof => "EOF".to_owned(),
        TokenKind::Keyword(_) | TokenKind::Dot | TokenKind::Nil => {
            format!("<{}>", String::from_utf8_lossy(text))
        }
        _ if text.len() > 10 => {
            let end = crate::utf8::prefix_len(text, 10);
            format!("{}...", quote::quoted(&text[..end]))
        }
        _ => quote::quoted(text),
    }
}
