//! Decides what `--include-crds=true` means: Helm's flags without a value may be given one.

use std::ffi::OsString;

use super::{accepted, refused};

const SWITCHES: [&str; 8] = [
    "generate-name",
    "include-crds",
    "is-upgrade",
    "no-hooks",
    "skip-tests",
    "skip-schema-validation",
    "release-name",
    "debug",
];

/// A value that is no boolean; the text is Helm's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid argument {value:?} for \"--{flag}\" flag: strconv.ParseBool: parsing {value:?}: invalid syntax"
)]
pub(crate) struct SwitchError {
    flag: String,
    value: String,
}

/// The arguments of `csctl template` with `--flag=true` as `--flag` and `--flag=false` left out. The last one wins.
pub(crate) fn spell_out(arguments: Vec<OsString>) -> Result<Vec<OsString>, SwitchError> {
    if arguments.get(1).is_none_or(|command| command != "template") {
        return Ok(arguments);
    }
    let mut plain: Vec<OsString> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let Some((flag, value)) = argument.to_str().and_then(switch) else {
            plain.push(argument);
            continue;
        };
        let bare = OsString::from(format!("--{flag}"));
        if boolean(value).ok_or_else(|| SwitchError {
            flag: flag.to_owned(),
            value: value.to_owned(),
        })? {
            plain.push(bare);
        } else {
            plain.retain(|given| *given != bare);
        }
    }
    Ok(plain)
}

fn switch(argument: &str) -> Option<(&str, &str)> {
    let (flag, value) = argument.strip_prefix("--")?.split_once('=')?;
    let is_switch = SWITCHES.contains(&flag)
        || accepted::SWITCHES.contains(&flag)
        || refused::SWITCHES.iter().any(|(name, _)| *name == flag);
    is_switch.then_some((flag, value))
}

/// Go's `strconv.ParseBool`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(arguments: &[&str]) -> Result<Vec<OsString>, SwitchError> {
        let whole = ["csctl", "template"].iter().chain(arguments);
        spell_out(whole.map(OsString::from).collect()).map(|all| all[2..].to_vec())
    }

    #[test]
    fn a_switch_may_have_a_value_and_the_last_one_wins() {
        let given = [
            "--include-crds",
            "--no-hooks=T",
            "--include-crds=false",
            "-f",
            "x=true",
        ];
        assert_eq!(spelled(&given).unwrap(), ["--no-hooks", "-f", "x=true"]);
        assert_eq!(spelled(&["--set=a=true"]).unwrap(), ["--set=a=true"]);
    }

    #[test]
    fn a_value_that_is_no_boolean_is_refused_in_helms_words() {
        let error = spelled(&["--no-hooks=maybe"]).unwrap_err().to_string();
        let text = "invalid argument \"maybe\" for \"--no-hooks\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax";
        assert_eq!(error, text);
    }
}
