//! Links the program on Linux so that it starts quickly: nothing of it has to be moved or looked up in other files that it
//! can do without.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| {
        std::env::var(name).is_ok_and(|found| found.split(',').any(|one| one == value))
    };
    let is_static = is("CARGO_CFG_TARGET_FEATURE", "crt-static");
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_static {
        // To a fixed address. Moving it to a random one took a fifth of a short run: each of 33 000 pointers has to be
        // changed, in 140 pages. Libraries, stack and heap still lie at random addresses.
        println!("cargo::rustc-link-arg-bins=-no-pie");
        unwinder_inside()?;
    }
    Ok(())
}

/// Takes the unwinder of GCC into the program, as C programs do by `-static-libgcc`. Rust asks for the library by name, so
/// that name is made to lead to the archive. Loading the library took a thirtieth of a short run.
fn unwinder_inside() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(folder.join("libgcc_s.so"), "INPUT(-lgcc -lgcc_eh)\n")?;
    println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
    Ok(())
}
