//! csctl.

fn main() {}
