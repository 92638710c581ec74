//! Keeps the patterns that were compiled last: templates use the same few again and again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::pattern::Pattern;

/// How many patterns a thread keeps.
const PATTERNS: usize = 64;
/// Longer sources are compiled each time.
const LONGEST: usize = 4096;

thread_local! {
    static KEPT: RefCell<BTreeMap<Vec<u8>, Rc<Pattern>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The compiled pattern.
///
/// # Errors
/// As [`Pattern::compile`].
pub(super) fn pattern(source: &[u8]) -> Result<Rc<Pattern>, String> {
    if let Some(found) = KEPT.with_borrow(|kept| kept.get(source).cloned()) {
        return Ok(found);
    }
    let compiled = Rc::new(Pattern::compile(source)?);
    if source.len() <= LONGEST {
        KEPT.with_borrow_mut(|kept| {
            if kept.len() >= PATTERNS {
                kept.clear();
            }
            kept.insert(source.to_vec(), Rc::clone(&compiled));
        });
    }
    Ok(compiled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_while_it_is_kept() {
        let first = pattern(b"^a+$").expect("a pattern");
        assert!(Rc::ptr_eq(&first, &pattern(b"^a+$").expect("a pattern")));
    }

    #[test]
    fn only_so_many_patterns_are_kept() {
        for number in 0..10 * PATTERNS {
            pattern(format!("x{number}").as_bytes()).expect("a pattern");
        }
        assert!(KEPT.with_borrow(BTreeMap::len) <= PATTERNS);
    }

    #[test]
    fn what_does_not_compile_fails_each_time() {
        assert!(pattern(b"(").is_err());
        assert!(pattern(b"(").is_err());
    }
}
