//! Links programs on Linux as one file that starts quickly and runs on any distribution, or in an empty image. For their
//! build scripts.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "cargo is told by printing, and tells by variables"
)]

use std::path::{Path, PathBuf};

const NAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/names.c");

/// Nothing, or why a program cannot be linked.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Tells cargo how to link the programs of the package whose build script calls this. It changes nothing but for Linux with
/// glibc.
///
/// * To a fixed address: otherwise each of 33 000 (`csctl`) or 68 000 (`cso-operator`) pointers has to be changed at start, in
///   pages that are then kept in memory. Stack and heap still lie at random addresses.
/// * With GCC's unwinder inside, as C programs do by `-static-libgcc`, and with glibc inside where there is an archive of it:
///   finding and loading them took a fifth of a short run.
///
/// # Errors
///
/// The C compiler that links everything else is missing or does not work.
pub fn one_file() -> Result {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NAMES}");
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return Ok(());
    }
    if is("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        // Rust has been told to link so by itself.
        return names_are_looked_up_inside();
    }
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    argument("-no-pie");
    argument(&format!("-L{}", folder.display()));
    stand_in(&folder, "gcc_s", "-lgcc -lgcc_eh")?;
    if has_archive_of_glibc()? {
        argument("-static");
        stand_in(&folder, "m", "-l:libm.a")?;
        stand_in(&folder, "c", "-l:libc.a -lgcc -lgcc_eh")?;
        names_are_looked_up_inside()?;
    }
    Ok(())
}

/// Rust asks for libraries by name; the name of this one is made to lead to archives.
fn stand_in(folder: &Path, library: &str, archives: &str) -> std::io::Result<()> {
    let script = format!("GROUP({archives})\n");
    std::fs::write(folder.join(format!("lib{library}.so")), script)
}

/// Distributions bring it with the headers of glibc, or in a package `glibc-static`.
fn has_archive_of_glibc() -> Result<bool> {
    let mut compiler = compiler().try_get_compiler()?.to_command();
    let found = compiler.arg("-print-file-name=libc.a").output()?.stdout;
    Ok(found.starts_with(b"/"))
}

fn names_are_looked_up_inside() -> Result {
    let objects = compiler().file(NAMES).try_compile_intermediates()?;
    for object in objects {
        argument(&object.display().to_string());
    }
    Ok(())
}

fn compiler() -> cc::Build {
    let mut compiler = cc::Build::new();
    compiler.cargo_metadata(false);
    compiler
}

fn argument(argument: &str) {
    println!("cargo::rustc-link-arg-bins={argument}");
}

fn is(variable: &str, value: &str) -> bool {
    std::env::var(variable).is_ok_and(|found| found.split(',').any(|one| one == value))
}
