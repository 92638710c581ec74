//! Groups problems by the schemas they are of: that of a property, of an item, of a branch. Several problems of one schema
//! stand below a line of their own in Helm's report.

use jsonschema::ValidationError;

/// What lies deeper is told as if it lay here.
const DEEPEST: usize = 100;

/// The problems of one schema and of those it consists of.
pub(super) struct Node<'e, 'i> {
    /// What the schema is applied to, as a JSON pointer.
    pub(super) at: String,
    pub(super) entries: Vec<Entry<'e, 'i>>,
}

pub(super) enum Entry<'e, 'i> {
    Problem(&'e ValidationError<'i>),
    Within(Step, Node<'e, 'i>),
}

/// A step from a schema to what is within it.
#[derive(PartialEq, Eq)]
pub(super) struct Step {
    /// How it is reached, with the property or item it is applied to.
    by: String,
    pub(super) to: Within,
}

/// What may be within a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Schema,
    /// A schema elsewhere that is referred to.
    Reference,
    /// The branches of an `allOf`.
    Branches,
}

impl<'e, 'i> Node<'e, 'i> {
    /// The tree of problems below a place in the schema; all are of this value or within it.
    pub(super) fn of(errors: &[&'e ValidationError<'i>], schema: &str, at: &str) -> Self {
        let mut root = Self::new(at.to_owned());
        for error in errors {
            let path = error.evaluation_path().as_str();
            let path = path.strip_prefix(schema).unwrap_or(path);
            let below = error.instance_path().as_str().strip_prefix(at);
            let tokens: Vec<&str> = below.unwrap_or("").split('/').skip(1).collect();
            let mut steps = steps(path);
            steps.truncate(DEEPEST);
            root.add(error, &steps, &tokens);
        }
        root
    }

    /// Where the report begins: a schema whose only problems are of one schema within it is not worth a line.
    pub(super) fn begin(&self) -> &Self {
        match &self.entries[..] {
            [Entry::Within(step, only)] if step.to == Within::Schema => only.begin(),
            _ => self,
        }
    }

    fn new(at: String) -> Self {
        Self {
            at,
            entries: Vec::new(),
        }
    }

    fn add(&mut self, error: &'e ValidationError<'i>, steps: &[Parsed<'_>], tokens: &[&str]) {
        let Some((parsed, steps)) = steps.split_first() else {
            self.entries.push(Entry::Problem(error));
            return;
        };
        let (taken, rest) = tokens.split_at(parsed.takes.min(tokens.len()));
        let step = Step {
            by: format!("{} {}", parsed.by, taken.join("/")),
            to: match parsed.by {
                "allOf" => Within::Branches,
                "$ref" | "$dynamicRef" => Within::Reference,
                _ => Within::Schema,
            },
        };
        let known = self
            .entries
            .iter()
            .position(|entry| matches!(entry, Entry::Within(other, _) if *other == step));
        let place = known.unwrap_or_else(|| {
            let at = taken
                .iter()
                .fold(self.at.clone(), |at, token| at + "/" + token);
            self.entries.push(Entry::Within(step, Self::new(at)));
            self.entries.len() - 1
        });
        if let Entry::Within(_, node) = &mut self.entries[place] {
            node.add(error, steps, rest);
        }
    }
}

/// A step as the path of a keyword has it.
struct Parsed<'p> {
    by: &'p str,
    /// How much of the path of the value it goes.
    takes: usize,
}

/// The steps to the schema whose keyword the path ends with.
fn steps(path: &str) -> Vec<Parsed<'_>> {
    let mut steps = Vec::new();
    let mut rest = path.split('/').skip(1).peekable();
    while let Some(by) = rest.next() {
        let is_index = |next: &&str| next.bytes().all(|byte| byte.is_ascii_digit());
        match by {
            "properties" | "patternProperties" | "prefixItems" => {
                rest.next();
                steps.push(Parsed { by, takes: 1 });
            }
            _ if rest.peek().is_none() => {}
            "items" => {
                rest.next_if(is_index);
                steps.push(Parsed { by, takes: 1 });
            }
            "additionalProperties" | "additionalItems" | "contains" => {
                steps.push(Parsed { by, takes: 1 });
            }
            "allOf" => {
                steps.push(Parsed { by, takes: 0 });
                steps.extend(rest.next().map(|by| Parsed { by, takes: 0 }));
            }
            "dependentSchemas" | "dependencies" | "anyOf" | "oneOf" => {
                steps.extend(rest.next().map(|by| Parsed { by, takes: 0 }));
            }
            by => steps.push(Parsed { by, takes: 0 }),
        }
    }
    steps
}
