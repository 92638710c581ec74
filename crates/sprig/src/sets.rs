//! Which functions there are: all of Sprig, and the subset slim-sprig has.

use std::sync::LazyLock;

use gotemplate::{FuncMap, Function};

use crate::{
    crypto, dates, defaults, dicts, encoding, flow, json, lists, math, network, paths, random,
    regex, semver, string_lists, strings, types, url,
};

/// The chapters both sets share as they are. Of the strings, some are Sprig's alone: see [`NOT_SLIM`].
const SHARED: &[fn() -> &'static [Function]] = &[
    || strings::FUNCTIONS,
    || string_lists::FUNCTIONS,
    || defaults::FUNCTIONS,
    || encoding::FUNCTIONS,
    || lists::FUNCTIONS,
    || dicts::FUNCTIONS,
    || types::FUNCTIONS,
    || paths::FUNCTIONS,
    || flow::FUNCTIONS,
    || crypto::CHECKSUMS,
    || json::FUNCTIONS,
    || regex::FUNCTIONS,
    || dates::FUNCTIONS,
    || url::FUNCTIONS,
];

const SPRIG_ONLY: &[fn() -> &'static [Function]] = &[
    || math::FUNCTIONS,
    || math::DECIMAL,
    || lists::SLICES,
    || dicts::COPYING,
    || semver::FUNCTIONS,
    || random::FUNCTIONS,
    || network::FUNCTIONS,
    #[cfg(feature = "crypto")]
    || crate::passwords::FUNCTIONS,
    #[cfg(feature = "crypto")]
    || crate::aes::FUNCTIONS,
    #[cfg(feature = "crypto")]
    || crate::certificates::FUNCTIONS,
];

const SLIM_ONLY: &[fn() -> &'static [Function]] = &[|| math::SLIM, || lists::SLIM_SLICES];

/// Names in the shared chapters that slim-sprig leaves out.
const NOT_SLIM: &[&str] = &[
    "abbrev",
    "abbrevboth",
    "camelcase",
    "initials",
    "kebabcase",
    "nospace",
    "sha512sum",
    "snakecase",
    "swapcase",
    "untitle",
    "wrap",
    "wrapWith",
];

/// The functions of Sprig 3.3, without `env` and `expandenv`, which Helm removes. Passwords, keys and certificates are there
/// with the feature `crypto` only.
pub fn functions() -> &'static [Function] {
    static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
        let chapters = SHARED.iter().chain(SPRIG_ONLY);
        chapters
            .flat_map(|chapter| chapter().iter().copied())
            .collect()
    });
    &ALL
}

/// The functions of slim-sprig v20230315 except `env`, `expandenv` and `getHostByName`.
/// Their numbers follow slim-sprig's conversion rules: `int "0x10"` is 0.
pub fn slim() -> &'static [Function] {
    static SLIM: LazyLock<Vec<Function>> = LazyLock::new(|| {
        let chapters = SHARED.iter().chain(SLIM_ONLY);
        chapters
            .flat_map(|chapter| chapter().iter().copied())
            .filter(|function| !NOT_SLIM.contains(&function.name))
            .collect()
    });
    &SLIM
}

/// Adds every function of Sprig to a template's functions.
pub fn add_to(functions: &mut FuncMap) {
    let chapters = SHARED.iter().chain(SPRIG_ONLY);
    functions.extend(chapters.flat_map(|chapter| chapter()));
}
