//! Which function the author of a template may have meant.

use crate::builtin::Builtin;
use crate::func::FuncMap;

/// The function whose name is nearest to a name that does not exist, if it is near enough to be a slip.
pub(super) fn nearest(name: &str, funcs: &FuncMap) -> Option<String> {
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    Builtin::names()
        .chain(funcs.names())
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// The edits between two names, case aside.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
