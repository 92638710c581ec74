//! Actions: control structures, `template`, `block`, or a pipeline whose value is printed.

use super::{Item, MAX_DEPTH, Parsed, Parser};
use crate::ast::{Branch, NodeId, NodeKind};
use crate::lex::{Keyword, Token, TokenKind};
use crate::quote;
use crate::stack;

/// The structures with a condition and two lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    If,
    Range,
    With,
}

impl Control {
    fn context(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Range => "range",
            Self::With => "with",
        }
    }

    fn node(self, branch: Branch) -> NodeKind {
        match self {
            Self::If => NodeKind::If(branch),
            Self::Range => NodeKind::Range(branch),
            Self::With => NodeKind::With(branch),
        }
    }
}

impl Parser<'_> {
    /// What follows a left delimiter.
    pub(super) fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let TokenKind::Keyword(keyword) = token.kind else {
            return self.printed();
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.loop_exit(token, "{{break}}", NodeKind::Break)?,
            Keyword::Continue => self.loop_exit(token, "{{continue}}", NodeKind::Continue)?,
            Keyword::Else => return self.else_(),
            Keyword::End => {
                self.expect(TokenKind::RightDelim, "end")?;
                return Ok(Item::End);
            }
            Keyword::If => self.control(Control::If)?,
            Keyword::Range => self.control(Control::Range)?,
            Keyword::Template => self.template()?,
            Keyword::With => self.control(Control::With)?,
            Keyword::Define => return self.printed(),
        };
        Ok(Item::Node(node))
    }

    /// A pipeline to print. Variables it declares live until the enclosing `end`.
    fn printed(&mut self) -> Parsed<Item> {
        self.backup();
        let pos = self.peek().pos();
        let pipe = self.pipeline("command", TokenKind::RightDelim)?;
        Ok(Item::Node(self.node(pos, NodeKind::Action(pipe))))
    }

    fn loop_exit(&mut self, keyword: Token, shown: &str, kind: NodeKind) -> Parsed<NodeId> {
        self.expect(TokenKind::RightDelim, shown)?;
        if self.scope.range_depth == 0 {
            return Err(self.problem(format!("{shown} outside {{{{range}}}}")));
        }
        Ok(self.node(keyword.pos(), kind))
    }

    /// `{{else}}`; of `{{else if` and `{{else with` the second word is left for the caller.
    fn else_(&mut self) -> Parsed<Item> {
        let token = self.peek_non_space();
        if matches!(token.kind, TokenKind::Keyword(Keyword::If | Keyword::With)) {
            return Ok(Item::Else(token.pos()));
        }
        let token = self.expect(TokenKind::RightDelim, "else")?;
        Ok(Item::Else(token.pos()))
    }

    fn control(&mut self, control: Control) -> Parsed<NodeId> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem("max nesting depth exceeded"));
        }
        let node = stack::grow(|| self.branch(control))?;
        self.depth -= 1;
        Ok(node)
    }

    fn branch(&mut self, control: Control) -> Parsed<NodeId> {
        let mark = self.scope.variables.len();
        let pipe = self.pipeline(control.context(), TokenKind::RightDelim)?;
        let in_range = u32::from(control == Control::Range);
        self.scope.range_depth += in_range;
        let (list, next) = self.item_list()?;
        self.scope.range_depth -= in_range;
        let else_list = match next {
            Item::Else(pos) => Some(self.else_list(control, pos)?),
            _ => None,
        };
        self.scope.variables.truncate(mark);
        let pos = self.arena.nodes[pipe as usize].pos;
        Ok(self.node(
            pos,
            control.node(Branch {
                pipe,
                list,
                else_list,
            }),
        ))
    }

    /// The second list. `{{else if}}` is an `{{else}}` with an `{{if}}` in it that shares its `{{end}}`.
    fn else_list(&mut self, control: Control, pos: u32) -> Parsed<NodeId> {
        let next = self.peek().kind;
        let chained = match control {
            Control::If => next == TokenKind::Keyword(Keyword::If),
            Control::With => next == TokenKind::Keyword(Keyword::With),
            Control::Range => false,
        };
        if chained {
            self.next();
            let node = self.control(control)?;
            let only = self.arena.add_children(&[node]);
            return Ok(self.node(pos, NodeKind::List(only)));
        }
        let (list, end) = self.item_list()?;
        match end {
            Item::End => Ok(list),
            other => Err(self.problem(format!("expected end; found {}", other.shown()))),
        }
    }

    /// `{{template "name" pipeline}}`; the keyword is past.
    fn template(&mut self) -> Parsed<NodeId> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = if self.next_non_space().kind == TokenKind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, TokenKind::RightDelim)?)
        };
        let name = self.string_id(name.into());
        Ok(self.node(token.pos(), NodeKind::Template { name, pipe }))
    }

    /// `{{block "name" pipeline}} list {{end}}`: defines a template and executes it here; the keyword is past.
    fn block(&mut self) -> Parsed<NodeId> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        let line = self.line();
        let scope = self.new_scope();
        let outer = std::mem::replace(&mut self.scope, scope);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem("max nesting depth exceeded"));
        }
        let (list, end) = stack::grow(|| self.item_list())?;
        self.depth -= 1;
        if !matches!(end, Item::End) {
            let mut problem = self.problem(format!("unexpected {} in {CONTEXT}", end.shown()));
            problem.line = line;
            return Err(problem);
        }
        self.add_root(name.clone(), list)?;
        self.scope = outer;
        let name = self.string_id(name.into());
        Ok(self.node(
            token.pos(),
            NodeKind::Template {
                name,
                pipe: Some(pipe),
            },
        ))
    }

    pub(super) fn template_name(&mut self, token: Token, context: &str) -> Parsed<String> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => {
                let name = quote::unquote(self.text_of(token));
                let name = name.ok_or_else(|| self.problem("invalid syntax"))?;
                Ok(String::from_utf8_lossy(&name).into_owned())
            }
            _ => Err(self.unexpected(token, context)),
        }
    }
}
