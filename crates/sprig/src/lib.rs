//! The Sprig template functions, as Helm exposes them.
#![doc = include_str!("../README.md")]

mod abbreviate;
#[cfg(feature = "crypto")]
mod aes;
mod ambient;
mod args;
mod case;
mod cast;
#[cfg(feature = "crypto")]
mod certificates;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod equal;
mod flow;
mod json;
mod lists;
mod math;
mod merge;
mod network;
#[cfg(feature = "crypto")]
mod passwords;
mod paths;
mod print;
mod random;
mod regex;
mod runes;
mod semver;
mod sets;
mod string_lists;
mod strings;
mod table;
mod types;
mod url;
mod words;
mod wrap;

pub use ambient::{Ambient, Record};
pub use args::{spend_on, spend_on_reading};
pub use jiff;
pub use semver::{compare_versions, is_version, is_version_constraint, version_satisfies};
pub use sets::{add_to, functions, slim};
