//! Which of the problems that were found Helm's validator comes to.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

/// The errors Helm's validator comes to: where the type is wrong it looks no further, nor where a constant, an enumeration
/// or a format is.
pub(super) fn heard<'e, 'i>(errors: &[&'e ValidationError<'i>]) -> Vec<&'e ValidationError<'i>> {
    let stops: Vec<(String, usize)> = errors
        .iter()
        .filter_map(|error| Some((schema_of(error), stop(error)?)))
        .collect();
    let is_heard = |error: &&&ValidationError<'_>| {
        let (path, own) = (error.schema_path().to_string(), schema_of(error));
        !stops.iter().any(|(schema, before)| {
            let within = path
                .strip_prefix(schema.as_str())
                .is_some_and(|rest| rest.starts_with('/'));
            let is_first = own == *schema && stop(error).is_some_and(|at| at <= *before);
            within && !is_first
        })
    };
    errors.iter().filter(is_heard).copied().collect()
}

/// The place of the schema whose keyword failed.
fn schema_of(error: &ValidationError<'_>) -> String {
    let path = error.schema_path().to_string();
    path.rsplit_once('/')
        .map_or_else(String::new, |(schema, _)| schema.to_owned())
}

/// The place of a keyword among those that end the validation of a value when they fail.
fn stop(error: &ValidationError<'_>) -> Option<usize> {
    match error.kind() {
        Kind::Type { .. } => Some(0),
        Kind::Constant { .. } => Some(1),
        Kind::Enum { .. } => Some(2),
        Kind::Format { .. } => Some(3),
        _ => None,
    }
}
