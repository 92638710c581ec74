//! Recursion that cannot overflow: every recursive walk of the crate grows the stack before it runs out.

/// What must be left on the stack before going one level deeper.
const RED_ZONE: usize = 256 * 1024;
/// What is added when less is left.
const SEGMENT: usize = 4 * 1024 * 1024;

/// Runs the function with enough stack.
pub(crate) fn grow<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, SEGMENT, f)
}
