//! The Sprig template functions, as Helm exposes them.
