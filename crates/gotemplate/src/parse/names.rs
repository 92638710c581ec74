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

/// The edits between two names, case aside; two letters that changed places are one edit.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let substituted = row[j] + usize::from(a[i] != b[j]);
            let mut edits = substituted.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                let swapped: usize = before[j - 1];
                edits = edits.min(swapped + 1);
            }
            next.push(edits);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn letters_that_changed_places_are_one_slip() {
        assert_eq!(distance("qoute", "quote"), 1);
        assert_eq!(distance("to_yaml", "toYaml"), 1);
        assert_eq!(distance("nindnt", "nindent"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert!(distance("lower", "upper") > 1);
    }
}
