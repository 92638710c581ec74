//! The flags of `helm template` that ask for something else than rendering: each is refused with what to do instead.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches};

/// Flags without a value, and why they are refused.
pub(super) const SWITCHES: [(&str, &str); 3] = [
    (
        "validate",
        "asks the API server, and this program renders without one; pipe the output to `kubectl apply --dry-run=server -f -`",
    ),
    (
        "enable-dns",
        "lets templates ask the network, which would make the output depend on it; hand the address over as a value",
    ),
    (
        "verify",
        "checks a chart's signature, which this program cannot; use `helm verify`",
    ),
];

const POST_RENDERER: &str = "post-renderer";
const DRY_RUN: &str = "dry-run";

/// None of those flags was given.
#[derive(Debug, Default)]
pub(crate) struct Refused;

impl FromArgMatches for Refused {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        if let Some((name, reason)) = SWITCHES.iter().find(|(name, _)| matches.get_flag(name)) {
            return Err(refusal(name, reason));
        }
        if matches.contains_id(POST_RENDERER) {
            return Err(refusal(
                POST_RENDERER,
                "runs another program, which this one does not; pipe the output to it",
            ));
        }
        match matches.get_one::<String>(DRY_RUN).map(String::as_str) {
            None | Some("" | "true" | "false" | "none" | "client") => Ok(Self),
            Some("server") => Err(refusal(
                "dry-run=server",
                "asks the API server, and this program renders without one; use --dry-run=client",
            )),
            Some(_) => Err(Error::raw(
                ErrorKind::InvalidValue,
                "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server",
            )),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        Self::from_arg_matches(matches).map(drop)
    }
}

impl clap::Args for Refused {
    fn augment_args(command: Command) -> Command {
        let switches = SWITCHES.map(|(name, _)| hidden(name).action(ArgAction::SetTrue));
        let dry_run = hidden(DRY_RUN)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("client");
        command
            .args(switches)
            .arg(hidden(POST_RENDERER))
            .arg(dry_run)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn hidden(name: &'static str) -> Arg {
    Arg::new(name).long(name).hide(true)
}

fn refusal(flag: &str, reason: &str) -> Error {
    Error::raw(ErrorKind::InvalidValue, format!("--{flag} {reason}"))
}
