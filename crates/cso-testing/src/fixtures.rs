//! Decides how tests find data that stands beside the project: `../shared`, required in CI, optional elsewhere.

use std::path::{Path, PathBuf};

/// The folder `../shared/<path>` beside the project, or `None` when it is absent outside CI.
///
/// # Panics
/// With `CI=true` and the folder missing: a test in CI must not pass without having looked.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !ci,
        "{} is missing, and CI=true requires it",
        found.display()
    );
    None
}
