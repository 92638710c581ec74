//! The program `csctl`.

use std::process::ExitCode;

fn main() -> ExitCode {
    csctl::main()
}
