//! Template sets: texts parsed together that can call each other, and the functions they may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::Template;
use crate::error::Error;
use crate::func::FuncMap;
use crate::parse::{self, Source};
use crate::value::Str;

/// Templates by name, with the functions and delimiters they were parsed with.
///
/// `Send` and `Sync`: parse once, execute on any thread any number of times. Cloning is cheap per template.
#[derive(Clone)]
pub struct TemplateSet {
    name: Arc<str>,
    templates: BTreeMap<Arc<str>, Arc<Template>>,
    pub(crate) grammar: Arc<Grammar>,
}

/// The templates one text defines, parsed. Cheap to clone.
#[derive(Clone)]
pub struct Parsed(Arc<[Arc<Template>]>);

/// What decides how a text is parsed.
pub(crate) struct Grammar {
    funcs: FuncMap,
    left: String,
    right: String,
}

impl TemplateSet {
    /// An empty set. The name is what errors call it: Helm's is `gotpl`.
    pub fn new(name: &str, funcs: FuncMap) -> Self {
        Self::with_delimiters(name, funcs, "{{", "}}")
    }

    /// An empty set whose actions stand between other delimiters, such as `<<` and `>>`.
    /// An empty delimiter stands for the default, as in Go.
    pub fn with_delimiters(name: &str, funcs: FuncMap, left: &str, right: &str) -> Self {
        let or =
            |given: &str, default: &str| if given.is_empty() { default } else { given }.to_owned();
        Self {
            name: Arc::from(name),
            templates: BTreeMap::new(),
            grammar: Arc::new(Grammar {
                funcs,
                left: or(left, "{{"),
                right: or(right, "}}"),
            }),
        }
    }

    /// The name of the set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The functions its templates may call.
    pub fn funcs(&self) -> &FuncMap {
        &self.grammar.funcs
    }

    /// Parses a text under that name and adds what it defines. A later template replaces an earlier one of the same
    /// name, unless the later one is empty but for space, comments and definitions.
    ///
    /// # Errors
    /// The text is no template; nothing was added then.
    pub fn parse(&mut self, name: &str, text: impl Into<Str>) -> Result<(), Error> {
        let parsed = self.read(name, text)?;
        self.add(&parsed);
        Ok(())
    }

    /// Parses a text as [`TemplateSet::parse`] does, but adds nothing: what it defines can be added to this set and to
    /// its clones, any number of times.
    ///
    /// # Errors
    /// The text is no template.
    pub fn read(&self, name: &str, text: impl Into<Str>) -> Result<Parsed, Error> {
        let templates = self.grammar.parse(name, &text.into())?;
        Ok(Parsed(templates.into_iter().map(Arc::new).collect()))
    }

    /// Adds what a parsed text defines, by the rule of [`TemplateSet::parse`]. The functions it calls are those of the
    /// set that read it.
    pub fn add(&mut self, parsed: &Parsed) {
        for template in &*parsed.0 {
            add(
                &mut self.templates,
                Arc::clone(&template.name),
                Arc::clone(template),
            );
        }
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.templates.contains_key(name)
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(|name| &**name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Template>> {
        self.templates.get(name)
    }
}

impl Grammar {
    /// The templates a text defines, itself among them.
    pub(crate) fn parse(&self, name: &str, text: &Str) -> Result<Vec<Template>, Error> {
        parse::parse(&Source {
            name,
            text,
            left: self.left.as_bytes(),
            right: self.right.as_bytes(),
            funcs: &self.funcs,
        })
    }
}

/// Adds a template by Go's rule: an empty one does not replace another.
fn add(templates: &mut BTreeMap<Arc<str>, Arc<Template>>, name: Arc<str>, template: Arc<Template>) {
    if template.is_empty && templates.contains_key(&name) {
        return;
    }
    templates.insert(name, template);
}
