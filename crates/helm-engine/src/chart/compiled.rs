//! What a chart keeps from one render to the next: its templates parsed and its schema compiled, on first use.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gotemplate::{Parsed, Str};
use jsonschema::Validator;

use crate::values::SimpleSchema;

/// Shared by the clones of a chart. Everything is kept with the text it was made of, and made again for another text.
#[derive(Clone, Default)]
pub(crate) struct Compiled(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// By the path in the release, which aliases of the chart change.
    templates: BTreeMap<String, (Str, Parsed)>,
    schema: Option<(Str, Arc<Validator>)>,
    /// `None` in the pair = the schema is not simple.
    simple_schema: Option<(Str, Option<Arc<SimpleSchema>>)>,
}

impl Compiled {
    /// The template file of that path and text, parsed by the function if it was not before.
    pub(crate) fn template<E>(
        &self,
        path: &str,
        text: &Str,
        parse: impl FnOnce() -> Result<Parsed, E>,
    ) -> Result<Parsed, E> {
        if let Some((of, parsed)) = self.kept().templates.get(path)
            && of == text
        {
            return Ok(parsed.clone());
        }
        let parsed = parse()?;
        let entry = (text.clone(), parsed.clone());
        self.kept().templates.insert(path.to_owned(), entry);
        Ok(parsed)
    }

    /// The validator of a schema, compiled by the function if it was not before.
    pub(crate) fn schema<E>(
        &self,
        text: &Str,
        compile: impl FnOnce() -> Result<Validator, E>,
    ) -> Result<Arc<Validator>, E> {
        if let Some((of, validator)) = &self.kept().schema
            && of == text
        {
            return Ok(Arc::clone(validator));
        }
        let validator = Arc::new(compile()?);
        self.kept().schema = Some((text.clone(), Arc::clone(&validator)));
        Ok(validator)
    }

    /// A schema that is simple, read by the function if it was not before.
    pub(crate) fn simple_schema(
        &self,
        text: &Str,
        read: impl FnOnce() -> Option<SimpleSchema>,
    ) -> Option<Arc<SimpleSchema>> {
        if let Some((of, simple)) = &self.kept().simple_schema
            && of == text
        {
            return simple.clone();
        }
        let simple = read().map(Arc::new);
        self.kept().simple_schema = Some((text.clone(), simple.clone()));
        simple
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing is ever half changed under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let templates = self.kept().templates.len();
        f.debug_struct("Compiled")
            .field("templates", &templates)
            .finish_non_exhaustive()
    }
}
