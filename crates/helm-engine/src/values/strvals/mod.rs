//! Decides what `--set a.b[0]=c,d=e` and its kin change in the values: Helm's `strvals`, with its errors and oddities.

mod line;
mod target;
mod typed;

use std::collections::BTreeMap;

use gotemplate::{Data, Str};

use line::Line;
use target::{Setter, Stop};

/// Reads what a path names: `--set-file` hands over the path, the answer is the content or why there is none.
pub type ReadFile<'f> = &'f mut dyn FnMut(&str) -> Result<Str, String>;

/// How the text after the `=` is read: one for each flag of Helm.
pub enum Setting<'f> {
    /// `--set`: `true`, `false`, `null` and integers are what they look like, all else is a string.
    Typed,
    /// `--set-string`: always a string.
    Text,
    /// `--set-literal`: always a string, to the end of the line, without escapes, commas and lists.
    Literal,
    /// `--set-json`: JSON.
    Json,
    /// `--set-file`: the content of the file of that name.
    File(ReadFile<'f>),
}

/// A line that cannot be followed; the text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetError(String);

/// Follows one line, `a=1,b.c[0]=2`. What the line does not name stays as it is.
///
/// ```
/// use std::collections::BTreeMap;
/// use helm_engine::values::{Setting, parse_values, set};
///
/// let mut values = BTreeMap::new();
/// set(&mut values, "image.tag=v1,ports[1]=80,old=null", Setting::Typed)?;
/// assert_eq!(values.len(), 3);
/// # Ok::<(), helm_engine::values::SetError>(())
/// ```
///
/// # Errors
/// A line that is not of that form, or that goes through a value which is no table or list; the values may then have
/// changed in part.
pub fn set(
    values: &mut BTreeMap<Str, Data>,
    line: &str,
    setting: Setting<'_>,
) -> Result<(), SetError> {
    let mut setter = Setter {
        line: Line::new(line, !matches!(setting, Setting::Literal)),
        setting,
    };
    loop {
        match setter.key(values, 0, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(text)) => return Err(SetError(text)),
        }
    }
}
