//! Decides what `--name-template` makes of its template.

use gotemplate::{Execution, Frame, FuncMap, TemplateSet, Value};
use sprig::Ambient;

use crate::error::TemplateErrorDetails;

/// A template for a name that cannot be parsed or failed; the text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(pub gotemplate::Error);

impl TemplateErrorDetails for gotemplate::Error {
    fn frames(&self) -> Vec<&Frame> {
        gotemplate::Error::frames(self).collect()
    }

    fn suggestion(&self) -> Option<&str> {
        match self.kind() {
            gotemplate::ErrorKind::UndefinedFunction { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }

    fn is_limit(&self) -> bool {
        gotemplate::Error::is_limit(self)
    }
}

/// The name that the template renders, with the functions of Sprig and without data.
///
/// # Errors
/// A template that cannot be parsed or executed.
pub fn render_name(template: &str, ambient: Ambient) -> Result<String, NameError> {
    let mut functions = FuncMap::new();
    sprig::add_to(&mut functions);
    let mut set = TemplateSet::new("name-template", functions);
    set.parse("name-template", template).map_err(NameError)?;
    let name = Execution::new(&set)
        .with_state(ambient)
        .execute("name-template", &Value::Nil)
        .map_err(NameError)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}
